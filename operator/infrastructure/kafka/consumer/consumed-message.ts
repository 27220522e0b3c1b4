import type { IHeaders, KafkaMessage } from 'kafkajs'
import type { FlowMessage } from '../../../application/flow/flow.ts'

/** A message with all that has to stay as it is when it goes on to another topic. */
export interface ConsumedMessage extends FlowMessage {
  readonly raw: { readonly key: Buffer | null; readonly value: Buffer | null; readonly headers: IHeaders }
}

type HeaderValue = Buffer | string

interface ReadHeaders {
  /** As a flow sees them. */
  readonly read: Readonly<Record<string, string>>
  /** As they go on. */
  readonly sent: IHeaders
}

const nothing = new Uint8Array()
/** Messages without headers have these, and no work is done for them. */
const none: ReadHeaders = { read: {}, sent: {} }
/** Which headers came without a value, by name: the library can't send such ones, so they go on as empty ones. */
const NULL_HEADERS = 'kbnt_null_headers'

/**
 * A record of a partition as a flow sees it; of a header that is there several times the last one counts, and one without
 * a value is not there.
 */
export function consumedMessage(topic: string, partition: number, record: KafkaMessage): ConsumedMessage {
  const { key, value } = record
  const { read, sent } = headersOf(record.headers)
  const message = {
    topic,
    partition,
    offset: BigInt(record.offset),
    value: value ?? nothing,
    headers: read,
    timestampMs: Number(record.timestamp),
    raw: { key, value, headers: sent },
  }
  return key === null ? message : { ...message, key: key.toString() }
}

function headersOf(headers: IHeaders = {}): ReadHeaders {
  const given = Object.entries(headers).map(([name, values]) => [name, valuesOf(values)] as const)
  if (given.length === 0) return none
  const empty = given.filter(([, values]) => values.length === 0).map(([name]) => name)
  const read = given.flatMap(([name, values]) => values.slice(-1).map((last) => [name, last.toString()] as const))
  const sent = given.map(([name, values]) => [name, values.length > 1 ? values : (values[0] ?? '')] as const)
  return {
    read: Object.fromEntries(read),
    sent: { ...Object.fromEntries(sent), ...(empty.length > 0 && { [NULL_HEADERS]: empty.join() }) },
  }
}

/** The library has null for no value, and adds to a header such as `constructor` what every object has by that name. */
function valuesOf(given: IHeaders[string]): HeaderValue[] {
  const values: readonly unknown[] = Array.isArray(given) ? given : [given]
  return values.filter((value): value is HeaderValue => typeof value === 'string' || Buffer.isBuffer(value))
}
