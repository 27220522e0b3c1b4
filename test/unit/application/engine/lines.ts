import assert from 'node:assert/strict'
import type { ReservationSpec } from '../../../../operator/domain/reservation/reservation.ts'
import { aSpec } from '../../../fixtures/builders.ts'
import type { Site } from './a-site.ts'

type Particular = Partial<ReservationSpec> & { readonly namespace?: string }

/** A reservation of stocks that are named with their namespaces. */
export function put(site: Site, name: string, lines: Readonly<Record<string, number>>, more: Particular = {}): void {
  const { namespace = 'shop', ...particular } = more
  const items = Object.entries(lines).map(([key, quantity]) => {
    const [stockNamespace = '', stock = ''] = key.split('/')
    return { stockNamespace, stock, quantity }
  })
  const spec = aSpec({ items, ...particular })
  site.server.createReservation({ namespace, name, createdAt: site.clock.now(), spec })
}

/** What is out of a stock, and its journal. */
export const restOf = (site: Site, key: string) => {
  const { reserved, confirmed, ledger } = site.server.stocks.get(key)?.status ?? assert.fail(key)
  return { reserved, confirmed, pending: ledger.pending.map(({ verb }) => verb) }
}
