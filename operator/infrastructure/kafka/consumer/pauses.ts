import type { Consumer } from 'kafkajs'
import type { Clock } from '../../../application/clock.ts'
import type { TopicPartition } from '../../../application/flow/flow.ts'
import { nameOf } from './group-offsets.ts'

/** Partitions that are not read for a while. */
export interface Pauses {
  /**
   * Nothing more of it is fetched for so long, or until the answer is called when no time is given. The answer ends this
   * pause alone, and none that has taken its place.
   */
  pause(partition: TopicPartition, forMs?: number): () => void
  has(partition: TopicPartition): boolean
  /** Forgets all of them: the library would keep them over a rebalance, also for partitions that come back. */
  clear(): void
}

/** The library throws at whoever pauses or resumes what it has stopped reading: `isOver` says so. */
export interface PausesParts {
  readonly consumer: Pick<Consumer, 'pause' | 'resume'>
  readonly clock: Pick<Clock, 'schedule'>
  readonly isOver: () => boolean
}

export function pauses({ consumer, clock, isOver }: PausesParts): Pauses {
  const paused = new Map<string, { readonly partition: TopicPartition; readonly cancel: () => void }>()
  const asGiven = ({ topic, partition }: TopicPartition) => [{ topic, partitions: [partition] }]

  function resume(partition: TopicPartition): void {
    paused.get(nameOf(partition))?.cancel()
    paused.delete(nameOf(partition))
    if (!isOver()) consumer.resume(asGiven(partition))
  }

  return {
    pause(partition, forMs) {
      paused.get(nameOf(partition))?.cancel()
      if (!isOver()) consumer.pause(asGiven(partition))
      const cancel = forMs === undefined ? () => undefined : clock.schedule(forMs, () => resume(partition))
      const own = { partition, cancel }
      paused.set(nameOf(partition), own)
      return () => {
        if (paused.get(nameOf(partition)) === own) resume(partition)
      }
    },
    has: (partition) => paused.has(nameOf(partition)),
    clear() {
      for (const { partition } of [...paused.values()]) resume(partition)
    },
  }
}
