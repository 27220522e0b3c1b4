import { digestOf, type Sha256 } from '../../domain/virtualization/identity.ts'
import { type SourceRule, whyNotAllowed } from '../../domain/virtualization/may-ask.ts'
import type { SentMessage } from '../../domain/virtualization/read-message.ts'
import { faultOfSignature, type Hmac, SIGNATURE, type SignatureTimes } from '../../domain/virtualization/signature.ts'

export interface SigningParts {
  /** The secrets of those who may sign messages of a topic. */
  readonly signers?: (topic: string) => readonly Hmac[]
  readonly sha256: Sha256
}

export interface Claim {
  /** Of the topic that it came by; absent: there is none. */
  readonly rule: SourceRule | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly sent: SentMessage
}

/**
 * The rule by which a message may be, or why it may not. Of one that a gateway has signed, the API server has said that its
 * user may have it done: then its userId is believed, and whatever it ends is that user's to end.
 */
export function signedRule(
  { signers, sha256 }: SigningParts,
  { rule, headers, sent }: Claim,
  times: SignatureTimes,
): { readonly rule: SourceRule } | { readonly objection: string } {
  if (!rule) return { objection: whyNotAllowed(sent, rule) ?? '' }
  const signature = headers[SIGNATURE]
  const hmacs = signers?.(rule.topic) ?? []
  if (signature === undefined || hmacs.length === 0) return judged(sent, rule)
  const { namespace, message } = sent
  const { messageId, payload } = message
  const facts = { messageId, userId: payload.userId, namespace, digest: digestOf(message, sha256) }
  const objection = faultOfSignature(hmacs, signature, facts, times)
  return objection === undefined ? judged(sent, { ...rule, users: '*', endsAny: true }) : { objection }
}

function judged(sent: SentMessage, rule: SourceRule) {
  const objection = whyNotAllowed(sent, rule)
  return objection === undefined ? { rule } : { objection }
}
