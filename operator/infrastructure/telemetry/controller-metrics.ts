import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

const reconcileResults = ['success', 'requeue_after', 'error'] as const
export type ReconcileResult = (typeof reconcileResults)[number]

/** controller-runtime's own names, so that its dashboards and alerts fit. */
export interface ControllerMetrics {
  reconciled(controller: string, result: ReconcileResult, seconds: number): void
  activeWorkers(controller: string, workers: number): void
  maxWorkers(controller: string, workers: number): void
}

const reconcileSeconds = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

export function controllerMetrics(register: Registry): ControllerMetrics {
  const registers = [register]
  const labelNames = ['controller'] as const
  const results = new Counter({
    name: 'controller_runtime_reconcile_total',
    help: 'Reconciliations by controller and result.',
    labelNames: ['controller', 'result'],
    registers,
  })
  const errors = new Counter({
    name: 'controller_runtime_reconcile_errors_total',
    help: 'Reconciliations that failed.',
    labelNames,
    registers,
  })
  const times = new Histogram({
    name: 'controller_runtime_reconcile_time_seconds',
    help: 'Time of a reconciliation.',
    labelNames,
    buckets: reconcileSeconds,
    registers,
  })
  const gauge = (name: string, help: string) => new Gauge({ name, help, labelNames, registers })
  const active = gauge('controller_runtime_active_workers', 'Workers that are busy.')
  const most = gauge('controller_runtime_max_concurrent_reconciles', 'Workers there are.')
  return {
    reconciled(controller, result, seconds) {
      results.inc({ controller, result })
      if (result === 'error') errors.inc({ controller })
      times.observe({ controller }, seconds)
    },
    activeWorkers: (controller, workers) => active.set({ controller }, workers),
    maxWorkers(controller, workers) {
      most.set({ controller }, workers)
      // there from the start, as controller-runtime has it: an error that is the first one is no rise from nothing
      errors.inc({ controller }, 0)
      for (const result of reconcileResults) results.inc({ controller, result }, 0)
    },
  }
}
