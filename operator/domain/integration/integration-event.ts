import { type EntryEvent, entriesOf, RECORD_TYPE, type RecordData } from '../event/record-event.ts'
import { isObject } from '../json-object.ts'
import { DEEPEST, isDeeperThan } from '../nesting.ts'

/** One event of a stock as the other side is told of it, whether it came by itself or in a record of several. */
export interface IntegrationEvent {
  /** The same on every delivery. */
  readonly id: string
  /** Without the reverse domain and the version: `reservation.reserved`. */
  readonly occasion: string
  readonly sequence: number
  /** Undefined: no stock has counted it. */
  readonly stockUid: string | undefined
  /** `shop/grinder`; what is missing of it is left out. */
  readonly stock: string
  /** As its schema has it, if it keeps to it. */
  readonly data: EventData
}

/** What translations look at; all of it may be otherwise in an event of somebody else. */
export interface EventData {
  readonly [field: string]: unknown
  readonly stock?: unknown
  readonly reservation?: unknown
  readonly balances?: unknown
}

/** `other`: nothing about a stock, under this id. `unreadable`: it says that it is, and isn't; then the id may be missing. */
export type IntegrationNews =
  | { readonly kind: 'events'; readonly events: readonly IntegrationEvent[] }
  | { readonly kind: 'other'; readonly id: string; readonly occasion: string }
  | { readonly kind: 'unreadable'; readonly id: string | undefined; readonly occasion: string; readonly reason: string }

/** Of ids and names: they are keys of rows, and parts of addresses. */
const LONGEST_ID = 253

/** Reads a message of the topics of stocks. Records of several entries come apart, each under the id that its event would have. */
export function integrationNewsFrom(headers: Readonly<Record<string, string>>, text: string): IntegrationNews {
  const { ce_type: type = '', ce_id: given } = headers
  const id = isId(given) ? given : undefined
  const occasion = occasionIn(type)
  const unreadable = (reason: string): IntegrationNews => ({ kind: 'unreadable', id, occasion, reason })
  if (type === '') return unreadable('ce_type is missing')
  if (id === undefined) return unreadable(`ce_id is missing, or not plain text of at most ${LONGEST_ID} characters`)
  if (!/^io\.kbnt\.(stock|reservation)\./.test(type)) return { kind: 'other', id, occasion }
  const data = dataOf(text)
  if (!data) return unreadable(`its value is no JSON object, or nested more than ${DEEPEST} levels deep`)
  if (type === RECORD_TYPE) return unfolded(data, unreadable)
  const event = eventOf({ id, occasion, sequence: data['sequence'], data })
  return typeof event === 'string' ? unreadable(event) : { kind: 'events', events: [event] }
}

function unfolded(data: EventData, unreadable: (reason: string) => IntegrationNews): IntegrationNews {
  const events: IntegrationEvent[] = []
  for (const { id, type, sequence, data: told } of entriesIn(data)) {
    const event = eventOf({ id, occasion: occasionIn(type), sequence, data: told as EventData })
    if (typeof event === 'string') return unreadable(`entries[${events.length}]: ${event}`)
    events.push(event)
  }
  return events.length > 0 ? { kind: 'events', events } : unreadable('entries are none of a stock, or there are none')
}

function entriesIn(data: EventData): readonly EntryEvent[] {
  try {
    return entriesOf(data as unknown as RecordData)
  } catch (error) {
    if (error instanceof Error) return [] // what is no record fails in many ways
    throw error
  }
}

interface Told {
  readonly id: string
  readonly occasion: string
  readonly sequence: unknown
  readonly data: EventData
}

/** A sentence for what is none. */
function eventOf({ id, occasion, sequence, data }: Told): IntegrationEvent | string {
  const { uid, namespace, name } = fieldsOf(data.stock)
  if (!isId(id)) return 'its id is not plain text'
  if (!Number.isSafeInteger(sequence) || Number(sequence) < 0) return 'sequence is no whole number from 0 on'
  if (uid !== null && !isId(uid)) return `stock.uid is not plain text of at most ${LONGEST_ID} characters`
  const names = [namespace, name].filter(isId)
  return {
    ...{ id, occasion, sequence: Number(sequence), data },
    stockUid: uid === null ? undefined : uid,
    stock: names.join('/'),
  }
}

/** `io.kbnt.stock.created.v1` → `stock.created`; others stay as they are, cut. */
function occasionIn(type: string): string {
  return (/^io\.kbnt\.([a-z_]+\.[a-z_]+)\.v\d+$/.exec(type)?.[1] ?? type).slice(0, LONGEST_ID)
}

/** Without what no text of a database takes, and what would be other than it looks. */
function isId(given: unknown): given is string {
  return typeof given === 'string' && given.length <= LONGEST_ID && /^[\x21-\x7e]+$/.test(given)
}

/** Of an object; none of anything else. */
export function fieldsOf(given: unknown): Readonly<Record<string, unknown>> {
  return typeof given === 'object' && given !== null ? (given as Record<string, unknown>) : {}
}

function dataOf(text: string): EventData | undefined {
  try {
    const data: unknown = JSON.parse(text)
    return isObject(data) && !isDeeperThan(data, DEEPEST) ? data : undefined
  } catch {
    return undefined
  }
}
