import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

/** What the flow integration tells of the other side. */
export interface TargetMetrics {
  called(target: string, result: string, seconds: number): void
  breaker(target: string, state: 'closed' | 'open' | 'half-open'): void
  /** Rows that were not settled for a while, as far as they were counted. */
  unsettled(target: string, status: 'FAILED' | 'NEEDS_ATTENTION', rows: number): void
}

const callSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60]
const states = ['closed', 'open', 'half-open'] as const

export function targetMetrics(register: Registry): TargetMetrics {
  const registers = [register]
  const calls = new Counter({
    name: 'kbnt_integration_calls_total',
    help: 'Calls of a target: the status of the answer, lost where there was none, unsent where it could not be asked.',
    ...{ labelNames: ['target', 'result'] as const, registers },
  })
  const times = new Histogram({
    name: 'kbnt_integration_call_seconds',
    help: 'Time that a call of a target took, whatever came of it.',
    ...{ labelNames: ['target'] as const, buckets: callSeconds, registers },
  })
  const breaker = new Gauge({
    name: 'kbnt_integration_breaker',
    help: 'State of the circuit breaker of this worker: 1 for the one that it is in.',
    ...{ labelNames: ['target', 'state'] as const, registers },
  })
  const unsettled = new Gauge({
    name: 'kbnt_integration_unsettled_rows',
    help: 'Events of a target that were FAILED or NEEDS_ATTENTION for five minutes, 10000 at most.',
    ...{ labelNames: ['target', 'status'] as const, registers },
  })
  return {
    called(target, result, seconds) {
      calls.inc({ target, result })
      times.observe({ target }, seconds)
    },
    breaker(target, state) {
      for (const each of states) breaker.set({ target, state: each }, each === state ? 1 : 0)
    },
    unsettled: (target, status, rows) => unsettled.set({ target, status }, rows),
  }
}
