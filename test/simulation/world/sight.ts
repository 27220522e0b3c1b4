import type { StoredStock } from '../../../operator/application/ledger/stock-ledger.ts'
import type { Reservation } from '../../../operator/domain/reservation/reservation.ts'
import type { ApiServer, Change } from './api-server.ts'

export type Sight = ReturnType<typeof sight>

export interface Listed {
  readonly stocks: readonly StoredStock[]
  readonly reservations: readonly Reservation[]
}

/** What one operator may list and watch of a server: all of it, or all but one namespace for a while. */
export function sight(server: Pick<ApiServer, 'stocks' | 'reservations'>) {
  let hidden: string | undefined
  let unserved: string | undefined
  const shows = ({ namespace }: { readonly namespace: string }) => namespace !== hidden

  return {
    hide(namespace: string): void {
      hidden = namespace
      unserved = namespace
    },
    /** All may be listed again; what was hidden is not served before somebody has taken it up. */
    show(): void {
      hidden = undefined
    },
    serveAll(): void {
      unserved = undefined
    },
    /** Of one namespace; of all where none is named. */
    serves: (namespace?: string) => unserved === undefined || (namespace !== undefined && namespace !== unserved),
    showsChange: (change: Change) => shows(change.kind === 'stock' ? change.stock : change.reservation),
    listed: (): Listed => ({
      stocks: [...server.stocks.values()].filter(shows),
      reservations: [...server.reservations.values()].filter(shows),
    }),
  }
}
