import type { StoredStock } from '../../../operator/application/ledger/stock-ledger.ts'
import type { Reservation } from '../../../operator/domain/reservation/reservation.ts'
import { entryText } from '../../../operator/infrastructure/kubernetes/resources/entry-text.ts'
import { readable, reasonsIn } from '../../../operator/infrastructure/kubernetes/resources/readable.ts'
import { booksFromStatus } from '../../../operator/infrastructure/kubernetes/resources/stored-books.ts'
import { stockUidsIn, toldFromStatus } from '../../../operator/infrastructure/kubernetes/resources/told-status.ts'
import type { ApiServer, Change } from './api-server.ts'

/** Only what somebody has edited may hold nonsense: all else is handed on as it is. */
type Edited = Pick<ApiServer, 'edited'>

/** A stock as an operator's adapter reads it: one that makes no sense has no status, and says what is wrong with it. */
export function stockAsRead({ edited }: Edited, stock: StoredStock): StoredStock {
  const { status, ...rest } = stock
  if (!status || !edited.has(stock.uid)) return stock
  const pending = status.ledger.pending.map(entryText)
  const books = readable(() => booksFromStatus({ ...status, ledger: { ...status.ledger, pending } } as never))
  return 'value' in books ? stock : { ...rest, unreadable: reasonsIn(books) }
}

/** The same of a reservation. */
export function reservationAsRead({ edited }: Edited, reservation: Reservation): Reservation {
  const { status, ...rest } = reservation
  if (!status || !edited.has(reservation.uid)) return reservation
  const told = readable(() => toldFromStatus(status as never))
  if ('value' in told) return reservation
  return { ...rest, unreadable: reasonsIn(told), namedStockUids: stockUidsIn(status as never) }
}

/** The same of what a watch brings. */
export function changeAsRead(server: Edited, change: Change): Change {
  return change.kind === 'stock'
    ? { ...change, stock: stockAsRead(server, change.stock) }
    : { ...change, reservation: reservationAsRead(server, change.reservation) }
}
