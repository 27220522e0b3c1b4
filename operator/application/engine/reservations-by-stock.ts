import { keyOf, type Reservation } from '../../domain/reservation/reservation.ts'
import type { StoredStock } from '../ledger/stock-ledger.ts'
import type { LatestReservations } from '../reservation/reservations.ts'
import { stockKeysOf } from '../reservation/unclear.ts'

/** One list of all reservations, of which many stocks ask for those that have to do with them. */
export interface ReservationsByStock {
  /** Namespaces of which only what a watch showed, maybe long ago, is known. */
  readonly stale: ReadonlySet<string>
  /** The uids of all. */
  readonly alive: ReadonlySet<string>
  /** Those that name the stock, or were told that they have something of it, under its uid or a former one. */
  of(stock: Pick<StoredStock, 'namespace' | 'name' | 'uid' | 'formerUids'>): readonly Reservation[]
}

export function reservationsByStock({ reservations, stale }: LatestReservations): ReservationsByStock {
  const alive = new Set<string>()
  const byName = new Map<string, Set<Reservation>>()
  for (const reservation of reservations) {
    alive.add(reservation.uid)
    for (const name of namesIn(reservation)) {
      const naming = byName.get(name) ?? new Set()
      byName.set(name, naming.add(reservation))
    }
  }
  return {
    stale,
    alive,
    of({ namespace, name, uid, formerUids }) {
      const names = [keyOf(namespace, name), uid, ...formerUids]
      return [...new Set(names.flatMap((one) => [...(byName.get(one) ?? [])]))]
    },
  }
}

/** By `namespace/name` and by uid. */
function namesIn(reservation: Reservation): string[] {
  const { status, namedStockUids = [] } = reservation
  const told = (status?.items ?? []).map(({ stockUID }) => stockUID)
  return [...stockKeysOf(reservation), ...told, ...namedStockUids]
}
