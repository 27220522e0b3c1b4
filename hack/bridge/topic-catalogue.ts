import kafkajs, { type Admin, type PartitionMetadata } from 'kafkajs'
import { BridgeError } from './bridge-error.ts'

/** The topics of a cluster. */
export interface TopicCatalogue {
  /** But those of Kafka itself. */
  names(): Promise<readonly string[]>
  /** As the bridge describes one. Throws 404. */
  describe(name: string): Promise<object>
  /** Undefined: there is no such topic. */
  partitions(name: string): Promise<readonly PartitionMetadata[] | undefined>
}

const ofKafka = new Set(['__consumer_offsets', '__transaction_state', '__share_group_state'])
const UNKNOWN = 'UNKNOWN_TOPIC_OR_PARTITION'

export function topicCatalogue(admin: Admin): TopicCatalogue {
  async function partitions(name: string): Promise<readonly PartitionMetadata[] | undefined> {
    try {
      const { topics } = await admin.fetchTopicMetadata({ topics: [name] })
      return topics[0]?.partitions.sort((one, other) => one.partitionId - other.partitionId)
    } catch (error) {
      if ((error as { readonly type?: string }).type === UNKNOWN) return undefined
      throw error
    }
  }

  return {
    names: async () => (await admin.listTopics()).filter((name) => !ofKafka.has(name)).sort(),
    partitions,
    async describe(name) {
      const found = await partitions(name)
      if (!found)
        throw new BridgeError(404, `This server does not host this topic-partition: there is no topic ${name}.`)
      const type = kafkajs.ConfigResourceTypes.TOPIC
      const { resources } = await admin.describeConfigs({ resources: [{ type, name }], includeSynonyms: false })
      const entries = resources.flatMap(({ configEntries }) => configEntries)
      const configs = Object.fromEntries(entries.map(({ configName, configValue }) => [configName, configValue]))
      return { name, configs, partitions: found.map(describedPartition) }
    },
  }
}

function describedPartition({ partitionId, leader, replicas, isr }: PartitionMetadata) {
  const ofBroker = (broker: number) => ({ broker, leader: broker === leader, in_sync: isr.includes(broker) })
  return { partition: partitionId, leader, replicas: replicas.map(ofBroker) }
}
