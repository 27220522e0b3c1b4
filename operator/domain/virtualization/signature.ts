import { canonicalText } from '../canonical.ts'

/** The header with which a gateway says that it has asked the API server whether its caller may ask for this. */
export const SIGNATURE = 'kbnt_signature'

/** HMAC-SHA-256 of a text under a secret, in hexadecimal digits. */
export type Hmac = (text: string) => string

/** What is signed. */
export interface SignedFacts {
  readonly messageId: string
  readonly userId: string
  readonly namespace: string
  /** Of type and payload. */
  readonly digest: string
}

export interface SignatureTimes {
  readonly nowMs: number
  /** Older than this it counts for nothing: what it was for may be forgotten, and would be done again. 0 = for ever. */
  readonly oldestMs: number
}

const pattern = /^v1 ([0-9]{1,15}) ([0-9a-f]{64})$/
/** Clocks differ. */
const AHEAD_MS = 60_000

export function signatureOf(hmac: Hmac, facts: SignedFacts, nowMs: number): string {
  return `v1 ${nowMs} ${hmac(signedText(facts, nowMs))}`
}

/** Why what a signature says counts for nothing; undefined = it is of one of these secrets, and for just this. */
export function faultOfSignature(
  hmacs: readonly Hmac[],
  signature: string,
  facts: SignedFacts,
  { nowMs, oldestMs }: SignatureTimes,
): string | undefined {
  const [, at, given] = pattern.exec(signature) ?? []
  if (at === undefined || given === undefined) return 'its signature is not one of a gateway'
  const text = signedText(facts, Number(at))
  // what is compared are numbers of both: how soon they differ says nothing of the right one
  if (!hmacs.some((hmac) => hmac(hmac(text)) === hmac(given)))
    return 'its signature is of another secret, or for another message'
  const ageMs = nowMs - Number(at)
  if (ageMs < -AHEAD_MS) return 'its signature is of times to come'
  return oldestMs > 0 && ageMs > oldestMs ? 'its signature is too old' : undefined
}

function signedText({ messageId, userId, namespace, digest }: SignedFacts, atMs: number): string {
  return canonicalText(['kbnt-request', messageId, userId, namespace, digest, atMs])
}
