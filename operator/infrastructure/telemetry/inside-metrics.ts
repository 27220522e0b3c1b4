import { Gauge, type Registry } from 'prom-client'
import type { StockView } from '../../application/look-inside.ts'

/** What is looked at before each scrape. */
export interface InsideSources {
  /** All stocks, worst first. */
  stocks(): readonly Pick<StockView, 'namespace' | 'name' | 'mode' | 'reason' | 'oldestAskMs'>[]
  /** How far this clock is off, in ms, where that is too far to decide anything; else 0. */
  clockSkewMs(): number
  /** Deleted reservations whose units have not been given back for a minute. */
  orphanedHolds(): number
}

export interface InsideMetrics {
  readFrom(sources: InsideSources): void
  /** Brings the gauges up to date; called before each scrape. */
  refresh(): void
}

/** Under it an ask is only on its way. */
const STALLED_MS = 5_000
const labels = ['namespace', 'stock'] as const

function gauges(register: Registry) {
  const gauge = <T extends string>(name: string, help: string, labelNames: readonly T[]) =>
    new Gauge({ name, help, labelNames, registers: [register] })
  return {
    mode: gauge(
      'kbnt_stock_mode',
      'Always 1; mode tells what the stock does with what it is asked for, reason why it is not Ready.',
      [...labels, 'mode', 'reason'],
    ),
    age: gauge(
      'kbnt_stock_oldest_command_age_seconds',
      'Age of the oldest command, of stocks where it is above 5 s.',
      labels,
    ),
    halted: gauge('kbnt_stocks_halted', 'Stocks that decide nothing, because their books can not be trusted.', []),
    orphaned: gauge(
      'kbnt_orphaned_holds',
      'Deleted reservations whose units have not been given back for a minute.',
      [],
    ),
    skew: gauge(
      'kbnt_clock_skew_seconds',
      'How far this clock is ahead, where too far to decide anything; else 0.',
      [],
    ),
  }
}

/** The state of the stocks, of at most `maxStocks` by name: those first that somebody should look at. */
export function insideMetrics(register: Registry, { maxStocks }: { readonly maxStocks: number }): InsideMetrics {
  const { mode, age, halted, orphaned, skew } = gauges(register)
  let sources: InsideSources | undefined
  return {
    readFrom(given) {
      sources = given
    },
    refresh() {
      const stocks = sources?.stocks() ?? []
      mode.reset()
      age.reset()
      for (const { namespace, name, mode: present, reason } of stocks.slice(0, maxStocks))
        mode.set({ namespace, stock: name, mode: present, ...(reason && { reason }) }, 1)
      const stalled = stocks.filter(({ oldestAskMs }) => oldestAskMs > STALLED_MS)
      for (const { namespace, name, oldestAskMs } of stalled.slice(0, maxStocks))
        age.set({ namespace, stock: name }, oldestAskMs / 1_000)
      halted.set(stocks.filter(({ mode: present }) => present === 'halted').length)
      orphaned.set(sources?.orphanedHolds() ?? 0)
      skew.set((sources?.clockSkewMs() ?? 0) / 1_000)
    },
  }
}
