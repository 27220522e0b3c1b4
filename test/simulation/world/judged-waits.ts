import type { StoredStock } from '../../../operator/application/ledger/stock-ledger.ts'
import type { Reservation } from '../../../operator/domain/reservation/reservation.ts'
import type { Entry } from '../../../operator/domain/stock/entry.ts'
import { byRank } from '../../../operator/domain/stock/waiting-list.ts'
import type { ApiServer } from './api-server.ts'
import { check } from './check.ts'
import { isPassedOver, type TakingParts, ticketOf } from './judged-takings.ts'
import type { RecordedBook } from './recorded-books.ts'

export interface WaitsParts {
  readonly server: Pick<ApiServer, 'reservations' | 'stocks'>
  readonly takings: TakingParts
  readonly now: () => number
  /** Whether those who wait for a stock may wait on: what is wrong is wrong with it. */
  readonly mayStarve: (stock: StoredStock) => boolean
  readonly canBeTold: (reservation: Reservation) => boolean
  /** Whether so much can't be told there that nobody waits for who can't be told, whatever its place. */
  readonly isMuteAt: (stock: StoredStock) => boolean
}

interface Waiter {
  readonly reservation: Reservation
  readonly quantity: number
  readonly entry: Entry | undefined
}

/** A slow write, another try after it, and the turn of a stock that has much to do. */
const SERVED_WITHIN_MS = 8_000

/** Judges, while nobody dies, that nobody starves: whom a stock could serve by what is stored of it is served within seconds. */
export function waitsWatch(parts: WaitsParts): () => void {
  /** Since when it could be, by uid. */
  let since = new Map<string, number>()
  return () => {
    const before = since
    since = new Map()
    const sets = setsThatWait(parts)
    for (const stock of parts.server.stocks.values()) {
      for (const { uid, name } of couldBeServed(parts, stock, sets)) {
        const from = before.get(uid) ?? parts.now()
        since.set(uid, from)
        check(parts.now() - from < SERVED_WITHIN_MS, () => `${name} (${uid}) starves in the line of ${stock.name}`)
      }
    }
  }
}

function couldBeServed(parts: WaitsParts, stock: StoredStock, sets: readonly Waiter[]): Reservation[] {
  const { status, terms, generation, uid } = stock
  const { books, kind } = parts.takings
  const book = books.find(uid)
  if (!book || !status || book.restored || kind.unlisted !== undefined || parts.mayStarve(stock)) return []
  if (terms.paused || terms.terminating || status.observedGeneration !== generation) return []
  const free = status.quantity - terms.safetyStock - status.reserved - status.confirmed
  const others = sets.flatMap((set) => atFollower(set, stock, book, free))
  const line = [...waitersIn(parts, book), ...others]
    .sort((a, b) => byRank(ticketOf(a.reservation, a.quantity), ticketOf(b.reservation, b.quantity)))
    .filter((one) => !isOut(one, stock, book, parts))
  const turns = terms.waitlist.order === 'Strict' ? line.slice(0, 1) : line
  return turns
    .filter(({ quantity }) => quantity <= free)
    .map(({ reservation }) => reservation)
    .filter((one) => !isSet(one) && parts.canBeTold(one))
}

/** Whether others are served before it, whatever its rank. */
function isOut({ reservation, quantity, entry }: Waiter, stock: StoredStock, book: RecordedBook, parts: WaitsParts) {
  const isMute = parts.isMuteAt(stock) && !parts.canBeTold(reservation)
  return !entry || isMute || isPassedOver(reservation, quantity, { stock, entry, book, reservation }, parts.takings)
}

function setsThatWait(parts: WaitsParts): Waiter[] {
  return [...parts.takings.books.all.values()].flatMap((book) => waitersIn(parts, book)).filter(isOfSet)
}

/** A set is written down at its home only, and stands in the line of every stock that lacks units for it. */
function atFollower({ reservation, entry }: Waiter, stock: StoredStock, book: RecordedBook, free: number): Waiter[] {
  const { spec, uid } = reservation
  const item = spec.items.find((one) => one.stock === stock.name && one.stockNamespace === stock.namespace)
  if (!item || item.quantity <= free || book.holdings.has(uid)) return []
  return [{ reservation, quantity: item.quantity, entry }]
}

/** Those who wait by the book of one stock. */
function waitersIn({ server, now }: WaitsParts, { holdings }: RecordedBook): Waiter[] {
  const waiters: Waiter[] = []
  for (const reservation of server.reservations.values()) {
    const { phase, deadline = 0, quantity = 0, entry } = holdings.get(reservation.uid) ?? {}
    const waits = phase === 'Waiting' && deadline > now() && reservation.spec.state !== 'Released'
    if (waits && !reservation.deleting) waiters.push({ reservation, quantity, entry })
  }
  return waiters
}

const isSet = ({ spec }: Reservation) => spec.items.length > 1
const isOfSet = ({ reservation }: Waiter) => isSet(reservation)
