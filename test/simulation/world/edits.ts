import type { StockStatus, StoredStock } from '../../../operator/application/ledger/stock-ledger.ts'
import { keyOf, type Reservation, type ReservationStatus } from '../../../operator/domain/reservation/reservation.ts'

export interface EditParts {
  readonly stocks: ReadonlyMap<string, StoredStock>
  readonly reservations: ReadonlyMap<string, Reservation>
  readonly forced: Set<string>
  readonly edited: Set<string>
  readonly storeStock: (stock: StoredStock) => StoredStock
  readonly storeReservation: (reservation: Reservation) => Reservation
  readonly dropStock: (stock: StoredStock) => void
  readonly newUid: (letter: string) => string
}

const isOut = (status: ReservationStatus | undefined) => status?.phase === 'Reserved' || status?.phase === 'Confirmed'

/** What administrators and their tools do to the store past the operator: they edit statuses, restore backups, accept books. */
export function edits(parts: EditParts) {
  const { stocks, reservations, forced, edited, storeStock, storeReservation, dropStock, newUid } = parts
  function heldOf(uids: readonly string[]): number {
    let held = 0
    for (const { status } of reservations.values())
      for (const { stockUID, quantity } of isOut(status) ? (status?.items ?? []) : [])
        if (uids.includes(stockUID)) held += quantity
    return held
  }

  function storeTerms(stock: StoredStock, terms: StoredStock['terms']): void {
    storeStock({ ...stock, generation: stock.generation + 1, terms })
  }

  return {
    editStock(key: string, change: (status: StockStatus) => StockStatus): void {
      const stock = stocks.get(key)
      if (!stock?.status) return
      edited.add(stock.uid)
      storeStock({ ...stock, status: change(stock.status) })
    },
    editReservation(key: string, change: (status: ReservationStatus) => ReservationStatus): void {
      const reservation = reservations.get(key)
      if (!reservation?.status) return
      edited.add(reservation.uid)
      storeReservation({ ...reservation, status: change(reservation.status) })
    },
    /** Deletes a stock by force and creates it again from a copy of itself, with or without its status. */
    restoreStock(key: string, withStatus: boolean): StoredStock | undefined {
      const before = stocks.get(key)
      if (!before) return undefined
      const { status, terms, ...rest } = before
      forced.add(before.uid)
      dropStock(before)
      const restored = { ...rest, uid: newUid('s'), generation: 1, terms: { ...terms, terminating: false } }
      forced.add(restored.uid) // what its journal owed may have been delivered under the uid of before
      return storeStock({ ...restored, ...(withStatus && status && { status }) })
    },
    /** An administrator goes on with a restored stock as its reservations tell, and says that there is as much as they hold. */
    acceptBooks(namespace: string, name: string): void {
      const stock = stocks.get(keyOf(namespace, name))
      const { openedAs, uid, formerUids } = stock ?? { formerUids: [] }
      if (!stock || openedAs === undefined || openedAs === uid) return
      const { terms } = stock
      const least = heldOf([...formerUids, openedAs]) + terms.safetyStock
      if (terms.quantity < least) storeTerms(stock, { ...terms, quantity: least })
      storeStock({
        ...(stocks.get(keyOf(namespace, name)) ?? stock),
        acceptBooks: true,
        formerUids: [...new Set([...formerUids, openedAs])],
      })
    },
  }
}
