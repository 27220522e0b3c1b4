import { Counter, Gauge, type Registry } from 'prom-client'
import type { Reason } from '../../domain/reservation/reservation.ts'
import { levels } from '../../domain/stock/level.ts'
import { type StockRow, type StockSample, type StockSums, stockTable } from './stock-table.ts'

export type Operation = 'RESERVE' | 'CONFIRM' | 'RELEASE' | 'RETURN' | 'EXPIRE' | 'EXTEND' | 'ADJUST' | 'RECOUNT'

export interface StockMetrics {
  /** Takes over what a stock looks like now. */
  observed(sample: StockSample): void
  /** Drops the stock's series. */
  removed(namespace: string, stock: string): void
  succeeded(namespace: string, stock: string, operation: Operation): void
  /** `reason` as in a condition, such as `InsufficientStock`; a stock that doesn't exist counts for its namespace. */
  failed(namespace: string, stock: string, reason: Reason): void
  /** Brings the series up to date; called before each scrape. */
  refresh(): void
}

const labels = ['namespace', 'stock', 'product'] as const

function utilizationPercent({ reserved, confirmed, quantity }: StockSums): number {
  const out = reserved + confirmed
  if (quantity === 0) return out > 0 ? 100 : 0
  return Math.floor((out / quantity) * 100)
}

function screamingSnake(reason: string): string {
  return reason.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase()
}

function amounts(register: Registry) {
  const gauge = (name: string, help: string) => new Gauge({ name, help, labelNames: labels, registers: [register] })
  return {
    quantity: gauge('kbnt_virtual_stock_quantity', 'Units that exist in all.'),
    available: gauge('kbnt_virtual_stock_available', 'Units that can be reserved now.'),
    reserved: gauge('kbnt_virtual_stock_reserved', 'Units held and not yet confirmed.'),
    confirmed: gauge('kbnt_virtual_stock_confirmed', 'Units sold, or in use where they come back.'),
    waiting: gauge('kbnt_virtual_stock_waiting', 'Reservations that wait for units.'),
    pendingEntries: gauge('kbnt_ledger_pending_entries', 'Journal entries that are committed but not finished.'),
  }
}

function fillAmounts(gauges: ReturnType<typeof amounts>, rows: readonly StockRow[]): void {
  for (const [name, gauge] of Object.entries(gauges) as [keyof typeof gauges, Gauge][]) {
    gauge.reset()
    for (const row of rows) gauge.set({ ...row.labels }, row.sums[name])
  }
}

function conditions(register: Registry) {
  const gauge = <T extends string>(name: string, help: string, labelNames: readonly T[]) =>
    new Gauge({ name, help, labelNames, registers: [register] })
  return {
    utilization: gauge('kbnt_virtual_stock_utilization_percent', 'Share of the units that are out, 0 to 100.', labels),
    level: gauge('kbnt_virtual_stock_level', 'Stocks at this level: 1 or 0 for a single one.', [...labels, 'level']),
    value: gauge('kbnt_virtual_stock_value', 'Worth of all units, in the currency named.', [...labels, 'currency']),
  }
}

function fillConditions({ utilization, level, value }: ReturnType<typeof conditions>, rows: readonly StockRow[]): void {
  for (const gauge of [utilization, level, value]) gauge.reset()
  for (const { labels: own, sums } of rows) {
    utilization.set({ ...own }, utilizationPercent(sums))
    for (const name of levels) level.set({ ...own, level: name }, sums.levels.get(name) ?? 0)
    for (const [currency, amount] of sums.values) value.set({ ...own, currency }, amount)
  }
}

function counters(register: Registry) {
  const counter = <T extends string>(name: string, help: string, label: T) =>
    new Counter({ name, help, labelNames: [...labels, label], registers: [register] })
  return {
    successes: counter('kbnt_virtual_stock_operations_successful_total', 'Operations carried out.', 'operation'),
    failures: counter('kbnt_virtual_stock_operations_failed_total', 'Operations refused.', 'reason'),
  }
}

function fillCounters({ successes, failures }: ReturnType<typeof counters>, rows: readonly StockRow[]): void {
  successes.reset()
  failures.reset()
  for (const { labels: own, counts } of rows) {
    for (const [operation, count] of counts.successes) successes.inc({ ...own, operation }, count)
    for (const [reason, count] of counts.failures) failures.inc({ ...own, reason }, count)
  }
}

/** Units by product, under the name that older dashboards ask for. */
function legacyTotal(register: Registry): (rows: readonly StockRow[]) => void {
  const name = 'kbnt_virtual_stock_total'
  const total = new Gauge({
    name,
    help: 'Units that exist in all, by product.',
    labelNames: ['product'],
    registers: [register],
  })
  return (rows) => {
    total.reset()
    for (const {
      labels: { product },
      sums,
    } of rows)
      total.inc({ product }, sums.quantity)
  }
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}

/** What the stocks look like and what was done to them; at most `maxStocks` by name, the others in sums. */
export function stockMetrics(register: Registry, options: { maxStocks: number; legacyNames: boolean }): StockMetrics {
  const table = stockTable(options.maxStocks)
  const gauges = amounts(register)
  const states = conditions(register)
  const totals = counters(register)
  const fillLegacy = options.legacyNames ? legacyTotal(register) : undefined
  return {
    observed: table.put,
    removed: table.remove,
    succeeded: (namespace, stock, operation) => count(table.counts(namespace, stock).successes, operation),
    failed: (namespace, stock, reason) => count(table.counts(namespace, stock).failures, screamingSnake(reason)),
    refresh() {
      const rows = table.rows()
      fillAmounts(gauges, rows)
      fillConditions(states, rows)
      fillCounters(totals, rows)
      fillLegacy?.(rows)
    },
  }
}
