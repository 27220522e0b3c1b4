import { RECORD_TYPE } from '../event/record-event.ts'
import { DEEPEST, isDeeperThan } from '../nesting.ts'
import { eventIdOf, type HistoryReservation, type HistoryRow } from './history-row.ts'
import {
  instantIn,
  levelIn,
  moneyIn,
  objectIn,
  textIn,
  textOrNullIn,
  Unsound,
  uuidIn,
  wholeIn,
} from './sound-values.ts'

/** `other`: nothing that a stock has decided. `unreadable`: it says that it is, and isn't; the reason names the field. */
export type HistoryNews =
  | { readonly kind: 'rows'; readonly rows: readonly HistoryRow[] }
  | { readonly kind: 'other' }
  | { readonly kind: 'unreadable'; readonly reason: string }

type Fields = Readonly<Record<string, unknown>>
type StockNames = Pick<HistoryRow, 'stock' | 'namespace' | 'name' | 'product'>

const REJECTED = 'io.kbnt.reservation.rejected.v1'
const LONGEST = { namespace: 63, name: 253, consumer: 128, uid: 100 } as const
/** What the schema of records lets one have. */
const MOST_ENTRIES = 500

/** Reads an event of the audit topic: a single decision, or a record of several, which come out one by one. */
export function historyFrom(headers: Readonly<Record<string, string>>, text: string): HistoryNews {
  try {
    return newsIn(headers['ce_type'], text)
  } catch (error) {
    if (!(error instanceof Unsound)) throw error
    return { kind: 'unreadable', reason: error.message }
  }
}

function newsIn(type: string | undefined, text: string): HistoryNews {
  if (type === undefined) throw new Unsound('the header ce_type is not there')
  const [, occasion, version] = /^io\.kbnt\.((?:stock|reservation)\.[a-z_]{1,40})\.(v[0-9]{1,3})$/.exec(type) ?? []
  if (occasion === undefined) return { kind: 'other' }
  if (version !== 'v1') throw new Unsound(`the header ce_type is ${type}, and this program reads version v1`)
  const data = objectIn(parsed(text), 'the value')
  if (type === RECORD_TYPE) return { kind: 'rows', rows: rowsOfRecord(data) }
  if (type === REJECTED && data['balances'] === null) return { kind: 'other' } // there is no such stock
  return { kind: 'rows', rows: [rowOfEvent(data, occasion)] }
}

function parsed(text: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new Unsound('the value is no JSON')
  }
  if (isDeeperThan(value, DEEPEST)) throw new Unsound(`the value is nested more than ${DEEPEST} levels deep`)
  return value
}

function rowOfEvent(data: Fields, occasion: string): HistoryRow {
  const balances = objectIn(data['balances'], 'balances')
  const row: HistoryRow = {
    ...stockIn(data['stock']),
    sequence: wholeIn(data['sequence'], 'sequence', 1),
    occasion,
    atMs: instantIn(data['timestamp'], 'timestamp'),
    units: unitsIn(data['quantity'], 'quantity'),
    quantity: wholeIn(balances['quantity'], 'balances.quantity'),
    reserved: wholeIn(balances['reserved'], 'balances.reserved'),
    confirmed: wholeIn(balances['confirmed'], 'balances.confirmed'),
    available: wholeIn(balances['available'], 'balances.available'),
    level: levelIn(data['level'], 'level'),
    price: moneyIn(data['unitPrice'], 'unitPrice'),
    reservation: reservationIn(data['reservation']),
  }
  const id = data['eventId']
  if (typeof id === 'string' && id.toLowerCase() === eventIdOf(row)) return row
  throw new Unsound(`eventId is ${JSON.stringify(id)?.slice(0, 120)}, and its stock and sequence say ${eventIdOf(row)}`)
}

function rowsOfRecord(data: Fields): HistoryRow[] {
  const stock = stockIn(data['stock'])
  const entries = data['entries']
  if (!Array.isArray(entries) || entries.length === 0 || entries.length > MOST_ENTRIES)
    throw new Unsound(`entries is no list of 1 to ${MOST_ENTRIES} decisions`)
  const first = wholeIn(data['firstSequence'], 'firstSequence', 1)
  return entries.map((entry: unknown, index) => {
    const row = rowOfEntry(objectIn(entry, `entries[${index}]`), stock, `entries[${index}].`)
    if (row.sequence === first + index) return row
    throw new Unsound(`entries[${index}].sequence is ${row.sequence}, and ${first + index} was to come`)
  })
}

function rowOfEntry(entry: Fields, stock: StockNames, at: string): HistoryRow {
  const occasion = entry['type']
  if (typeof occasion !== 'string' || !/^(stock|reservation)\.[a-z_]{1,40}$/.test(occasion))
    throw new Unsound(`${at}type is ${JSON.stringify(occasion)}, and a word such as reservation.reserved is needed`)
  return {
    ...stock,
    sequence: wholeIn(entry['sequence'], `${at}sequence`, 1),
    occasion,
    atMs: instantIn(entry['at'], `${at}at`),
    units: unitsIn(entry['quantity'], `${at}quantity`),
    quantity: wholeIn(entry['stockQuantity'], `${at}stockQuantity`),
    reserved: wholeIn(entry['reserved'], `${at}reserved`),
    confirmed: wholeIn(entry['confirmed'], `${at}confirmed`),
    available: wholeIn(entry['available'], `${at}available`),
    level: levelIn(entry['level'], `${at}level`),
    price: moneyIn(entry['unitPrice'], `${at}unitPrice`),
    reservation: reservationOfEntry(entry, stock, at),
  }
}

function stockIn(given: unknown): StockNames {
  const stock = objectIn(given, 'stock')
  return {
    stock: uuidIn(stock['uid'], 'stock.uid'),
    namespace: textIn(stock['namespace'], 'stock.namespace', LONGEST.namespace),
    name: textIn(stock['name'], 'stock.name', LONGEST.name),
    product: textIn(stock['product'], 'stock.product', LONGEST.name),
  }
}

function reservationIn(given: unknown): HistoryReservation | null {
  if (given === undefined || given === null) return null
  const { namespace, name, uid, consumer } = objectIn(given, 'reservation')
  return {
    namespace: textIn(namespace, 'reservation.namespace', LONGEST.namespace),
    name: textOrNullIn(name, 'reservation.name', LONGEST.name) ?? '',
    uid: textIn(uid, 'reservation.uid', LONGEST.uid),
    consumer: textOrNullIn(consumer, 'reservation.consumer', LONGEST.consumer),
  }
}

/** An entry with no reservation's uid is about the stock alone. */
function reservationOfEntry(entry: Fields, stock: StockNames, at: string): HistoryReservation | null {
  const { uid, namespace, reservation, consumer } = entry
  if (uid === undefined || uid === null) return null
  return {
    namespace: textOrNullIn(namespace, `${at}namespace`, LONGEST.namespace) ?? stock.namespace,
    name: textOrNullIn(reservation, `${at}reservation`, LONGEST.name) ?? '',
    uid: textIn(uid, `${at}uid`, LONGEST.uid),
    consumer: textOrNullIn(consumer, `${at}consumer`, LONGEST.consumer),
  }
}

function unitsIn(given: unknown, field: string): number | null {
  return given === undefined || given === null ? null : wholeIn(given, field)
}
