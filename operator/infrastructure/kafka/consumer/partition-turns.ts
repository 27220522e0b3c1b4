import type { EachBatchPayload, KafkaMessage } from 'kafkajs'
import type { Clock } from '../../../application/clock.ts'
import type { TopicPartition } from '../../../application/flow/flow.ts'
import { inTime } from '../../../application/in-time.ts'
import { nameOf } from './group-offsets.ts'
import type { Membership } from './membership.ts'
import { TURN_MS } from './partition-work.ts'
import type { Pauses } from './pauses.ts'

/** Hands what the library fetches to the work on its partition. */
export interface PartitionTurns {
  eachBatch(payload: EachBatchPayload): Promise<void>
  /** Resolves when nothing is under way. */
  ended(): Promise<void>
}

export interface TurnParts {
  readonly clock: Pick<Clock, 'schedule'>
  readonly pauses: Pauses
  readonly membership: Pick<Membership, 'partitions'>
  readonly ending: () => boolean
  /** Of fetches with which work goes on that hangs; beyond it nothing more is begun. */
  readonly mostHeldBytes: number
  /** Never rejects. */
  readonly work: (payload: EachBatchPayload) => Promise<void>
}

/** Time enough for what is begun last in a turn, if nothing lets it hang. */
const LIBRARY_WAITS_MS = 2 * TURN_MS

/**
 * The library fetches from a broker again, and joins its group again, only when all that it has handed over has come back.
 * So it is kept waiting for as long as work usually takes, that a partition may go to another member with nothing of it
 * under way. A handler that hangs goes on without it: its partition alone pauses until then.
 */
export function partitionTurns(parts: TurnParts): PartitionTurns {
  const { clock, pauses, membership, ending, work, mostHeldBytes } = parts
  /** By partition; each with one fetch in memory. */
  const underWay = new Map<string, Promise<void>>()
  /** Those of them that the library waits for no longer, with the memory that they keep. */
  const hanging = new Map<string, Held>()
  const isOurs = ({ topic, partition }: TopicPartition) =>
    membership.partitions.some((own) => own.topic === topic && own.partition === partition)

  /** Also over a change of the group: a partition is never worked on twice at once. */
  function pauseUntil(turn: Promise<void>, partition: TopicPartition): void {
    if (!pauses.has(partition)) void turn.then(pauses.pause(partition))
  }

  /** What was fetched goes, to be fetched again: else each partition that hangs would keep all that came with it. */
  function isTooMuchHeld(): boolean {
    return hanging.size > 0 && bytesOf(hanging.values()) >= mostHeldBytes
  }

  function hang(turn: Promise<void>, name: string, { batch }: EachBatchPayload): void {
    hanging.set(name, { turn, memory: memoryOf(batch.messages) })
    void turn.then(() => hanging.delete(name))
  }

  return {
    async eachBatch(payload) {
      const partition = { topic: payload.batch.topic, partition: payload.batch.partition }
      const name = nameOf(partition)
      if (pauses.has(partition) || !isOurs(partition)) return // fetched before that
      if (ending()) {
        pauses.pause(partition)
        return
      }
      const before = underWay.get(name)
      if (before !== undefined) {
        pauseUntil(before, partition)
        return
      }
      if (isTooMuchHeld()) {
        pauseUntil(Promise.race([...hanging.values()].map(({ turn }) => turn)), partition)
        return
      }
      const turn = work(payload).finally(() => underWay.delete(name))
      underWay.set(name, turn)
      if (await inTime(clock, LIBRARY_WAITS_MS, turn)) return
      hang(turn, name, payload)
      pauseUntil(turn, partition)
    },
    async ended() {
      await Promise.all(underWay.values())
    },
  }
}

interface Held {
  readonly turn: Promise<void>
  readonly memory: ReadonlySet<ArrayBufferLike>
}

/** A message is a view of the whole answer that it came with, other partitions' messages included. */
function memoryOf(messages: readonly KafkaMessage[]): ReadonlySet<ArrayBufferLike> {
  return new Set(messages.flatMap(({ key, value }) => [key, value].flatMap((bytes) => bytes?.buffer ?? [])))
}

/** What came together counts once. */
function bytesOf(held: Iterable<Held>): number {
  const all = new Set([...held].flatMap(({ memory }) => [...memory]))
  return [...all].reduce((sum, { byteLength }) => sum + byteLength, 0)
}
