import { type Blame, type Journey, journeyFrom } from '../../domain/flow/journey.ts'
import { type Answer, behind, type Line, lineOf, type NextStop, nextStop } from '../../domain/flow/next-stop.ts'
import type { Place } from '../../domain/flow/place.ts'
import type { Clock } from '../clock.ts'
import { inLanes } from '../in-lanes.ts'
import { messageOf } from '../message-of.ts'
import { timeLimit } from '../time-limit.ts'
import { askFlow, faultOf } from './ask-flow.ts'
import type { Flow, FlowMessage, KeysInRetry } from './flow.ts'

/** Why a message stays where it is for now. */
export interface Hold extends Blame {
  readonly certain: boolean
  readonly retryAfterMs?: number
  readonly neighbour?: string
}

/** Takes messages to other topics. Answers in which one every copy has it now, or why it can't be done now. */
export interface Forwarding<M> {
  /** One that the retry topic never takes is dead. */
  retry(message: M, journey: Journey, blame: Blame): Promise<'retry' | 'dead' | Blame>
  dead(message: M, journey: Journey, blame: Blame): Promise<'dead' | Blame>
}

export interface FlowObserver {
  /** A message has been handled by the flow, whatever came of it. */
  handled(message: FlowMessage, seconds: number): void
  retried(cause: string): void
  dead(cause: string): void
  /** A message in the retry topic was left out: it is no longer among the keys that are in retry, so it is held to be through. */
  passed(cause: string): void
}

export interface ChunkParts<M> {
  readonly flow: Flow
  readonly group: string
  /** Absent: there are no retries. */
  readonly retryTopic?: string
  /** How long a message waits before each of its retries; after the last it is dead. */
  readonly delaysMs: readonly number[]
  readonly forwarding: Forwarding<M>
  readonly clock: Clock
  readonly observer: FlowObserver
  /** Beyond it a handler counts as one that the world lets hang. */
  readonly mostHandlingMs: number
}

/** What of a chunk is through, and why the rest isn't; where nothing is said of a message, it was not begun. */
export interface ChunkOutcome {
  readonly settled: ReadonlySet<bigint>
  readonly held: ReadonlyMap<bigint, Hold>
  /** Of each message that the flow has done: the other side that has taken it, where there is one. */
  readonly reached: readonly string[]
}

const USUAL_KEYS_AT_ONCE = 16

/**
 * Handles messages of one partition: those of a key one after the other, different keys at once. What can't go on stops
 * its own key alone. `goesOn` is asked before each message. `doubted`: offsets that others have overtaken often enough.
 *
 *   handle ─ done ─────────────────────────────────────▶ settled
 *     ├─ the world is at fault ────────────────────────▶ held, and nothing more of this key
 *     ├─ the message is at fault, or its key has one in the retry topic ─▶ retry topic ─▶ settled
 *     └─ it will never do, or was retried often enough ─▶ dead-letter topic ─▶ settled
 */
export async function handleChunk<M extends FlowMessage>(
  parts: ChunkParts<M>,
  messages: readonly M[],
  { goesOn, doubted }: { readonly goesOn: () => boolean; readonly doubted: ReadonlySet<bigint> },
): Promise<ChunkOutcome> {
  const settled = new Set<bigint>()
  const held = new Map<bigint, Hold>()
  const reached: string[] = []
  if ((parts.flow.together || parts.flow.ahead) && !goesOn()) return { settled, held, reached }
  const limit = timeLimit(parts.clock, parts.mostHandlingMs)
  const answerTo = await askFlow(parts, messages, limit)
  await inLanes(lanesOf(messages), parts.flow.keysAtOnce ?? USUAL_KEYS_AT_ONCE, async (lane) => {
    for (const message of lane) {
      if (!goesOn()) return
      let end: End
      try {
        end = await handleOne(parts, message, { answerTo, doubted: doubted.has(message.offset) })
      } catch (error) {
        end = faultOf(error)
      }
      if ('cause' in end) {
        held.set(message.offset, end)
        return
      }
      if (end.neighbour !== undefined) reached.push(end.neighbour)
      settled.add(message.offset)
    }
  }).finally(limit.end)
  return { settled, held, reached }
}

function lanesOf<M extends FlowMessage>(messages: readonly M[]): M[][] {
  const lanes = new Map<string | symbol, M[]>()
  for (const message of messages) {
    const key = message.key ?? Symbol()
    const lane = lanes.get(key)
    if (lane) lane.push(message)
    else lanes.set(key, [message])
  }
  return [...lanes.values()]
}

/** It is through, and maybe some other side has taken it; or it isn't. */
type End = { readonly neighbour?: string } | Hold

const passed: End = {}

