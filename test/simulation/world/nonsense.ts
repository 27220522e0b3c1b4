import type { StockStatus, StoredStock } from '../../../operator/application/ledger/stock-ledger.ts'
import { keyOf, type ReservationStatus } from '../../../operator/domain/reservation/reservation.ts'
import type { Entry } from '../../../operator/domain/stock/entry.ts'
import type { ApiServer } from './api-server.ts'
import { reservationAsRead, stockAsRead } from './as-read.ts'
import type { Random } from './random.ts'

export interface Repair {
  readonly what: string
  /** Keys of the stocks that have to do with it. */
  readonly stocks: ReadonlySet<string>
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

const inBooks: readonly Change<StockStatus>[] = [
  ['its books are not dated', (status) => ({ ...status, ledger: withoutDate(status.ledger) })],
  ['its books have a date that is none', (status) => ({ ...status, ledger: { ...status.ledger, at: 'NaN' } })],
  ['its journal has a line that nobody can read', (status) => ({ ...status, ledger: withNonsense(status.ledger) })],
]

function corruptStock(server: ApiServer, random: Random, { namespace, name, uid }: StoredStock): Repair {
  const key = keyOf(namespace, name)
  const [what, after] = random.pick(inBooks) as Change<StockStatus>
  const ledgerOf = () => server.stocks.get(key)?.status?.ledger
  const before = ledgerOf()
  server.editStock(key, after)
  return {
    what,
    stocks: new Set([key]),
    /** As it was, unless somebody has a readable one there by now. */
    repair() {
      const present = server.stocks.get(key)
      const isStillSo = present?.uid === uid && stockAsRead(server, present).unreadable !== undefined
      if (before && isStillSo) server.editStock(key, (status) => ({ ...status, ledger: before }))
    },
  }
}

function withoutDate({ at: _, ...ledger }: StockStatus['ledger']): StockStatus['ledger'] {
  return ledger as StockStatus['ledger'] // the schema lets it through
}

/** An entry without what an entry needs; one more where there is none. */
function withNonsense(ledger: StockStatus['ledger']): StockStatus['ledger'] {
  const [, ...rest] = ledger.pending
  return { ...ledger, pending: [{ verb: 'Reserve', sequence: ledger.sequence } as Entry, ...rest] }
}

const inStatuses: readonly Change<ReservationStatus>[] = [
  ['a hold that ends at NaN', (status) => ({ ...status, expiresAt: 'NaN' })],
  ['a hold that began at NaN', (status) => ({ ...status, reservedAt: 'NaN' })],
  ['a sequence of zero', (status) => ({ ...status, sequence: 0 })],
]

/** Only what made no sense is as it was: what the reservation was told meanwhile stays. */
function mended(status: ReservationStatus, { expiresAt, reservedAt }: ReservationStatus): ReservationStatus {
  return {
    ...status,
    ...(status.expiresAt === 'NaN' && expiresAt !== undefined && { expiresAt }),
    ...(status.reservedAt === 'NaN' && reservedAt !== undefined && { reservedAt }),
  }
}

function corruptReservation(server: ApiServer, random: Random, key: string): Repair {
  const [what, after] = random.pick(inStatuses) as Change<ReservationStatus>
  const items = server.reservations.get(key)?.spec.items ?? []
  const before = server.reservations.get(key)?.status
  const isPutRight = random.chance(0.5)
  server.editReservation(key, after)
  const stocks = new Set(items.map((item) => keyOf(item.stockNamespace, item.stock)))
  return {
    ...{ what, stocks },
    repair() {
      const present = server.reservations.get(key)
      const isStillSo = present !== undefined && reservationAsRead(server, present).unreadable !== undefined
      if (isPutRight && isStillSo && before) server.editReservation(key, (status) => mended(status, before))
      else server.deleteReservation(key)
    },
  }
}
