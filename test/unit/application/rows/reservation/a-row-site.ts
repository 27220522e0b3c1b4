import { randomUUID } from 'node:crypto'
import type { Outcome } from '../../../../../operator/application/outcome.ts'
import { departed } from '../../../../../operator/application/reservation/departed.ts'
import { judgedSpecs } from '../../../../../operator/application/reservation/judged-specs.ts'
import { onceReports } from '../../../../../operator/application/reservation/report-once.ts'
import { unexplained } from '../../../../../operator/application/reservation/unexplained.ts'
import { openStockRow } from '../../../../../operator/application/rows/open-stock-row.ts'
import type { Order } from '../../../../../operator/application/rows/order.ts'
import { reservationReconciler } from '../../../../../operator/application/rows/reservation/row-reservations.ts'
import { RowLedger } from '../../../../../operator/application/rows/row-ledger.ts'
import type { RowStock } from '../../../../../operator/application/rows/row-stocks.ts'
import {
  keyOf,
  type Reservation,
  type ReservationSpec,
} from '../../../../../operator/domain/reservation/reservation.ts'
import type { StockTerms } from '../../../../../operator/domain/stock/terms.ts'
import { inMemoryRows } from '../../../../fakes/in-memory-rows.ts'
import { someTerms } from '../../../../fixtures/builders.ts'
import { aReporter } from '../../reservation/a-reporter.ts'

/** Reservation objects of stocks whose books are rows, led by one process after another, in virtual time. */
export function aRowSite() {
  const told = aReporter({ tookMs: 1 })
  const { clock, stored } = told
  const books = inMemoryRows(clock.now())
  const rowStocks = new Map<string, RowStock>()
  /** `namespace/name` of stocks whose books are in the cluster. */
  const inCluster = new Set<string>()
  const asked: Order[] = []
  const clusterKeys: string[] = []
  const deleted = departed()
  /** Databases that the settings name. */
  const databases = new Set(['fast'])
  const gone: string[] = []

  /** What a process does for each reservation that it is told of. */
  function leader(): (key: string) => Promise<Outcome> {
    const patience = { clock, onRetry: () => undefined, onTrouble: () => undefined }
    const ledger = new RowLedger({ books, clock, patience, lanes: 2 })
    const led = {
      order(order: Order) {
        asked.push(order)
        return ledger.order(order)
      },
    }
    const stocks = {
      find: (key: string) => (inCluster.has(key) ? ({} as never) : undefined),
      findByUid: () => undefined,
      serves: () => true,
      exists: async () => false,
    }
    const { reservations, reporter } = told
    const onRefused = () => undefined
    const tellers = {
      reservations,
      reporter,
      onRefused,
      onEnded: async () => undefined,
      onReported: async () => undefined,
    }
    return reservationReconciler({
      ...{ clock, stocks, reservations, reporter },
      rowStocks: { find: (key) => rowStocks.get(key) },
      departed: deleted,
      skew: { serverNow: clock.now },
      unexplained: unexplained({ ...tellers, clock, stocks, judged: judgedSpecs() }),
      reports: onceReports(tellers),
      ledgerOf: (database) => (databases.has(database) ? led : undefined),
      onGone: (uid) => gone.push(uid),
      inCluster: {
        async reconcile(key) {
          clusterKeys.push(key)
          return { kind: 'settled' }
        },
        endDeparted: async () => ({ kind: 'settled' }),
      },
    })
  }

  async function stock(name: string, particular: Partial<StockTerms> = {}, database = 'fast'): Promise<RowStock> {
    const identity = { uid: randomUUID(), namespace: 'shop', name }
    const terms = someTerms(particular)
    await openStockRow(books, { stock: identity, terms, generation: 1 })
    const seen = { ...identity, database, terms, isOpen: true, eventsBehind: false, formerUids: [] }
    rowStocks.set(keyOf('shop', name), seen)
    return seen
  }

  /** Applies an object, or changes what its spec says. */
  function apply(
    name: string,
    spec: Partial<ReservationSpec> = {},
    particular: Partial<Reservation> = {},
  ): Reservation {
    const key = keyOf('shop', name)
    const before = stored.get(key)
    if (!before) told.store({ namespace: 'shop', name, uid: randomUUID(), ...particular, spec })
    else
      stored.set(key, {
        ...before,
        ...particular,
        spec: { ...before.spec, ...spec },
        generation: before.generation + 1,
        resourceVersion: `${Number(before.resourceVersion) + 1}`,
      })
    return stored.get(key) as Reservation
  }

  function remove(name: string): void {
    const key = keyOf('shop', name)
    const reservation = stored.get(key) as Reservation
    stored.delete(key)
    deleted.add(key, { uid: reservation.uid, homeKey: '', reservation })
  }

  async function advance(ms: number): Promise<void> {
    await clock.advance(ms)
    books.setTime(clock.now())
  }

  /** What comes of looking at one within `ms`; undefined = it is not done yet. */
  async function look(by: (key: string) => Promise<Outcome>, name: string, ms = 100): Promise<Outcome | undefined> {
    let outcome: Outcome | undefined
    void by(keyOf('shop', name)).then((end) => {
      outcome = end
    })
    await advance(ms)
    return outcome
  }

  const statusOf = (name: string) => told.statusOf('shop', name)
  const balancesOf = ({ uid }: RowStock) => {
    const row = books.rows().stocks.find((one) => one.uid === uid)
    return [row?.balances.reserved, row?.balances.confirmed]
  }

  return {
    ...{ told, clock, stored, books, rowStocks, inCluster, asked, clusterKeys, deleted, databases, gone },
    ...{ leader, stock, apply, remove, advance, look, statusOf, balancesOf },
  }
}
