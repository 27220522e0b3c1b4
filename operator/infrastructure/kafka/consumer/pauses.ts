import type { Consumer } from 'kafkajs'
import type { Clock } from '../../../application/clock.ts'
import type { TopicPartition } from '../../../application/flow/flow.ts'

/** Partitions that are not read for a while. */
export interface Pauses {
  /** Nothing more of it is fetched for so long, or until `resume` when no time is given. */
  pause(partition: TopicPartition, forMs?: number): void
  resume(partition: TopicPartition): void
  /** Forgets all of them: the library would keep them over a rebalance, also for partitions that come back. */
  clear(): void
  readonly size: number
}

export function pauses(consumer: Pick<Consumer, 'pause' | 'resume'>, clock: Pick<Clock, 'schedule'>): Pauses {
  const paused = new Map<string, { readonly partition: TopicPartition; readonly cancel: () => void }>()
  const nameOf = ({ topic, partition }: TopicPartition) => `${topic}/${partition}`
  const asGiven = ({ topic, partition }: TopicPartition) => [{ topic, partitions: [partition] }]

  function resume(partition: TopicPartition): void {
    paused.get(nameOf(partition))?.cancel()
    paused.delete(nameOf(partition))
    consumer.resume(asGiven(partition))
  }

  return {
    pause(partition, forMs) {
      paused.get(nameOf(partition))?.cancel()
      consumer.pause(asGiven(partition))
      const cancel = forMs === undefined ? () => undefined : clock.schedule(forMs, () => resume(partition))
      paused.set(nameOf(partition), { partition, cancel })
    },
    resume,
    clear() {
      for (const { partition } of [...paused.values()]) resume(partition)
    },
    get size() {
      return paused.size
    },
  }
}
