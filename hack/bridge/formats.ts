import { BridgeError, reasonOf } from './bridge-error.ts'

/** How keys and values are in the JSON that goes over HTTP; in Kafka they are bytes. */
export type Format = 'json' | 'binary' | 'text'

export const formats: readonly Format[] = ['json', 'binary', 'text']

/** Of everything but records. */
export const BRIDGE_TYPE = 'application/vnd.kafka.v2+json'

export const contentTypeOf = (format: Format) => `application/vnd.kafka.${format}.v2+json`

/** Undefined: records can't be of that type. */
export function formatOf(contentType: string): Format | undefined {
  return formats.find((format) => contentTypeOf(format) === contentType)
}

/** As the contract has it, which was checked before. */
export interface GivenRecord {
  readonly key?: unknown
  readonly value: unknown
  readonly partition?: number
  readonly timestamp?: number
  readonly headers?: readonly { readonly key: string; readonly value: string }[]
}

export interface RecordToSend {
  readonly key: Buffer | null
  readonly value: Buffer | null
  /** Absent: the partitioner finds one. */
  readonly partition?: number
  readonly timestamp?: string
  readonly headers: Readonly<Record<string, Buffer[]>>
}

/** Throws 422 at the first record that the format can't be of. */
export function recordToSend(format: Format, given: GivenRecord): RecordToSend {
  mustNotBeNegative('partition', given.partition)
  mustNotBeNegative('timestamp', given.timestamp)
  const headers: Record<string, Buffer[]> = Object.create(null)
  for (const { key, value } of given.headers ?? []) {
    headers[key] ??= []
    headers[key].push(fromBase64(value, `the header ${key}`))
  }
  return {
    key: given.key === undefined ? null : bytesOf[format](given.key, 'key'),
    value: bytesOf[format](given.value, 'value'),
    headers,
    ...(given.partition !== undefined && { partition: given.partition }),
    ...(given.timestamp !== undefined && { timestamp: String(given.timestamp) }),
  }
}

function mustNotBeNegative(what: string, given: number | undefined): void {
  if (given !== undefined && given < 0) throw new BridgeError(422, `Invalid ${what}: ${given}. It is 0 at least.`)
}

const bytesOf: Readonly<Record<Format, (given: unknown, part: 'key' | 'value') => Buffer | null>> = {
  json: (given) => Buffer.from(JSON.stringify(given)),
  text(given, part) {
    if (typeof given === 'string') return Buffer.from(given)
    throw new BridgeError(422, `Because the embedded format is 'text', the ${part} must be a string`)
  },
  binary(given, part) {
    if (given === null) return null
    if (typeof given === 'string') return fromBase64(given, `the ${part}`)
    throw new BridgeError(422, `Because the embedded format is 'binary', the ${part} must be a string in Base64`)
  },
}

/** Stricter than Buffer, which reads over what it does not know. */
function fromBase64(text: string, what: string): Buffer {
  const isPadded = text.endsWith('=')
  const isWhole = isPadded ? text.length % 4 === 0 : text.length % 4 !== 1
  if (!isWhole || !/^[A-Za-z0-9+/]*={0,2}$/.test(text))
    throw new BridgeError(422, `${what} must be Base64, and "${text.slice(0, 40)}" is not`)
  return Buffer.from(text, 'base64')
}

/** One record, as Kafka has it. */
export interface StoredRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: string
  readonly timestamp: string
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly { readonly key: string; readonly value: Buffer | null }[]
}

/** As the bridge shows it. Throws 406 where the format is json, and the record is none. */
export function shownRecord(format: Format, record: StoredRecord) {
  const headers = record.headers.map(({ key, value }) => ({ key, value: value?.toString('base64') ?? null }))
  return {
    topic: record.topic,
    key: record.key === null ? null : shownAs[format](record.key, record),
    value: record.value === null ? null : shownAs[format](record.value, record),
    partition: record.partition,
    offset: Number(record.offset),
    timestamp: Number(record.timestamp),
    ...(headers.length > 0 && { headers }),
  }
}

const shownAs: Readonly<Record<Format, (bytes: Buffer, record: StoredRecord) => unknown>> = {
  text: (bytes) => bytes.toString(),
  binary: (bytes) => bytes.toString('base64'),
  json(bytes, { topic, partition, offset }) {
    try {
      return JSON.parse(bytes.toString())
    } catch (error) {
      const where = `${topic}, partition ${partition}, offset ${offset}`
      throw new BridgeError(
        406,
        `Failed to decode: ${where} is no JSON, take format text or binary: ${reasonOf(error)}`,
      )
    }
  },
}
