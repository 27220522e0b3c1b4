import type { StockActor } from '../../../operator/application/ledger/stock-actor.ts'
import { keyOf, type Reservation } from '../../../operator/domain/reservation/reservation.ts'
import type { ApiServer, Change } from './api-server.ts'

export interface Relisted {
  readonly cache: ReadonlyMap<string, Reservation>
  readonly actors: Iterable<StockActor>
  readonly handle: (change: Change) => void
}

/** As a reflector tells of a new list: what is gone, and what is there now. */
export function relist(server: ApiServer, { cache, actors, handle }: Relisted): void {
  const goneStocks = [...actors].filter(
    ({ stock }) => server.stocks.get(keyOf(stock.namespace, stock.name))?.uid !== stock.uid,
  )
  const gone = [...cache].filter(([key]) => !server.reservations.has(key))
  for (const { known } of goneStocks) handle({ kind: 'stock', type: 'deleted', stock: known })
  for (const stock of server.stocks.values()) handle({ kind: 'stock', type: 'stored', stock })
  for (const [, reservation] of gone) handle({ kind: 'reservation', type: 'deleted', reservation })
  for (const reservation of server.reservations.values()) handle({ kind: 'reservation', type: 'stored', reservation })
}
