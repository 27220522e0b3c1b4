import { randomUUID } from 'node:crypto'
import type { NextRecords, RecordBooks } from '../../operator/application/rows/record-books.ts'
import type { EventStock } from '../../operator/domain/event/event.ts'
import { recordEntry } from '../../operator/domain/event/record-entry.ts'
import type { StockRecord } from '../../operator/domain/event/record-event.ts'
import type { Entry } from '../../operator/domain/stock/entry.ts'
import { anEntry, tenOClock } from '../fixtures/builders.ts'

const MOST_ENTRIES = 500

export type RecordCall = 'waiting' | 'next' | 'delivered'

export interface InMemoryRecords extends RecordBooks {
  /** Opens a stock, which is its first entry; answers its uid. */
  open(name?: string): string
  /** One transaction with these entries of a stock, which may be its first. */
  commit(stock: EventStock, entries: readonly Entry[]): void
  /** One transaction with so many entries of a stock. */
  write(uid: string, entries: number): void
  /** So many numbers of a stock are passed over. */
  leap(uid: string, numbers: number): void
  /** Somebody deletes a record, or puts something else into it. */
  take(uid: string, first: number): void
  edit(uid: string, first: number, entries: string): void
  /** `why` answers what a call throws, if anything; `isLate` = after it was carried out. */
  failing(why: (call: RecordCall) => Error | undefined, isLate?: boolean): void
  /** Records that are not deleted. */
  left(uid: string): number
}

type Kept = NextRecords['records'][number]

interface Book {
  readonly stock: EventStock
  readonly records: Kept[]
  sequence: number
  recorded: number
  delivered: number
  deliveredBytes: number
}

/** An outbox in memory, which several relays may share; `meanwhile` is what a call and its answer take on their way. */
export function inMemoryRecords(meanwhile: () => Promise<void> = () => Promise.resolve()): InMemoryRecords {
  const books = new Map<string, Book>()
  let why: (call: RecordCall) => Error | undefined = () => undefined
  let late = false

  async function call<T>(name: RecordCall, act: () => T): Promise<T> {
    await meanwhile()
    const error = why(name)
    if (error && !late) throw error
    const answer = act()
    await meanwhile()
    if (error) throw error
    return answer
  }

  const get = (uid: string) => books.get(uid) as Book
  const inOrder = () => [...books.values()].sort((a, b) => (a.stock.uid < b.stock.uid ? -1 : 1))

  function bookOf(stock: EventStock): Book {
    const known = books.get(stock.uid)
    if (known) return known
    const book = { stock, records: [], sequence: 0, recorded: 0, delivered: 0, deliveredBytes: 0 }
    books.set(stock.uid, book)
    return book
  }

  function commit(book: Book, entries: readonly Entry[]): void {
    for (let from = 0; from < entries.length; from += MOST_ENTRIES) {
      const record = recordOf(entries.slice(from, from + MOST_ENTRIES))
      book.records.push(record)
      book.recorded += record.bytes
      book.sequence = record.last
    }
  }

  function finish({ stock, after, upTo }: Parameters<RecordBooks['delivered']>[0][number]): void {
    const book = get(stock)
    const isGone = ({ first }: Kept) => first > after && first <= upTo
    const bytes = book.records.filter(isGone).reduce((sum, record) => sum + record.bytes, 0)
    book.records.splice(0, Infinity, ...book.records.filter((record) => !isGone(record)))
    book.delivered = Math.max(book.delivered, upTo)
    book.deliveredBytes = book.delivered >= book.sequence ? book.recorded : book.deliveredBytes + bytes
  }

  return {
    waiting: (after = '', limit) =>
      call('waiting', () =>
        inOrder()
          .filter(({ stock, sequence, delivered }) => stock.uid > after && sequence > delivered)
          .slice(0, limit)
          .map(({ stock, delivered, sequence, recorded, deliveredBytes }) => {
            return { stock, delivered, sequence, bytes: recorded - deliveredBytes }
          }),
      ),
    next: (wanted, share) =>
      call('next', () =>
        wanted.flatMap(({ stock, after }) => {
          const book = books.get(stock)
          if (!book) return []
          const { sequence, delivered } = book
          const left = book.records.filter(({ first }) => first > Math.max(after, delivered)).slice(0, share.records)
          let before = 0
          const records = left.filter(({ bytes }, index) => {
            before += bytes
            return index === 0 || before <= share.bytes
          })
          return [{ stock, sequence, delivered, records }]
        }),
      ),
    delivered: (stretches) => call('delivered', () => void stretches.forEach(finish)),
    async pressure(stocks, maxBytes) {
      const behind = [...books.values()]
        .map(({ stock: { uid }, records, recorded, deliveredBytes, delivered }) => {
          const oldest = records.find(({ first }) => first > delivered)
          return { uid, bytes: recorded - deliveredBytes, ageMs: oldest ? Date.now() - oldest.at : 0 }
        })
        .filter(({ bytes }) => bytes > 0)
        .sort((a, b) => b.bytes - a.bytes)
      const most = behind.slice(0, stocks)
      const all = behind.reduce((sum, { bytes }) => sum + bytes, 0)
      const enough = all < maxBytes ? Math.min(maxBytes / 4, maxBytes - all) : Infinity
      const named = behind.filter((one) => most.includes(one) || one.bytes >= enough)
      return {
        bytes: all,
        oldestMs: Math.max(0, ...most.map(({ ageMs }) => ageMs)),
        byStock: new Map(named.map(({ uid, bytes }) => [uid, bytes])),
      }
    },
    commit: (stock, entries) => commit(bookOf(stock), entries),
    open(name = 'bean') {
      const stock = { namespace: 'shop', name, uid: randomUUID(), product: name }
      const book = bookOf(stock)
      const { reservation: _, uid: __, deadline: ___, ...about } = anEntry({ sequence: 1, quantity: 5 })
      commit(book, [{ ...about, verb: 'Note', note: 'created' }])
      return stock.uid
    },
    write(uid, entries) {
      const book = get(uid)
      const { sequence } = book
      commit(
        book,
        Array.from({ length: entries }, (_, index) => anEntry({ sequence: sequence + index + 1 })),
      )
    },
    leap(uid, numbers) {
      get(uid).sequence += numbers
    },
    take(uid, first) {
      const { records } = get(uid)
      records.splice(
        records.findIndex((record) => record.first === first),
        1,
      )
    },
    edit(uid, first, entries) {
      const { records } = get(uid)
      const index = records.findIndex((record) => record.first === first)
      records[index] = { ...(records[index] as Kept), entries }
    },
    failing(error, isLate = false) {
      why = error
      late = isLate
    },
    left: (uid) => get(uid).records.length,
  }
}

function recordOf(told: readonly Entry[]): StockRecord & { readonly bytes: number } {
  const entries = JSON.stringify(told.map((entry) => recordEntry(entry, { consumer: 'ana' })))
  const [first, last] = [told[0] as Entry, told.at(-1) as Entry]
  return {
    ...{ first: first.sequence, last: last.sequence, at: tenOClock, entries, bytes: Buffer.byteLength(entries) },
    tellsStock: told.some(({ uid }) => uid === undefined),
  }
}
