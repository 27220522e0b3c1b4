import type { StockActor } from '../../../operator/application/ledger/stock-actor.ts'
import { keyOf, type Reservation } from '../../../operator/domain/reservation/reservation.ts'
import type { Change } from './api-server.ts'
import type { Listed } from './sight.ts'

export interface Relisted {
  readonly cache: ReadonlyMap<string, Reservation>
  readonly actors: Iterable<StockActor>
  readonly handle: (change: Change) => void
}

/** As a reflector tells of a new list: what is gone, and what is there now. */
export function relist({ stocks, reservations }: Listed, { cache, actors, handle }: Relisted): void {
  const uids = new Set(stocks.map(({ uid }) => uid))
  const keys = new Set(reservations.map(({ namespace, name }) => keyOf(namespace, name)))
  const goneStocks = [...actors].filter(({ stock }) => !uids.has(stock.uid))
  const gone = [...cache].filter(([key]) => !keys.has(key))
  for (const { known } of goneStocks) handle({ kind: 'stock', type: 'deleted', stock: known })
  for (const stock of stocks) handle({ kind: 'stock', type: 'stored', stock })
  for (const [, reservation] of gone) handle({ kind: 'reservation', type: 'deleted', reservation })
  for (const reservation of reservations) handle({ kind: 'reservation', type: 'stored', reservation })
}
