import { createHash } from 'node:crypto'
import type { IHeaders, Message } from 'kafkajs'
import { journeyHeaders, TRUNCATED } from '../../../domain/flow/journey.ts'

/** What is left of a message that the dead-letter topic doesn't take whole. */
const VALUE_BYTES = 64 * 1024
const KEY_BYTES = 1024
/** Of all headers that are not ours, names included. */
const HEADER_BYTES = 16 * 1024

const SHA256 = 'kbnt_sha256'
const KEY_TRUNCATED = 'kbnt_key_truncated'
const HEADERS_LEFT_OUT = 'kbnt_headers_left_out'

/**
 * The beginnings of value and key, and those headers that find room, in their order. Marks say how long value and key
 * were, what the value's SHA-256 is, and how many headers are missing.
 */
export function cut(message: Message): Message {
  const value = Buffer.from(message.value ?? '')
  const key = message.key === null || message.key === undefined ? null : Buffer.from(message.key)
  const { headers, leftOut } = fitting(message.headers ?? {})
  const marks = {
    [TRUNCATED]: String(value.length),
    [SHA256]: createHash('sha256').update(value).digest('hex'),
    ...(key && key.length > KEY_BYTES && { [KEY_TRUNCATED]: String(key.length) }),
    ...(leftOut > 0 && { [HEADERS_LEFT_OUT]: String(leftOut) }),
  }
  return {
    ...message,
    ...{ key: key?.subarray(0, KEY_BYTES) ?? null, value: value.subarray(0, VALUE_BYTES) },
    headers: { ...headers, ...marks },
  }
}

function fitting(headers: IHeaders): { readonly headers: IHeaders; readonly leftOut: number } {
  let bytes = 0
  const all = Object.entries(headers)
  const kept = all.filter(([name, values]) => {
    if (journeyHeaders.has(name)) return true
    const size = bytesOf(name, values)
    if (bytes + size > HEADER_BYTES) return false
    bytes += size
    return true
  })
  return { headers: Object.fromEntries(kept), leftOut: all.length - kept.length }
}

function bytesOf(name: string, values: IHeaders[string]): number {
  const each = Array.isArray(values) ? values : [values ?? '']
  return each.reduce((sum, value) => sum + Buffer.byteLength(name) + Buffer.byteLength(value), 0)
}
