import type { Answer } from '../../domain/flow/next-stop.ts'
import type { Place } from '../../domain/flow/place.ts'
import { digestOf, isSameMessage, requestNameOf, type Sha256 } from '../../domain/virtualization/identity.ts'
import { type SourceRule, whyNotAllowed } from '../../domain/virtualization/may-ask.ts'
import type { SentMessage } from '../../domain/virtualization/read-message.ts'
import type { Message } from '../../domain/virtualization/resource-request.ts'
import { TARGET_AWAITED_MS } from '../../domain/virtualization/wish.ts'
import type { Clock } from '../clock.ts'
import type { Away } from '../flow/away.ts'
import type { Flow, FlowMessage } from '../flow/flow.ts'
import { type DoneBeforeParts, doneBefore } from './done-before.ts'
import { originOf } from './origin-of.ts'
import { readSent } from './read-sent.ts'
import type { NewRequest, RequestStore, Stored } from './request-store.ts'
import { type SigningParts, signedRule } from './signed-rule.ts'
import { type TellRefusalParts, tellRefusal } from './tell-refusal.ts'
import type { Full, UnfinishedRequests } from './unfinished-requests.ts'

export interface TakeRequestsParts extends TellRefusalParts, SigningParts, DoneBeforeParts {
  readonly store: RequestStore
  readonly rules: readonly SourceRule[]
  readonly clock: Pick<Clock, 'now' | 'tick'>
  /** Whether an operator of ours looks at a namespace: elsewhere a request would wait for ever. */
  readonly serves: (namespace: string) => boolean
  /** Older than this, a message may have been done and forgotten: what came of it is kept no longer. 0 = for ever. */
  readonly oldestMs: number
  /**
   * Why `clock` can't be believed now: how old a message is can't be told, and none is judged. Undefined = it can.
   * Whoever asks wants to know, and has the server asked.
   */
  readonly timeUnknown: () => string | undefined
  readonly unfinished: Pick<UnfinishedRequests, 'full' | 'beginning'>
  /** Between them a message waits for room in its namespace, the longer the older it is. */
  readonly delaysMs: readonly number[]
}

/** Whoever finds no room in its namespace for so long is at fault itself, as with a quota. */
const MOST_WAIT_MS = 172_800_000
const SHARE_OF_AGE = 0.1
/** As often as the server is asked for it. */
const ASK_TIME_MS = 5_000
/** The one that stores them; as long as it takes others, one that it doesn't take may be at fault itself. */
const NEIGHBOUR = 'api-server'

/**
 * Makes of each message a VirtualizationRequest, once however often it is delivered. Everything that comes of it is the
 * operator's: a message is done when its request is stored.
 *
 *   message ─ unreadable, not allowed, too old, another under the same id ─▶ dead letters
 *      ├ it is remembered, though its request is gone ─▶ done
 *      ├ its namespace has its share of what may be under way ─▶ round by the retry topic, for two days
 *      └ stored, now or before ─▶ done
 */
export function takeRequests(parts: TakeRequestsParts): Flow {
  const before = parts.processed && doneBefore(parts, parts.processed)
  return {
    name: 'virtualization',
    ...(before && { ahead: before.ahead }),
    async handle(message) {
      const unknown = parts.timeUnknown()
      if (unknown !== undefined) return timeUnknown(unknown)
      const { place: origin, writtenMs } = originOf(message, parts)
      const sent = await readSent(parts, message.value, origin.topic)
      if ('kind' in sent) return sent
      const known = before && (await before.answerTo(message, sent))
      if (known) return known
      const rule = parts.rules.find((one) => one.topic === origin.topic)
      const answer = await take(parts, sent, { rule, headers: message.headers, writtenMs, place: origin })
      return answer.kind === 'dead' ? tellRefusal(parts, { sent, origin }, { rule, answer }) : answer
    },
  }
}

function timeUnknown(why: string): Answer {
  const reason = `how old messages are can't be told: ${why}`
  return { kind: 'wait', certain: true, cause: 'TimeUnknown', reason, retryAfterMs: ASK_TIME_MS }
}

interface Origin {
  readonly rule: SourceRule | undefined
  readonly headers: FlowMessage['headers']
  readonly writtenMs: number
  readonly place: Place
}

async function take(
  parts: TakeRequestsParts,
  sent: SentMessage,
  { rule, headers, writtenMs, place }: Origin,
): Promise<Answer> {
  const { store, oldestMs, clock, sha256 } = parts
  const judged = signedRule(parts, { rule, headers, sent }, { nowMs: clock.now(), oldestMs })
  if ('objection' in judged) return { kind: 'dead', cause: 'NotAllowed', reason: judged.objection }
  if (!parts.serves(sent.namespace)) {
    const reason = `namespace ${sent.namespace} is not among those that are served (watchNamespaces)`
    return { kind: 'dead', cause: 'NamespaceNotServed', reason }
  }
  const ageMs = clock.now() - writtenMs
  if (oldestMs > 0 && ageMs > oldestMs) {
    const reason = `it is ${Math.round(ageMs / 60_000)} minutes old; what came of such messages is kept no longer, so it may have been done`
    return { kind: 'dead', cause: 'TooOld', reason }
  }
  const ofTarget = await mayEnd(parts, sent, { rule: judged.rule, ageMs })
  if (ofTarget) return ofTarget
  const full = parts.unfinished.full(sent.namespace, isEnd(sent))
  if (full) return noRoom(parts, full, ageMs)
  const request = requestOf(sent, place, sha256)
  const over = parts.unfinished.beginning(sent.namespace)
  let made = false
  try {
    const answer = answerTo(await store.create(request), request, sha256)
    made = answer.kind === 'done'
    return answer
  } finally {
    over(made)
  }
}

