import type { Request } from '../../domain/stock/decide.ts'
import type { Entry } from '../../domain/stock/entry.ts'
import type { StockBook } from '../../domain/stock/stock-book.ts'

/** Who waits before one stock, with what each has asked for. */
export interface Line {
  readonly requests: ReadonlyMap<string, Request>
  /** Puts a reservation in line, or keeps what it asks for up to date. */
  enqueue(request: Request): void
  /** Takes a reservation with several stocks out of this line; its home's own line is left by an entry. */
  leave(uid: string): void
  requestOf(uid: string): Request | undefined
  /** Forgets those that stored entries took out of the line. */
  settle(entries: readonly Entry[]): void
  /** Reservations with several stocks whose turn it may be: only somebody who sees all their stocks can tell. */
  setsInTurn(): string[]
}

export function line(book: StockBook): Line {
  const requests = new Map<string, Request>()
  const waits = (uid: string) => book.claims.get(uid)?.phase === 'Waiting'

  return {
    requests,
    enqueue(request) {
      requests.set(request.uid, request)
      book.waiting.add(request)
    },
    leave(uid) {
      if (waits(uid)) return
      requests.delete(uid)
      book.waiting.remove(uid)
    },
    requestOf: (uid) => requests.get(uid),
    settle(entries) {
      for (const { uid } of entries) if (uid !== undefined && !waits(uid)) requests.delete(uid)
    },
    setsInTurn() {
      if (book.waiting.length === 0 || book.free() <= 0) return []
      const strict = book.terms.waitlist.order === 'Strict'
      const inTurn = strict ? [book.waiting.head()] : [...book.waiting]
      return inTurn.flatMap((ticket) => (ticket && requests.get(ticket.uid)?.set ? [ticket.uid] : []))
    },
  }
}
