import { type Blame, type Journey, journeyFrom } from '../../domain/flow/journey.ts'
import { type Answer, behind, type Line, lineOf, type NextStop, nextStop } from '../../domain/flow/next-stop.ts'
import type { Place } from '../../domain/flow/place.ts'
import type { Clock } from '../clock.ts'
import { inLanes } from '../in-lanes.ts'
import { messageOf } from '../message-of.ts'
import { askFlow, faultOf } from './ask-flow.ts'
import type { Flow, FlowMessage } from './flow.ts'

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
  if (parts.flow.together && !goesOn()) return { settled, held, reached }
  const answerTo = await askFlow(parts, messages)
  await inLanes(lanesOf(messages), parts.flow.keysAtOnce ?? USUAL_KEYS_AT_ONCE, async (lane) => {
    for (const message of lane) {
      if (!goesOn()) return
      const end = await handleOne(parts, message, { answerTo, doubted: doubted.has(message.offset) }).catch(faultOf)
      if ('cause' in end) {
        held.set(message.offset, end)
        return
      }
      if (end.neighbour !== undefined) reached.push(end.neighbour)
      settled.add(message.offset)
    }
  })
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
  const fromRetry = message.topic === parts.retryTopic
  const journey = fromRetry ? journeyFrom(message.headers) : firstJourney(message, parts.group)
  if (!journey) {
    const blame = { cause: 'UnreadableHeaders', reason: `it lies in ${message.topic} without the headers of a retry` }
    const stop = { kind: 'dead' as const, journey: firstJourney(message, parts.group), blame }
    return (await forward(parts, message, stop)) ?? passed
  }
  if (journey.group !== parts.group) return passed // another flow's
  const waiting = await waitingOf(parts.flow, message.key)
  if ('cause' in waiting) return waiting
  const line: Line = waiting.places ? lineOf(journey.origin, waiting.places, fromRetry) : { kind: 'free' }
  if (line.kind === 'over') {
    parts.observer.passed('RepeatedRetry')
    return passed
  }
  if (line.kind === 'behind') {
    const stop = behind(journey, parts.delaysMs[0] ?? 0, parts.clock.now())
    return (await forward(parts, message, stop)) ?? passed
  }
  const answer = await answerTo(message)
  const stop = nextStop(answer, journey, { delaysMs: parts.delaysMs, nowMs: parts.clock.now(), doubted })
  const hold =
    (await forward(parts, message, stop)) ??
    (await leaveLine(parts.flow, { key: message.key, stop, journey, waiting: waiting.places }))
  return hold ?? (stop.kind === 'done' ? stop : passed)
}

const firstJourney = ({ topic, partition, offset }: Place, group: string): Journey => ({
  ...{ origin: { topic, partition, offset }, group, attempt: 0, dueMs: 0 },
})

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

async function waitingOf(
  { keysInRetry }: Flow,
  key: string | undefined,
): Promise<Hold | { readonly places?: readonly Place[] }> {
  if (!keysInRetry || key === undefined) return {}
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
