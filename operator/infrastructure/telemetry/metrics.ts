import type { NetworkPhase } from '../../domain/network/network.ts'
import { type ClusterMetrics, clusterMetrics } from './cluster-metrics.ts'
import { type ControllerMetrics, controllerMetrics } from './controller-metrics.ts'
import { type EngineMetrics, engineMetrics } from './engine-metrics.ts'
import { type EventMetrics, eventMetrics } from './event-metrics.ts'
import { type InsideMetrics, insideMetrics } from './inside-metrics.ts'
import { type KeepingMetrics, keepingMetrics } from './keeping-metrics.ts'
import type { LastingCounts } from './lasting-counts.ts'
import { type MachineMetrics, machineMetrics } from './machine-metrics.ts'
import { networkMetrics } from './network-metrics.ts'
import { type OrderMetrics, orderMetrics } from './order-metrics.ts'
import { type ProcessFacts, processRegistry } from './process-registry.ts'
import { type QueueMetrics, queueMetrics } from './queue-metrics.ts'
import { type RequestMetrics, requestMetrics } from './request-metrics.ts'
import { type KindMetrics, resourceMetrics } from './resource-metrics.ts'
import { type RowMetrics, rowMetrics } from './row-metrics.ts'
import { type StockMetrics, stockMetrics } from './stock-metrics.ts'
import { type StorageMetrics, storageMetrics } from './storage-metrics.ts'

export interface MetricsOptions extends ProcessFacts {
  /** Serves the names that older dashboards ask for as well. */
  readonly legacyNames: boolean
  /** How many stocks have series of their own. */
  readonly maxStocks: number
  /** Where counts are kept that no scrape would see. Absent = nowhere. */
  readonly lasting?: LastingCounts
}

export interface Metrics {
  readonly stocks: StockMetrics
  readonly engine: EngineMetrics
  readonly events: EventMetrics
  readonly inside: InsideMetrics
  readonly machines: MachineMetrics
  readonly storages: StorageMetrics
  readonly networks: KindMetrics<NetworkPhase>
  readonly requests: RequestMetrics
  readonly orders: OrderMetrics
  readonly controllers: ControllerMetrics
  readonly queues: QueueMetrics
  readonly cluster: ClusterMetrics
  readonly keeping: KeepingMetrics
  readonly rows: RowMetrics
  readonly contentType: string
  /** All series as Prometheus scrapes them. */
  text(): Promise<string>
}

/** Every metric of the operator, in a registry of its own. */
export function metrics(options: MetricsOptions): Metrics {
  const { legacyNames, maxStocks, lasting } = options
  const register = processRegistry('operator', options)
  const stocks = stockMetrics(register, { maxStocks, legacyNames })
  const engine = engineMetrics(register, { legacyNames, ...(lasting && { lasting }) })
  const events = eventMetrics(register)
  const resources = resourceMetrics(register, () => performance.now())
  const machines = machineMetrics(register, resources)
  const storages = storageMetrics(register, resources)
  const networks = networkMetrics(resources)
  const inside = insideMetrics(register, { maxStocks })
  const rows = rowMetrics(register)
  const requests = requestMetrics(register)
  return {
    stocks,
    engine,
    events,
    machines,
    storages,
    networks,
    requests,
    orders: orderMetrics(register),
    inside,
    rows,
    controllers: controllerMetrics(register),
    queues: queueMetrics(register),
    cluster: clusterMetrics(register),
    keeping: keepingMetrics(register),
    contentType: register.contentType,
    text() {
      const all = [stocks, engine, events, machines, storages, networks, requests, inside, rows]
      for (const source of all) source.refresh()
      return register.metrics()
    },
  }
}
