import type { Entry } from '../stock/entry.ts'
import { decisionOf, type EventTexts, type Occasion, occasionOf } from './event.ts'

/** Unlike of others, what is not there may be there as undefined: no JSON tells them apart. */
type Maybe<T> = { readonly [Key in keyof T]?: T[Key] | undefined }

type Told = 'reservation' | 'uid' | 'quantity' | 'unitPrice' | 'reason' | 'changeReason' | 'deadline' | 'shortages'
type Counted = 'sequence' | 'at' | 'reserved' | 'confirmed' | 'available' | 'stockQuantity' | 'level'

/** One decision as records have it: all that its event says, without what is the same for all of its stock. */
export interface RecordEntry
  extends Pick<Entry, Counted>,
    Maybe<Pick<Entry, Told | 'lines' | 'follows'>>,
    Maybe<EventTexts> {
  readonly type: Occasion
  /** Of the reservation; absent: the stock's own. */
  readonly namespace?: string | undefined
}

/** `texts` are those of the entry's reservation. Made for each decision of a transaction: a literal costs the least. */
export function recordEntry(entry: Entry, texts: EventTexts | undefined): RecordEntry {
  return {
    sequence: entry.sequence,
    type: occasionOf(entry),
    at: entry.at,
    reservation: entry.reservation,
    namespace: entry.reservationNamespace,
    uid: entry.uid,
    consumer: texts?.consumer,
    note: texts?.note,
    requestId: texts?.requestId,
    quantity: entry.quantity,
    unitPrice: entry.unitPrice,
    reserved: entry.reserved,
    confirmed: entry.confirmed,
    available: entry.available,
    stockQuantity: entry.stockQuantity,
    level: entry.level,
    reason: entry.reason,
    changeReason: entry.changeReason,
    deadline: entry.deadline,
    shortages: entry.shortages,
    lines: entry.lines,
    follows: entry.follows,
  }
}

/** The entry that a record tells of, with the texts of its reservation. Throws for what no stock does. */
export function entryFromRecord({ type, namespace, consumer, note, requestId, ...told }: RecordEntry) {
  const texts = { consumer, note, requestId } as EventTexts
  const entry = { ...told, ...decisionOf(type), ...(namespace !== undefined && { reservationNamespace: namespace }) }
  return { entry: entry as Entry, texts: told.uid === undefined ? null : texts }
}
