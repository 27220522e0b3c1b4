import type { EachBatchPayload } from 'kafkajs'
import { type Clock, msBetween } from '../../../application/clock.ts'
import { type ChunkParts, handleChunk } from '../../../application/flow/handle-chunk.ts'
import { MOST_BEGUN, nextChunk } from '../../../application/flow/next-chunk.ts'
import type { Trouble } from '../../../application/flow/trouble.ts'
import { hitchOf } from '../../../application/patience.ts'
import { dueOf } from '../../../domain/flow/journey.ts'
import { type ConsumedMessage, consumedMessage } from './consumed-message.ts'
import type { JointCommits } from './joint-commits.ts'
import type { Membership } from './membership.ts'
import type { Pauses } from './pauses.ts'
import type { Replay } from './replay.ts'

/** What is remembered of one partition for as long as it is this member's. */
export interface PartitionState {
  readonly trouble: Trouble
  /** All up to this one are through, but not known to be committed: the commit has failed, or is still to come. */
  throughTo?: bigint | undefined
  /** Through, while something before them is not. Never more than one fetch brings. */
  readonly ahead: Set<bigint>
  /** Could not go on beside the first message when they were tried. Never more than one fetch brings. */
  readonly held: Set<bigint>
  /** When the message that is handled next was written; the last one that is handled and committed while nothing comes. Undefined while nothing but what is recalled was read. */
  reachedMs?: number | undefined
}

export interface PartitionParts {
  readonly chunk: ChunkParts<ConsumedMessage>
  readonly clock: Clock
  readonly membership: Membership
  readonly pauses: Pauses
  readonly commits: JointCommits
  /** Absent: the flow remembers nothing. */
  readonly replay: () => Replay | undefined
  readonly stateOf: (topic: string, partition: number) => PartitionState
  /** For each message that is done: the other side that took it. */
  readonly reached: (neighbours: readonly string[]) => void
  readonly sessionMs: number
  /** True once the program ends: what is begun is finished, and nothing more is begun. */
  readonly ending: () => boolean
}

/** So long messages of one fetch are begun; what is left of it is fetched again, and others get their turn in between. */
export const TURN_MS = 1_000
/** When a retry is due is looked at again after so long, as a clock may have been set. */
const LONGEST_PAUSE_MS = 60_000

/**
 * Handles what was fetched of one partition, chunk by chunk, and commits what is through. It ends early, with the rest
 * to be fetched again, when its turn is over, when the first message can't go on or is not due (then the partition
 * pauses), and when the partition is no longer ours or the program ends. Never rejects: what goes wrong here, a commit
 * that is refused before all, has the partition wait. Is it not ours any more, the library learns so by its heartbeats.
 */
export async function workThrough(parts: PartitionParts, payload: EachBatchPayload): Promise<void> {
  const { membership, ending, clock } = parts
  const { generation } = membership
  const began = clock.tick()
  const isOurs = () => generation !== undefined && membership.generation === generation
  const isHeard = () => membership.silentMs() < parts.sessionMs // a frozen one wakes up without knowing
  const goesOn = () => !ending() && isOurs() && isHeard() && payload.isRunning() && !payload.isStale()
  const { topic, partition, messages } = payload.batch
  const state = parts.stateOf(topic, partition)
  const wait = (ms: number) => isOurs() && parts.pauses.pause({ topic, partition }, ms)
  try {
    if (!goesOn()) return
    const batch = fetched({ ...parts, state, isOurs }, payload)
    batch.skipRecalled()
    batch.advance(none)
    while (batch.rest().length > 0 && goesOn()) {
      const waitMs = await oneChunk(parts, batch, goesOn)
      if (waitMs > 0) wait(waitMs)
      if (waitMs > 0 || msBetween(began, clock.tick()) >= TURN_MS) break
    }
    if (isOurs()) await batch.commit()
  } catch (error) {
    const first = BigInt(messages[0]?.offset ?? 0)
    const hold = { certain: true, cause: 'NotCommitted', reason: hitchOf(error).reason }
    wait(state.trouble.tried(first, { held: new Map([[first, hold]]), settled: new Set(), reached: [] }))
  }
}

