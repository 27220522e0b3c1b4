import type { Admin } from 'kafkajs'
import type { TopicPartition } from '../../../application/flow/flow.ts'

export interface PartitionOffsets extends TopicPartition {
  /** The first that is there, and the one that the next message will have. */
  readonly low: bigint
  readonly high: bigint
  /** The first that the group has not committed; -1 = it has never committed any. */
  readonly committed: bigint
}

export const nameOf = ({ topic, partition }: TopicPartition) => `${topic}/${partition}`

/** What the brokers say of these partitions. Throws when they don't answer. */
export async function groupOffsets(
  admin: Admin,
  group: string,
  partitions: readonly TopicPartition[],
): Promise<PartitionOffsets[]> {
  const topics = [...new Set(partitions.map(({ topic }) => topic))]
  if (topics.length === 0) return []
  const committed = new Map<string, bigint>()
  for (const { topic, partitions: offsets } of await admin.fetchOffsets({ groupId: group, topics })) {
    for (const { partition, offset } of offsets) committed.set(nameOf({ topic, partition }), BigInt(offset))
  }
  const ends = new Map<string, { readonly low: bigint; readonly high: bigint }>()
  for (const topic of topics) {
    for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
      ends.set(nameOf({ topic, partition }), { low: BigInt(low), high: BigInt(high) })
    }
  }
  return partitions.map(({ topic, partition }) => {
    const name = nameOf({ topic, partition })
    const { low, high } = ends.get(name) ?? { low: 0n, high: 0n }
    return { topic, partition, low, high, committed: committed.get(name) ?? -1n }
  })
}

/** The same of a member, whatever it has: that one without partitions gets its answer tells that the brokers are there. */
export async function memberOffsets(
  admin: Admin,
  { group, topics }: { readonly group: string; readonly topics: readonly string[] },
  partitions: readonly TopicPartition[],
): Promise<PartitionOffsets[]> {
  if (partitions.length > 0) return groupOffsets(admin, group, partitions)
  await admin.fetchOffsets({ groupId: group, topics: [...topics] })
  return []
}

/** How many members a group has. Throws when the brokers don't say. */
export async function groupMembers(admin: Pick<Admin, 'describeGroups'>, group: string): Promise<number> {
  const { groups } = await admin.describeGroups([group])
  const count = groups[0]?.members.length ?? 0
  if (count === 0) throw new Error(`the brokers know nobody in group ${group}`)
  return count
}

/**
 * The first message that a group reads next. Where nothing was committed, or the log does not reach there any more at
 * either end, it begins with what is there.
 */
export function nextOf({ committed, low, high }: Pick<PartitionOffsets, 'committed' | 'low' | 'high'>): bigint {
  return committed > low && committed <= high ? committed : low
}