/** Of one namespace it keeps nobody else from being begun: it stands aside. */
function noRoom({ delaysMs }: TakeRequestsParts, full: Full, ageMs: number): Answer {
  const { whose, reason, retryAfterMs } = full
  if (whose === 'all') {
    const soon = retryAfterMs === undefined ? {} : { retryAfterMs }
    return { kind: 'wait', certain: true, cause: 'TooManyUnfinished', reason, ...soon }
  }
  const blame = { cause: 'NamespaceFull', reason }
  if (ageMs > MOST_WAIT_MS) return { kind: 'retry', ...blame }
  const [firstMs = 0] = delaysMs
  return { kind: 'later', ...blame, afterMs: Math.max(firstMs, ageMs * SHARE_OF_AGE) }
}

const isEnd = ({ message: { messageType } }: { readonly message: Pick<Message, 'messageType'> }) =>
  messageType.startsWith('DELETE_')

/** Who may not ask for a resource may not end it either: of whoever asked for it, the same is allowed. Undefined = it may. */
async function mayEnd(
  parts: TakeRequestsParts,
  { namespace, message: { messageType, payload } }: SentMessage,
  { rule, ageMs }: { readonly rule: SourceRule; readonly ageMs: number },
): Promise<Answer | undefined> {
  const { store, sha256 } = parts
  if (!isEnd({ message: { messageType } }) || rule.endsAny) return undefined
  const { originalMessageId, uid } = payload.specification
  if (uid !== undefined || typeof originalMessageId !== 'string') {
    const reason = 'this topic may only end what a message asked for, by its originalMessageId (endsAny is not set)'
    return { kind: 'dead', cause: 'NotAllowed', reason }
  }
  const asked = await store.find(namespace, requestNameOf(namespace, originalMessageId, sha256))
  if (asked.kind === 'away') return waitFor(asked)
  if (asked.kind === 'none') {
    const reason = `nothing is known yet of the message ${JSON.stringify(originalMessageId)}, so it can't be told whether this one may end it`
    return targetUnknown(parts, { namespace, reason, ageMs })
  }
  const objection = whyNotAllowed({ namespace, message: asked.message }, { ...rule, types: '*' })
  if (objection === undefined) return undefined
  const reason = `what ${JSON.stringify(originalMessageId)} asked for is not this topic's to end: ${objection}`
  return { kind: 'dead', cause: 'NotAllowed', reason }
}

/** It may be on its way for ten minutes, and stand aside for as long as its namespace has no room; then it is tried as ever. */
function targetUnknown(
  { delaysMs, unfinished }: TakeRequestsParts,
  { namespace, reason, ageMs }: { readonly namespace: string; readonly reason: string; readonly ageMs: number },
): Answer {
  const blame = { cause: 'TargetUnknown', reason }
  // asking for room has them counted: only who goes by it asks
  const mayStandAside = () => ageMs <= MOST_WAIT_MS && unfinished.full(namespace) !== undefined
  if (ageMs > TARGET_AWAITED_MS && !mayStandAside()) return { kind: 'retry', ...blame }
  return { kind: 'later', ...blame, afterMs: Math.max(delaysMs[0] ?? 0, ageMs * SHARE_OF_AGE) }
}

function waitFor({ certain, cause, reason, retryAfterMs }: Away): Answer {
  return {
    ...{ kind: 'wait', certain, cause, reason, neighbour: NEIGHBOUR },
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  }
}

function requestOf({ namespace, message }: SentMessage, origin: Place, sha256: Sha256): NewRequest {
  return {
    namespace,
    name: requestNameOf(namespace, message.messageId, sha256),
    digest: digestOf(message, sha256),
    spec: message,
    origin,
  }
}

function answerTo(stored: Stored, { spec }: NewRequest, sha256: Sha256): Answer {
  switch (stored.kind) {
    case 'made':
      return { kind: 'done', neighbour: NEIGHBOUR }
    case 'there':
      if (isSameMessage(stored.message, spec, sha256)) return { kind: 'done', neighbour: NEIGHBOUR }
      return {
        kind: 'dead',
        cause: 'IdReused',
        reason: `there is a request of the message ${JSON.stringify(spec.messageId)} that asks for something else`,
      }
    case 'refused':
      return { kind: 'dead', cause: stored.cause, reason: stored.reason }
    case 'later':
      return { kind: 'retry', cause: stored.cause, reason: stored.reason }
    case 'away':
      return waitFor(stored)
  }
}
