import kafkajs, { type Message, type PartitionMetadata, type Producer } from 'kafkajs'
import { errorBody, reasonOf } from './bridge-error.ts'
import type { RecordToSend } from './formats.ts'
import type { TopicCatalogue } from './topic-catalogue.ts'

/** What became of a record, as the bridge says it. */
export type Sent = { readonly partition: number; readonly offset: number } | ReturnType<typeof errorBody>

/** Sends records; what became of each is in their order, and nothing is thrown for one that could not be sent. */
export type Sender = (topic: string, records: readonly RecordToSend[]) => Promise<readonly Sent[]>

interface Placed extends RecordToSend {
  readonly partition: number
}

export function sender(producer: Producer, catalogue: TopicCatalogue): Sender {
  const partitioner = kafkajs.Partitioners.DefaultPartitioner()

  return async (topic, records) => {
    const partitions = await catalogue.partitions(topic)
    if (!partitions) return records.map(() => errorBody(404, `Topic ${topic} not present in metadata: there is none.`))
    const placeOf = (record: RecordToSend) =>
      record.partition ?? partitioner({ topic, partitionMetadata: [...partitions], message: messageOf(record) })
    const placed = records.map((record) => ({ ...record, partition: placeOf(record) }))
    const isThere = ({ partition }: Placed) => partitions.some(({ partitionId }) => partitionId === partition)
    const offsetOf = await sendPlaced(topic, placed.filter(isThere))
    return placed.map((record) => (isThere(record) ? offsetOf(record) : nowhere(topic, record.partition, partitions)))
  }

  /** Answers how to find what became of each, asked in the order in which they were given. */
  async function sendPlaced(topic: string, records: readonly Placed[]): Promise<(record: Placed) => Sent> {
    if (records.length === 0) return () => errorBody(500, 'nothing was sent')
    try {
      const sent = await producer.send({ topic, messages: records.map(messageOf) })
      const next = new Map(sent.map(({ partition, baseOffset }) => [partition, Number(baseOffset)]))
      return ({ partition }) => {
        const offset = next.get(partition) ?? 0
        next.set(partition, offset + 1)
        return { partition, offset }
      }
    } catch (error) {
      return () => errorBody(500, reasonOf(error))
    }
  }
}

function messageOf({ headers, ...rest }: RecordToSend): Message {
  return { ...rest, headers: { ...headers } }
}

function nowhere(topic: string, partition: number, known: readonly PartitionMetadata[]) {
  const count = `with partition count ${known.length}`
  return errorBody(404, `Partition ${partition} of topic ${topic} ${count} is not present in metadata.`)
}
