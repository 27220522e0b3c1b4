import type { IHeaders, KafkaMessage } from 'kafkajs'
import type { FlowMessage } from '../../../application/flow/flow.ts'

/** A message with all that has to stay as it is when it goes on to another topic. */
export interface ConsumedMessage extends FlowMessage {
  readonly raw: { readonly key: Buffer | null; readonly value: Buffer | null; readonly headers: IHeaders }
}

const nothing = new Uint8Array()

/** A record of a partition as a flow sees it; of a header that is there several times the last one counts. */
export function consumedMessage(topic: string, partition: number, record: KafkaMessage): ConsumedMessage {
  const { key, value, headers = {}, offset, timestamp } = record
  const texts = Object.entries(headers).flatMap(([name, given]) => {
    const last = Array.isArray(given) ? given.at(-1) : given
    return last === undefined ? [] : [[name, last.toString()] as const]
  })
  return {
    ...{ topic, partition, offset: BigInt(offset) },
    ...(key !== null && { key: key.toString() }),
    value: value ?? nothing,
    headers: Object.fromEntries(texts),
    timestampMs: Number(timestamp),
    raw: { key, value, headers },
  }
}
