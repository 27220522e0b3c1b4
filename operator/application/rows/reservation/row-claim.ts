import { type LedgerRefusal, ledgerRefusalOf } from '../../../domain/reservation/ledger-refusal.ts'
import { nameFrom } from '../../../domain/reservation/message.ts'
import { keyOf, type Reservation, type ReservationSpec } from '../../../domain/reservation/reservation.ts'
import type { Reserve } from '../order.ts'
import type { RowStock } from '../row-stocks.ts'

type Item = ReservationSpec['items'][number]

/** Where a stock is that a reservation names; undefined = nobody has seen it. */
export type Place = RowStock | 'cluster' | undefined

/** What a reservation that was not decided comes to. */
export type RowClaim =
  | { readonly kind: 'order'; readonly order: Reserve; readonly database: string }
  | { readonly kind: 'refused'; readonly refusal: LedgerRefusal }
  | { readonly kind: 'missing'; readonly item: Item }
  | { readonly kind: 'notOpen'; readonly stock: RowStock }

/** Judged by the places of its stocks alone; the rest is the books' to judge. */
export function decideRowClaim(reservation: Reservation, placeOf: (item: Item) => Place): RowClaim {
  const { items } = reservation.spec
  const missing = items.find((item) => placeOf(item) === undefined)
  if (missing) return { kind: 'missing', item: missing }
  const stocks = items.map(placeOf).filter((place): place is RowStock => typeof place === 'object')
  const refusal = ledgerRefusalOf(reservation, (item) => databaseIn(placeOf(item)))
  if (refusal) return { kind: 'refused', refusal }
  const notOpen = stocks.find(({ isOpen, terms }) => !isOpen && !terms.terminating) // of those the books say it
  if (notOpen) return { kind: 'notOpen', stock: notOpen }
  return { kind: 'order', order: orderFor(reservation, stocks), database: stocks[0]?.database ?? '' }
}

function databaseIn(place: Place): string | undefined {
  return typeof place === 'object' ? place.database : undefined
}

function orderFor(reservation: Reservation, stocks: readonly RowStock[]): Reserve {
  const { uid, namespace, name, spec } = reservation
  const { items, consumer, requestId, note, ttlMs, state } = spec
  const lines = items.map(({ quantity }, index) => ({ stock: stocks[index]?.uid ?? '', quantity }))
  const behind = stocks.find(({ eventsBehind, terms }) => eventsBehind && !terms.terminating)
  return {
    kind: 'reserve',
    uid,
    fingerprint: JSON.stringify(items.map((item) => [keyOf(item.stockNamespace, item.stock), item.quantity])),
    about: {
      ...{ namespace, name, source: 'object' },
      ...(consumer !== undefined && { consumer }),
      ...(requestId !== undefined && { requestId }),
      ...(note !== undefined && { note }),
    },
    lines: lines as unknown as Reserve['lines'], // a spec has at least one
    ...(ttlMs !== undefined && { ttlMs }),
    confirm: state === 'Confirmed',
    ...(behind && { eventsBehind: behind.uid }),
  }
}

/** A stock as the reservation's people call it. */
export function nameOf({ namespace, name }: Pick<RowStock, 'namespace' | 'name'>, reservation: Reservation): string {
  return nameFrom(reservation.namespace, { stockNamespace: namespace, stock: name })
}
