import type { StoredStock } from '../../../operator/application/ledger/stock-ledger.ts'
import type { Reservation } from '../../../operator/domain/reservation/reservation.ts'
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
    for (const stock of parts.server.stocks.values()) {
      for (const { uid, name } of couldBeServed(parts, stock)) {
        const from = before.get(uid) ?? parts.now()
        since.set(uid, from)
        check(parts.now() - from < SERVED_WITHIN_MS, () => `${name} (${uid}) starves in the line of ${stock.name}`)
      }
    }
  }
}

function couldBeServed(parts: WaitsParts, stock: StoredStock): Reservation[] {
  const { status, terms, generation, uid } = stock
  const { books, kind } = parts.takings
  const book = books.find(uid)
  if (!book || !status || book.restored || kind.unlisted !== undefined || parts.mayStarve(stock)) return []
  if (terms.paused || terms.terminating || status.observedGeneration !== generation) return []
  const free = status.quantity - terms.safetyStock - status.reserved - status.confirmed
  const line = lineOf(parts, book).filter((one) => !isOut(one, stock, book, parts))
  const turns = terms.waitlist.order === 'Strict' ? line.slice(0, 1) : line
  return turns
    .filter(({ quantity }) => quantity <= free)
    .map(({ reservation }) => reservation)
    .filter((one) => one.spec.items.length === 1 && parts.canBeTold(one))
}

/** Whether others are served before it, whatever its rank. */
function isOut(one: Waiter, stock: StoredStock, book: RecordedBook, parts: WaitsParts): boolean {
  const { reservation, quantity } = one
  const entry = book.holdings.get(reservation.uid)?.entry
  const isMute = parts.isMuteAt(stock) && !parts.canBeTold(reservation)
  return !entry || isMute || isPassedOver(reservation, quantity, { stock, entry, book, reservation }, parts.takings)
}

/** Those who wait, in the order in which they are to be served. */
function lineOf({ server, now }: WaitsParts, { holdings }: RecordedBook): Waiter[] {
  const waiters: Waiter[] = []
  for (const reservation of server.reservations.values()) {
    const { phase, deadline = 0, quantity = 0 } = holdings.get(reservation.uid) ?? {}
    const waits = phase === 'Waiting' && deadline > now() && reservation.spec.state !== 'Released'
    if (waits && !reservation.deleting) waiters.push({ reservation, quantity })
  }
  const ticket = ({ reservation, quantity }: Waiter) => ticketOf(reservation, quantity)
  return waiters.sort((a, b) => byRank(ticket(a), ticket(b)))
}
