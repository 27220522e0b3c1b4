import type { StoredStock } from '../../../operator/application/ledger/stock-ledger.ts'
import type { Reservation } from '../../../operator/domain/reservation/reservation.ts'
import { type Entry, sinceOf } from '../../../operator/domain/stock/entry.ts'
import { check } from './check.ts'

/** What a reservation has of one stock, as entries and statuses tell. */
export interface Holding {
  readonly phase: 'Waiting' | 'Reserved' | 'Confirmed'
  readonly quantity: number
  readonly entry?: Entry
  /** When a hold began, in ms. */
  readonly reservedAt: number
  readonly deadline: number
}

/** All that was ever stored of one stock. */
export interface RecordedBook {
  readonly entries: Entry[]
  /** The number of the last entry that was stored before this uid: more than 0 only of a restored stock. */
  begin: number
  readonly holdings: Map<string, Holding>
  /** It has come back from a backup: what was before is known from its reservations only. */
  readonly restored: boolean
}

export type RecordedBooks = ReturnType<typeof recordedBooks>

/** The books of all stocks as the versions that were stored tell them, apart from what any operator believes. */
export function recordedBooks() {
  const books = new Map<string, RecordedBook>()

  function of({ uid }: { readonly uid: string }): RecordedBook {
    const known = books.get(uid) ?? { entries: [], begin: 0, holdings: new Map(), restored: false }
    books.set(uid, known)
    return known
  }

  return {
    all: books as ReadonlyMap<string, RecordedBook>,
    of,
    find: (uid: string) => books.get(uid),
    total: () => [...books.values()].reduce((sum, { entries }) => sum + entries.length, 0),
    /** A stock is seen that was another one before: its reservations tell what it owes. */
    restore(stock: StoredStock, reservations: Iterable<Reservation>): void {
      const { openedAs, status, uid } = stock
      const pending = books
        .get(openedAs ?? '')
        ?.entries.filter(({ sequence }) => sequence <= (status?.ledger.sequence ?? 0))
      const holdings = new Map<string, Holding>()
      for (const reservation of reservations) {
        const holding = holdingFrom(reservation, openedAs)
        if (holding) holdings.set(reservation.uid, holding)
      }
      for (const entry of status?.ledger.pending ?? []) applyTo(holdings, entry)
      books.set(uid, { entries: [], begin: pending?.at(-1)?.sequence ?? -1, holdings, restored: true })
    },
    /** After a recount only those count who are there: the units of holders that went unseen have come back. */
    recounted(book: RecordedBook, mayHold: (uid: string) => boolean, comesBack: (holding: Holding) => boolean): void {
      for (const [uid, holding] of book.holdings) if (!mayHold(uid) && comesBack(holding)) book.holdings.delete(uid)
    },
    /** Notes what is new in a version; `judge` sees each new entry before it counts. */
    see(stock: StoredStock, judge: (entry: Entry, book: RecordedBook) => void): void {
      const { name, status } = stock
      const book = of(stock)
      for (const entry of status?.ledger.pending ?? []) {
        if (book.begin < 0) book.begin = entry.sequence - 1
        if (entry.sequence <= book.begin) continue
        const stored = book.entries[entry.sequence - book.begin - 1]
        if (stored) {
          check(sameEntry(stored, entry), () => `${name}: entry ${entry.sequence} has changed`)
          continue
        }
        const last = book.begin + book.entries.length
        check(entry.sequence === last + 1, () => `${name}: entry ${entry.sequence} comes after ${last}`)
        judge(entry, book)
        book.entries.push(entry)
        applyTo(book.holdings, entry)
      }
      const last = book.begin + book.entries.length
      check(
        book.begin < 0 || last === (status?.ledger.sequence ?? 0),
        () => `${name}: sequence ${status?.ledger.sequence}, entries ${last}`,
      )
    },
    /** Whoever held something of a restored stock, and is gone or over before anybody could note it, owes it nothing. */
    nothingOwed(uid: string): void {
      for (const { restored, holdings } of books.values()) if (restored) holdings.delete(uid)
    },
  }
}

function sameEntry(a: Entry, b: Entry): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b)
}

function holdingFrom({ status }: Reservation, stockUid: string | undefined): Holding | undefined {
  const item = status?.items?.find(({ stockUID }) => stockUID === stockUid)
  const phase = status?.phase
  if (!item || (phase !== 'Reserved' && phase !== 'Confirmed')) return undefined
  const reservedAt = Date.parse(status?.reservedAt ?? '')
  return { phase, quantity: item.quantity, reservedAt, deadline: Date.parse(status?.expiresAt ?? '') }
}

function applyTo(holdings: Map<string, Holding>, entry: Entry): void {
  const { uid, verb, quantity = 0, at, deadline } = entry
  if (uid === undefined) return
  const before = holdings.get(uid)
  const ends = deadline === undefined ? (before?.deadline ?? Number.NaN) : Date.parse(deadline)
  switch (verb) {
    case 'Reserve':
      holdings.set(uid, { phase: 'Reserved', quantity, entry, reservedAt: Date.parse(sinceOf(entry)), deadline: ends })
      return
    case 'Extend':
    case 'Confirm':
      holdings.set(uid, {
        phase: verb === 'Confirm' ? 'Confirmed' : 'Reserved',
        ...{ quantity, entry, reservedAt: before?.reservedAt ?? Date.parse(at), deadline: ends },
      })
      return
    case 'Wait':
      holdings.set(uid, { phase: 'Waiting', quantity, entry, reservedAt: Number.NaN, deadline: ends })
      return
    case 'Release':
    case 'Return':
    case 'Expire':
    case 'Refuse':
      holdings.delete(uid)
      return
    case 'Adjust':
    case 'Note':
    case 'Recount':
      return
  }
}

/** Units that are out: held, lent, or sold. */
export function unitsOut({ holdings }: RecordedBook): number {
  let units = 0
  for (const { phase, quantity } of holdings.values()) if (phase !== 'Waiting') units += quantity
  return units
}