/** Answers how long the partition has to wait now; 0 = it may go on. */
async function oneChunk(parts: PartitionParts, batch: Fetched, goesOn: () => boolean): Promise<number> {
  const { clock, chunk } = parts
  const { state } = batch
  const [head] = batch.rest()
  if (!head) return 0
  const nowMs = clock.now()
  const dueMs = (message: ConsumedMessage) =>
    message.topic === chunk.retryTopic ? dueOf(message, { ...chunk, nowMs }) : 0
  const probing = state.trouble.head === head.offset
  const most = chunk.flow.together?.most ?? MOST_BEGUN
  const messages = nextChunk(batch.rest(), { ...state, probing, dueMs, nowMs, most })
  if (messages.length === 0) return Math.min(LONGEST_PAUSE_MS, Math.max(1, dueMs(head) - nowMs))
  const outcome = await handleChunk(chunk, messages, { goesOn, doubted: state.trouble.doubted })
  parts.reached(outcome.reached)
  for (const offset of outcome.held.keys()) state.held.add(offset)
  if (state.held.size > 0) for (const offset of outcome.settled) state.held.delete(offset)
  batch.advance(outcome.settled)
  return waitAfter(state, outcome, batch.rest()[0]?.offset, head.offset)
}

/** How long the message that is first now has to wait; 0 = it may go on. */
function waitAfter(
  { trouble }: PartitionState,
  outcome: Awaited<ReturnType<typeof handleChunk>>,
  first: bigint | undefined,
  before: bigint,
): number {
  if (first !== before) trouble.tried(before, outcome)
  return first === undefined ? 0 : trouble.tried(first, outcome)
}

const none: ReadonlySet<bigint> = new Set()
const latest = (one: bigint, other: bigint = one) => (one > other ? one : other)

interface Fetched {
  readonly state: PartitionState
  /** What is not through yet, from the first such message on. */
  rest(): readonly ConsumedMessage[]
  skipRecalled(): void
  /** Also over what was known to be through before. */
  advance(settled: ReadonlySet<bigint>): void
  commit(): Promise<void>
}

interface FetchedParts extends Pick<PartitionParts, 'replay' | 'commits'> {
  readonly state: PartitionState
  readonly isOurs: () => boolean
}

/** One fetch of one partition, and how far it is through and committed. */
function fetched({ state, replay, commits, isOurs }: FetchedParts, payload: EachBatchPayload): Fetched {
  const { topic, partition, messages } = payload.batch
  const all = messages.map((record) => consumedMessage(topic, partition, record))
  let rest: readonly ConsumedMessage[] = all
  let through: ConsumedMessage | undefined
  const drop = (count: number) => {
    if (count === 0) return
    through = rest[count - 1]
    rest = rest.slice(count)
  }
  return {
    state,
    rest: () => rest,
    skipRecalled() {
      drop(replay()?.recall({ topic, partition }, all, BigInt(payload.batch.lastOffset())) ?? 0)
      if (through) payload.resolveOffset(String(through.offset))
      through = undefined // committed by whoever handled it
      state.reachedMs = rest[0]?.timestampMs // what waits is as old as its first message; of what is recalled nothing waits
    },
    advance(settled) {
      const { throughTo = -1n, ahead } = state
      const first = rest.findIndex(({ offset: at }) => !(settled.has(at) || at <= throughTo || ahead.has(at)))
      drop(first === -1 ? rest.length : first)
      if (through && through.offset > throughTo) state.throughTo = through.offset
      const { throughTo: before = -1n } = state
      if (first !== -1) for (const offset of settled) if (offset > before) ahead.add(offset)
    },
    async commit() {
      if (!through) return
      // the last of a fetch may be no message: a mark of a transaction that the library keeps to itself
      const ofFetch = rest.length > 0 ? through.offset : BigInt(payload.batch.lastOffset())
      const last = latest(ofFetch, state.throughTo) // a fetch may bring less than one whose commit has failed
      const send = payload.commitOffsetsIfNecessary
      await commits.commit({ topic, partition, offset: last + 1n, isOurs, send })
      if (!isOurs()) return // what the library has now is of another generation
      payload.resolveOffset(String(last))
      state.reachedMs = through.timestampMs
      state.throughTo = undefined
      state.trouble.committed(last)
      for (const known of [state.ahead, state.held])
        for (const offset of known) if (offset <= last) known.delete(offset)
      through = undefined
    },
  }
}
