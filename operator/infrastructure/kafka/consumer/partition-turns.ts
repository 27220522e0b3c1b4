import type { EachBatchPayload } from 'kafkajs'
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
export function partitionTurns({ clock, pauses, membership, ending, work }: TurnParts): PartitionTurns {
  /** By partition; each with one fetch in memory. */
  const underWay = new Map<string, Promise<void>>()
  const isOurs = ({ topic, partition }: TopicPartition) =>
    membership.partitions.some((own) => own.topic === topic && own.partition === partition)

  /** Also over a change of the group: a partition is never worked on twice at once. */
  function pauseUntil(turn: Promise<void>, partition: TopicPartition): void {
    if (!pauses.has(partition)) void turn.then(pauses.pause(partition))
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
      const turn = work(payload).finally(() => underWay.delete(name))
      underWay.set(name, turn)
      if (!(await inTime(clock, LIBRARY_WAITS_MS, turn))) pauseUntil(turn, partition)
    },
    async ended() {
      await Promise.all(underWay.values())
    },
  }
}
