import type { StockStatus, StoredStock } from '../../../operator/application/ledger/stock-ledger.ts'
import { keyOf, type ReservationStatus } from '../../../operator/domain/reservation/reservation.ts'
import type { ApiServer } from './api-server.ts'
import type { Random } from './random.ts'

export interface Repair {
  readonly what: string
  readonly repair: () => void
}

/** Takes sense out of a stock, or out of the status of a reservation that has something of it. Can be taken back. */
export function corrupt(server: ApiServer, random: Random, stock: StoredStock): Repair {
  const holder = random.chance(0.5) ? holderOf(server, stock) : undefined
  return holder ? corruptReservation(server, random, holder) : corruptStock(server, random, stock)
}

function holderOf({ reservations }: ApiServer, { uid }: StoredStock): string | undefined {
  for (const [key, { status, deleting }] of reservations)
    if (!deleting && status?.phase === 'Reserved' && status.items?.some(({ stockUID }) => stockUID === uid)) return key
  return undefined
}

type Change<T> = readonly [what: string, after: (status: T) => T]

function corruptStock(server: ApiServer, random: Random, { namespace, name, uid }: StoredStock): Repair {
  const key = keyOf(namespace, name)
  const changes: readonly Change<StockStatus>[] = [
    ['its books are not dated', (status) => ({ ...status, ledger: withoutDate(status.ledger) })],
    ['its books have a date that is none', (status) => ({ ...status, ledger: { ...status.ledger, at: 'NaN' } })],
  ]
  const [what, after] = random.pick(changes) as Change<StockStatus>
  server.editStock(key, after)
  return {
    what,
    repair() {
      const present = server.stocks.get(key)
      const at = new Date(0).toISOString()
      const isOurs = present?.uid === uid && Number.isNaN(Date.parse(present.status?.ledger.at ?? ''))
      if (isOurs) server.editStock(key, (status) => ({ ...status, ledger: { ...status.ledger, at } }))
    },
  }
}

function withoutDate({ at: _, ...ledger }: StockStatus['ledger']): StockStatus['ledger'] {
  return ledger as StockStatus['ledger'] // the schema lets it through
}

function corruptReservation(server: ApiServer, random: Random, key: string): Repair {
  const changes: readonly Change<ReservationStatus>[] = [
    ['a hold that ends at NaN', (status) => ({ ...status, expiresAt: 'NaN' })],
    ['a hold that began at NaN', (status) => ({ ...status, reservedAt: 'NaN' })],
    ['a sequence of zero', (status) => ({ ...status, sequence: 0 })],
  ]
  const [what, after] = random.pick(changes) as Change<ReservationStatus>
  server.editReservation(key, after)
  return { what, repair: () => server.deleteReservation(key) }
}
