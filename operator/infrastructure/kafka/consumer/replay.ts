import type { FlowMemory, FlowMessage, TopicPartition } from '../../../application/flow/flow.ts'
import type { Logger } from '../../../application/logger.ts'
import { placeText } from '../../../domain/flow/place.ts'
import { nameOf, type PartitionOffsets } from './group-offsets.ts'

/** Has a flow recall, each time that partitions are given out, what was handled of them before. */
export interface Replay {
  /** From where to read each partition that has something to recall. */
  readonly starts: readonly (TopicPartition & { readonly offset: bigint })[]
  /** How many of these, from the first on, were handled before; they are recalled. `last`: how far they reach. */
  recall(partition: TopicPartition, messages: readonly FlowMessage[], last: bigint): number
}

/** What the group has never committed has nothing to recall: the flow is told so at once. */
export function replay(
  memory: FlowMemory,
  offsets: readonly PartitionOffsets[],
  logger: Pick<Logger, 'error'>,
): Replay {
  const until = new Map<string, bigint>()
  const starts: (TopicPartition & { readonly offset: bigint })[] = []
  for (const { topic, partition, low, high, committed } of offsets) {
    // biome-ignore lint/complexity/useMathMinMax: these are bigints
    const end = committed < high ? committed : high // a log that was cut is written anew from there
    if (low < end) {
      until.set(nameOf({ topic, partition }), end)
      starts.push({ topic, partition, offset: low })
    } else memory.recalled({ topic, partition })
  }
  let failed = 0
  /** It was passed by or taken away when it was handled: it must not end each start from now on. */
  function recall(message: FlowMessage): void {
    try {
      memory.recall(message)
    } catch (error) {
      failed += 1
      logger.error("a message can't be recalled and is passed by", { place: placeText(message), failed, error })
    }
  }

  return {
    starts,
    recall(partition, messages, last) {
      const end = until.get(nameOf(partition))
      if (end === undefined) return 0
      const first = messages.findIndex(({ offset }) => offset >= end)
      const recalled = first === -1 ? messages : messages.slice(0, first)
      for (const message of recalled) recall(message)
      if (last + 1n >= end) {
        until.delete(nameOf(partition))
        memory.recalled(partition)
      }
      return recalled.length
    },
  }
}
