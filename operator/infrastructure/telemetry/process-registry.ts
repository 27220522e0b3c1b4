import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'

export interface ProcessFacts {
  readonly version: string
  readonly commit: string
  /** Memory, CPU and event loop of the process; off in tests, where a registry comes and goes. */
  readonly processMetrics: boolean
}

/** Gauges of the library that are named like counters; the same numbers come by type under other names. */
const misnamed = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total']

/** A registry of its own, with what every program of the image tells of itself. */
export function processRegistry(
  program: 'operator' | 'gateway' | 'worker',
  { version, commit, processMetrics }: ProcessFacts,
): Registry {
  const register = new Registry()
  if (processMetrics) {
    collectDefaultMetrics({ register })
    for (const name of misnamed) register.removeSingleMetric(name)
  }
  new Gauge({
    name: 'kbnt_build_info',
    help: 'Always 1; the labels tell what is running.',
    labelNames: ['program', 'version', 'commit', 'node'],
    registers: [register],
  }).set({ program, version, commit, node: process.version }, 1)
  return register
}
