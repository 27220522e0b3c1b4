import type { EachBatchPayload } from 'kafkajs'
import { type Clock, msBetween } from '../../../application/clock.ts'
import { type ChunkParts, handleChunk } from '../../../application/flow/handle-chunk.ts'
import { nextChunk } from '../../../application/flow/next-chunk.ts'
import type { Trouble } from '../../../application/flow/trouble.ts'
import { journeyFrom } from '../../../domain/flow/journey.ts'
import { type ConsumedMessage, consumedMessage } from './consumed-message.ts'
import type { Membership } from './membership.ts'
import type { Pauses } from './pauses.ts'
import type { Replay } from './replay.ts'

/** What is remembered of one partition for as long as it is this member's. */
export interface PartitionState {
  readonly trouble: Trouble
  /** Through, but not committed: something before them is not. Never more than one fetch brings. */
  readonly ahead: Set<bigint>
  /** The next offset that is not handled yet, and when the message before it was written. */
  position?: { readonly next: bigint; readonly timestampMs: number }
}

export interface PartitionParts {
  readonly chunk: ChunkParts<ConsumedMessage>
  readonly clock: Clock
  readonly membership: Membership
  readonly pauses: Pauses
  /** Absent: the flow remembers nothing. */
  readonly replay: () => Replay | undefined
  readonly stateOf: (topic: string, partition: number) => PartitionState
  /** So many more messages are done. */
  readonly done: (messages: number) => void
  /** True once the program ends: what is begun is finished, and nothing more is begun. */
  readonly ending: () => boolean
}

const BEAT_MS = 1_000
/** An end of the batch commits by itself; a batch that takes long is committed in between. */
const COMMIT_EVERY_MS = 1_000

/** Sends heartbeats while `work` goes on, which the library does between batches alone. `lost`: the group goes on without us. */
async function withHeartbeats<T>(payload: EachBatchPayload, work: (lost: () => boolean) => Promise<T>): Promise<T> {
  let lost = false
  const timer = setInterval(() => {
    payload.heartbeat().catch(() => {
      lost = true // the library meets the same fault after the batch, and joins again
    })
  }, BEAT_MS)
  try {
    return await work(() => lost)
  } finally {
    clearInterval(timer)
  }
}

/**
 * Handles what was fetched of one partition, chunk by chunk, and commits what is through. It ends early, with the rest
 * to be fetched again, when the first message can't go on or is not due (then the partition pauses), and when the
 * partition is no longer ours or the program ends. Throws what the library has to know of: a commit that was refused.
 */
export function workThrough(parts: PartitionParts, payload: EachBatchPayload): Promise<void> {
  return withHeartbeats(payload, async (lost) => {
    const { membership, ending } = parts
    const { generation } = membership
    const isOurs = () => generation !== undefined && membership.generation === generation
    const goesOn = () => !ending() && !lost() && isOurs() && payload.isRunning() && !payload.isStale()
    const batch = fetched(parts, payload)
    if (!goesOn()) return
    batch.skipRecalled()
    batch.advance() // what is ahead is through, and a commit of it may have failed
    while (batch.rest().length > 0 && goesOn()) {
      const got = await oneChunk(parts, batch, goesOn)
      if (isOurs() && (batch.isLate() || got === 'stopped')) await batch.commit()
      if (got === 'stopped') return
    }
    if (isOurs()) await batch.commit()
  })
}

/** `stopped`: nothing more of the partition is to be begun now. */
async function oneChunk(parts: PartitionParts, batch: Fetched, goesOn: () => boolean): Promise<'on' | 'stopped'> {
  const { clock, pauses, chunk } = parts
  const { state, partition } = batch
  const [head] = batch.rest()
  if (!head) return 'stopped'
  const dueMs = (message: ConsumedMessage) =>
    message.topic === chunk.retryTopic ? (journeyFrom(message.headers)?.dueMs ?? 0) : 0
  const probing = state.trouble.head === head.offset
  const messages = nextChunk(batch.rest(), { ahead: state.ahead, probing, dueMs, nowMs: clock.now() })
  if (messages.length === 0) {
    pauses.pause(partition, Math.max(1, dueMs(head) - clock.now()))
    return 'stopped'
  }
  const outcome = await handleChunk(chunk, messages, { goesOn, doubted: state.trouble.doubted })
  parts.done(outcome.done)
  for (const offset of outcome.settled) state.ahead.add(offset)
  batch.advance()
  const waitMs = waitAfter(state, outcome, batch.rest()[0]?.offset, head.offset)
  if (waitMs === 0) return 'on'
  pauses.pause(partition, waitMs)
  return 'stopped'
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

interface Fetched {
  readonly state: PartitionState
  readonly partition: { readonly topic: string; readonly partition: number }
  /** What is not through yet, from the first such message on. */
  rest(): readonly ConsumedMessage[]
  skipRecalled(): void
  advance(): void
  isLate(): boolean
  commit(): Promise<void>
}

/** One fetch of one partition, and how far it is through and committed. */
function fetched({ stateOf, replay, clock }: PartitionParts, payload: EachBatchPayload): Fetched {
  const { topic, partition, messages } = payload.batch
  const state = stateOf(topic, partition)
  const all = messages.map((record) => consumedMessage(topic, partition, record))
  let rest: readonly ConsumedMessage[] = all
  let through: ConsumedMessage | undefined
  let committedAt = clock.tick()
  const drop = (count: number) => {
    if (count === 0) return
    through = rest[count - 1]
    rest = rest.slice(count)
  }
  const resolve = ({ offset, timestampMs }: ConsumedMessage) => {
    payload.resolveOffset(String(offset))
    state.position = { next: offset + 1n, timestampMs }
  }
  return {
    state,
    partition: { topic, partition },
    rest: () => rest,
    skipRecalled() {
      drop(replay()?.recall({ topic, partition }, all, BigInt(payload.batch.lastOffset())) ?? 0)
      if (through) resolve(through)
      through = undefined // committed by whoever handled it
    },
    advance() {
      const first = rest.findIndex(({ offset }) => !state.ahead.has(offset))
      drop(first === -1 ? rest.length : first)
    },
    isLate: () => msBetween(committedAt, clock.tick()) >= COMMIT_EVERY_MS,
    async commit() {
      committedAt = clock.tick()
      if (!through) return
      const last = through
      const offset = String(last.offset + 1n)
      await payload.commitOffsetsIfNecessary({ topics: [{ topic, partitions: [{ partition, offset }] }] })
      resolve(last)
      for (const settled of state.ahead) if (settled <= last.offset) state.ahead.delete(settled)
      through = undefined
    },
  }
}
