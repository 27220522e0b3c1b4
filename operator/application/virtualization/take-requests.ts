import { journeyFrom, ORIGINAL_TIMESTAMP } from '../../domain/flow/journey.ts'
import type { Answer } from '../../domain/flow/next-stop.ts'
import { digestOf, isSameMessage, requestNameOf, type Sha256 } from '../../domain/virtualization/identity.ts'
import { type SourceRule, whyNotAllowed } from '../../domain/virtualization/may-ask.ts'
import type { SentMessage } from '../../domain/virtualization/read-message.ts'
import type { Message } from '../../domain/virtualization/resource-request.ts'
import { TARGET_AWAITED_MS } from '../../domain/virtualization/wish.ts'
import type { Flow, FlowMessage } from '../flow/flow.ts'
import { type ReadingParts, readSent } from './read-sent.ts'
import { type SigningParts, signedRule } from './signed-rule.ts'
import { type TellRefusalParts, tellRefusal } from './tell-refusal.ts'
import type { Full, UnfinishedRequests } from './unfinished-requests.ts'

/** A request as it is to be stored. */
export interface NewRequest {
  readonly namespace: string
  /** The same whenever the message is delivered. */
  readonly name: string
  /** What it asks for, as a number, for people: anybody may write such a thing. */
  readonly digest: string
  readonly spec: Message
}

/** What became of storing it. */
export type Stored =
  | { readonly kind: 'made' }
  /** There is one of its name, made of this message. */
  | { readonly kind: 'there'; readonly message: Message }
  /** It, or its namespace, will never be taken. */
  | { readonly kind: 'refused'; readonly cause: string; readonly reason: string }
  /** Not for now, and it is why: its namespace is full, or a policy there says no. */
  | { readonly kind: 'later'; readonly cause: string; readonly reason: string }
  | Away

/** The API server is away, or lets us do nothing. `certain`: whatever the message. */
export interface Away {
  readonly kind: 'away'
  readonly certain: boolean
  readonly cause: string
  readonly reason: string
  readonly retryAfterMs?: number
}

/** Where requests are stored. Never throws. */
export interface RequestStore {
  create(request: NewRequest): Promise<Stored>
  /** The message that a stored request was made of. */
  find(
    namespace: string,
    name: string,
  ): Promise<{ readonly kind: 'found'; readonly message: Message } | { readonly kind: 'none' } | Away>
}

export interface TakeRequestsParts extends TellRefusalParts, SigningParts, ReadingParts {
  readonly store: RequestStore
  readonly rules: readonly SourceRule[]
  /** What lies there was written by us: its headers say where it came from. */
  readonly retryTopic: string
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
 *      ├ its namespace has its share of what may be under way ─▶ round by the retry topic, for two days
 *      └ stored, now or before ─▶ done
 */
export function takeRequests(parts: TakeRequestsParts): Flow {
  return {
    name: 'virtualization',
    async handle(message) {
      const unknown = parts.timeUnknown()
      if (unknown !== undefined) return timeUnknown(unknown)
      const { place: origin, writtenMs } = originOf(message, parts.retryTopic)
      const sent = await readSent(parts, message.value, origin.topic)
      if ('kind' in sent) return sent
      const rule = parts.rules.find((one) => one.topic === origin.topic)
      const answer = await take(parts, sent, { rule, headers: message.headers, writtenMs })
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
}

async function take(
  parts: TakeRequestsParts,
  sent: SentMessage,
  { rule, headers, writtenMs }: Origin,
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
  const request = requestOf(sent, sha256)
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

/** Headers that others wrote would let them ask by another topic's rule. */
function originOf({ topic, partition, offset, headers, timestampMs }: FlowMessage, retryTopic: string) {
  const journey = topic === retryTopic ? journeyFrom(headers) : undefined
  if (!journey) return { place: { topic, partition, offset }, writtenMs: timestampMs }
  const first = Date.parse(headers[ORIGINAL_TIMESTAMP] ?? '')
  return { place: journey.origin, writtenMs: Number.isNaN(first) ? timestampMs : first }
}

function requestOf({ namespace, message }: SentMessage, sha256: Sha256): NewRequest {
  return {
    namespace,
    name: requestNameOf(namespace, message.messageId, sha256),
    digest: digestOf(message, sha256),
    spec: message,
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
