import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { type ClusterMetrics, clusterMetrics } from './cluster-metrics.ts'
import { type ControllerMetrics, controllerMetrics } from './controller-metrics.ts'
import { type EngineMetrics, engineMetrics } from './engine-metrics.ts'
import { type EventMetrics, eventMetrics } from './event-metrics.ts'
import { type InsideMetrics, insideMetrics } from './inside-metrics.ts'
import type { LastingCounts } from './lasting-counts.ts'
import { type MachineMetrics, machineMetrics } from './machine-metrics.ts'
import { type QueueMetrics, queueMetrics } from './queue-metrics.ts'
import { type StockMetrics, stockMetrics } from './stock-metrics.ts'

export interface MetricsOptions {
  readonly version: string
  readonly commit: string
  /** Serves the names that older dashboards ask for as well. */
  readonly legacyNames: boolean
  /** How many stocks have series of their own. */
  readonly maxStocks: number
  /** Memory, CPU and event loop of the process; off in tests, where a registry comes and goes. */
  readonly processMetrics: boolean
  /** Where counts are kept that no scrape would see. Absent = nowhere. */
  readonly lasting?: LastingCounts
}

export interface Metrics {
  readonly stocks: StockMetrics
  readonly engine: EngineMetrics
  readonly events: EventMetrics
  readonly inside: InsideMetrics
  readonly machines: MachineMetrics
  readonly controllers: ControllerMetrics
  readonly queues: QueueMetrics
  readonly cluster: ClusterMetrics
  readonly contentType: string
  /** All series as Prometheus scrapes them. */
  text(): Promise<string>
}

/** Gauges of the library that are named like counters; the same numbers come by type under other names. */
const misnamed = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total']

/** Every metric of the operator, in a registry of its own. */
export function metrics(options: MetricsOptions): Metrics {
  const { version, commit, legacyNames, maxStocks, processMetrics, lasting } = options
  const register = new Registry()
  if (processMetrics) {
    collectDefaultMetrics({ register })
    for (const name of misnamed) register.removeSingleMetric(name)
  }
  new Gauge({
    name: 'kbnt_build_info',
    help: 'Always 1; the labels tell what is running.',
    labelNames: ['version', 'commit', 'node'],
    registers: [register],
  }).set({ version, commit, node: process.version }, 1)
  const stocks = stockMetrics(register, { maxStocks, legacyNames })
  const engine = engineMetrics(register, { legacyNames, ...(lasting && { lasting }) })
  const events = eventMetrics(register)
  const machines = machineMetrics(register, () => performance.now())
  const inside = insideMetrics(register, { maxStocks })
  return {
    stocks,
    engine,
    events,
    machines,
    inside,
    controllers: controllerMetrics(register),
    queues: queueMetrics(register),
    cluster: clusterMetrics(register),
    contentType: register.contentType,
    text() {
      for (const source of [stocks, engine, events, machines, inside]) source.refresh()
      return register.metrics()
    },
  }
}