async function handleOne<M extends FlowMessage>(
  parts: ChunkParts<M>,
  message: M,
  { answerTo, doubted }: { readonly answerTo: (message: M) => Promise<Answer>; readonly doubted: boolean },
): Promise<End> {
  const journey = journeyOf(parts, message)
  if (!journey) return unreadable(parts, message)
  if (journey.group !== parts.group) return passed // another flow's
  const waiting = parts.flow.keysInRetry ? await waitingOf(parts.flow.keysInRetry, message.key) : nobody
  if ('cause' in waiting) return waiting
  const line: Line = waiting.places ? lineOf(journey.origin, waiting.places, isRetry(parts, message)) : { kind: 'free' }
  if (line.kind !== 'free') return outOfTurn(parts, message, { line, journey })
  const answer = await answerTo(message)
  if (answer.kind === 'done' && !waiting.places?.length) return answer // at once: most messages end here
  const stop = nextStop(answer, journey, { delaysMs: parts.delaysMs, nowMs: parts.clock.now(), doubted })
  const hold =
    (await forward(parts, message, stop)) ??
    (await leaveLine(parts.flow, { key: message.key, stop, journey, waiting: waiting.places }))
  return hold ?? (stop.kind === 'done' ? stop : passed)
}

const isRetry = ({ retryTopic }: { readonly retryTopic?: string }, { topic }: Place) => topic === retryTopic

/** undefined: it lies in the retry topic, and nobody of ours has put it there. */
function journeyOf<M extends FlowMessage>(parts: ChunkParts<M>, message: M): Journey | undefined {
  return isRetry(parts, message) ? journeyFrom(message.headers) : firstJourney(message, parts.group)
}

async function unreadable<M extends FlowMessage>(parts: ChunkParts<M>, message: M): Promise<End> {
  const blame = { cause: 'UnreadableHeaders', reason: `it lies in ${message.topic} without the headers of a retry` }
  const stop = { kind: 'dead' as const, journey: firstJourney(message, parts.group), blame }
  return (await forward(parts, message, stop)) ?? passed
}

async function outOfTurn<M extends FlowMessage>(
  parts: ChunkParts<M>,
  message: M,
  { line, journey }: { readonly line: Line; readonly journey: Journey },
): Promise<End> {
  if (line.kind === 'over') {
    parts.observer.passed('RepeatedRetry')
    return passed
  }
  const stop = behind(journey, parts.delaysMs[0] ?? 0, parts.clock.now())
  return (await forward(parts, message, stop)) ?? passed
}

function firstJourney({ topic, partition, offset }: Place, group: string): Journey {
  return { origin: { topic, partition, offset }, group, attempt: 0, dueMs: 0 }
}

/** Before the offset is committed: a crash between the two repeats the message, and loses none. */
async function forward<M extends FlowMessage>(
  { forwarding, flow, observer }: ChunkParts<M>,
  message: M,
  stop: NextStop,
): Promise<Hold | undefined> {
  if (stop.kind === 'done') return undefined
  if (stop.kind === 'wait') return stop
  const { journey, blame } = stop
  const added = stop.kind === 'retry' ? await enterLine(flow, message.key, journey.origin) : undefined
  if (added) return added
  const where = await forwarding[stop.kind](message, journey, blame)
  if (typeof where === 'object') return { ...where, certain: true }
  if (where === 'retry') observer.retried(blame.cause)
  else observer.dead(blame.cause)
  if (stop.kind === 'retry' && where === 'dead') return leave(flow, message.key, journey.origin)
  return undefined
}

/** Who waits in the retry topic; nobody is asked for where order doesn't matter. */
interface Waiting {
  readonly places?: readonly Place[]
}

const nobody: Waiting = {}

async function waitingOf(keysInRetry: KeysInRetry, key: string | undefined): Promise<Hold | Waiting> {
  if (key === undefined) return nobody
  try {
    return { places: (await keysInRetry.of([key])).get(key) ?? [] }
  } catch (error) {
    return keysAway(error)
  }
}

interface Leaving {
  readonly key: string | undefined
  readonly stop: NextStop
  readonly journey: Journey
  readonly waiting: readonly Place[] | undefined
}

/** Whoever was in line and is through lets the next one of its key go. */
async function leaveLine(flow: Flow, { key, stop, journey, waiting }: Leaving): Promise<Hold | undefined> {
  if (stop.kind === 'retry' || !waiting?.length) return undefined
  return leave(flow, key, journey.origin)
}

async function enterLine({ keysInRetry }: Flow, key: string | undefined, origin: Place): Promise<Hold | undefined> {
  return keysInRetry && key !== undefined ? attempted(keysInRetry.add(key, origin)) : undefined
}

async function leave({ keysInRetry }: Flow, key: string | undefined, origin: Place): Promise<Hold | undefined> {
  return keysInRetry && key !== undefined ? attempted(keysInRetry.remove(key, origin)) : undefined
}

async function attempted(work: Promise<void>): Promise<Hold | undefined> {
  try {
    await work
    return undefined
  } catch (error) {
    return keysAway(error)
  }
}

function keysAway(error: unknown): Hold {
  return {
    certain: true,
    cause: 'KeysInRetryAway',
    reason: `which keys are in the retry topic can't be told: ${messageOf(error)}`,
  }
}
