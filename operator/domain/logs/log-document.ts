import type { Place } from '../flow/place.ts'
import { isObject, jsonObjectIn } from '../json-object.ts'
import { DEEPEST, isDeeperThan } from '../nesting.ts'

/** A record of a topic of logs. */
export interface LogRecord extends Place {
  readonly value: string
  readonly headers: Readonly<Record<string, string>>
  readonly timestampMs: number
}

/** What is looked for, and what it is told apart by. */
export interface LogDocument {
  readonly id: string
  readonly index: string
  readonly source: Readonly<Record<string, unknown>>
}

/** Terms of a payload: so many at most, and of each so many characters. */
const MOST_TERMS = 100
const LONGEST_TERM = 256
/** Before it there was nothing of ours; after it no index has a name for the day. */
const [EARLIEST_MS, LATEST_MS] = [Date.UTC(2000, 0, 1), Date.UTC(9999, 11, 31)]

/**
 * A record as a document of the day's index, or why it is none. The same record gives the same document, and no other
 * record of any topic of that name gives its id: it has the record's time, as offsets begin anew when a topic is made anew.
 * A payload is kept as it is and not looked into by the index, which would make a field of each of its names; what can be
 * looked for is `payload_terms`, such as `order.id=42`.
 */
export function logDocumentFrom(record: LogRecord, prefix: string): LogDocument | { readonly fault: string } {
  const { topic, partition, offset, timestampMs, headers } = record
  const said = jsonObjectIn(record.value)
  if (!said) return { fault: 'it is not one object of JSON' }
  if (isDeeperThan(said, DEEPEST)) return { fault: `it has objects in each other for more than ${DEEPEST} levels` }
  if (timestampMs < EARLIEST_MS || timestampMs >= LATEST_MS)
    return { fault: `its record is of ${timestampMs} ms, which is no day that has an index` }
  const written = instantOf(said['timestamp']) ?? instantOf(headers['ce_time']) ?? timestampMs
  const payload = said['payload'] ?? said['data']
  return {
    id: `${topic}-${partition}-${offset}-${timestampMs.toString(36)}`,
    index: `${prefix}-${dayOf(timestampMs)}`,
    source: {
      ...said,
      '@timestamp': new Date(written).toISOString(),
      ...(headers['ce_type'] !== undefined && { event_type: headers['ce_type'] }),
      ...(isObject(payload) && { payload_terms: termsOf(payload) }),
      record: { topic, partition, offset: String(offset), time: new Date(timestampMs).toISOString() },
    },
  }
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10).replaceAll('-', '.')
}

function instantOf(value: unknown): number | undefined {
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return ms >= 0 && ms < LATEST_MS ? ms : undefined
}

/** `path=value` of each plain value, the first ones of many. */
function termsOf(payload: Readonly<Record<string, unknown>>): string[] {
  const terms: string[] = []
  const visit = (value: unknown, path: string): void => {
    if (terms.length >= MOST_TERMS) return
    if (typeof value !== 'object' || value === null) terms.push(`${path}=${String(value)}`.slice(0, LONGEST_TERM))
    else for (const [name, item] of itemsOf(value)) visit(item, pathOf(path, name))
  }
  visit(payload, '')
  return terms
}

/** Items of a list have the name of their list. */
function itemsOf(value: object): Iterable<readonly [string, unknown]> {
  return Array.isArray(value) ? value.map((item) => ['', item] as const) : Object.entries(value)
}

function pathOf(path: string, name: string): string {
  return path === '' || name === '' ? `${path}${name}` : `${path}.${name}`
}
