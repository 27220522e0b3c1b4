import { keyOf, type Reservation } from '../../domain/reservation/reservation.ts'
import { homeKeyOf } from './stocks-of-reservation.ts'

/**
 * Reservations that could not be read, or listed, when a stock of theirs was taken over: what they have of it nobody
 * knows, so nothing was counted down. Once one can be, or is gone, these stocks are taken over again.
 */
export interface Unclear {
  /** A stock was taken over with this reservation as it is now. */
  takenOver(stockKey: string, reservation: Reservation): void
  /** Its stocks were taken over without it: its namespace could not be listed. */
  missed(reservation: Reservation): void
  /** Whether a stock of it was taken over without it, and not again since. */
  has(uid: string): boolean
  /**
   * Whether it must be left alone: its home was counted without it. One that can be read by now has all of its stocks
   * taken over again; the others follow what the home decides once they are.
   */
  isUnclear(reservation: Reservation): boolean
  /** Its object is gone, and whatever it had comes back. */
  gone(reservation: Reservation): void
}

/** `retake` answers whether there is such a stock; one that comes later is read with all that is there then. */
export function unclear(retake: (stockKey: string) => boolean): Unclear {
  /** By uid: the stocks that were counted without it. As many as there are objects that can't be read. */
  const stocksOf = new Map<string, Set<string>>()

  function add(uid: string, stockKey: string): void {
    stocksOf.set(uid, (stocksOf.get(uid) ?? new Set()).add(stockKey))
  }

  function remove(uid: string, stockKey: string): void {
    const stocks = stocksOf.get(uid)
    stocks?.delete(stockKey)
    if (stocks?.size === 0) stocksOf.delete(uid)
  }

  return {
    takenOver(stockKey, { uid, unreadable }) {
      if (unreadable === undefined) remove(uid, stockKey)
      else add(uid, stockKey)
    },
    missed(reservation) {
      for (const stockKey of stockKeysOf(reservation)) add(reservation.uid, stockKey)
    },
    has: (uid) => stocksOf.has(uid),
    isUnclear(reservation) {
      const { uid, unreadable } = reservation
      const stocks = stocksOf.get(uid)
      if (unreadable !== undefined) return true
      for (const stockKey of stocks ?? []) if (!retake(stockKey)) remove(uid, stockKey)
      return stocksOf.get(uid)?.has(homeKeyOf(reservation)) ?? false
    },
    gone({ uid }) {
      const stocks = stocksOf.get(uid)
      stocksOf.delete(uid)
      for (const stockKey of stocks ?? []) retake(stockKey)
    },
  }
}

/** `namespace/name` of each stock that it names. */
export function stockKeysOf({ spec }: Reservation): string[] {
  return spec.items.map(({ stockNamespace, stock }) => keyOf(stockNamespace, stock))
}
