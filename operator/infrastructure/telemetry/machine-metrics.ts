import { Histogram, type Registry } from 'prom-client'
import type { MachinePhase } from '../../domain/machine/machine.ts'
import type { KindMetrics, ResourceMetrics } from './resource-metrics.ts'

export interface MachineMetrics extends KindMetrics<MachinePhase> {
  bootedIn(seconds: number): void
  /** Creation of the object until its provider had it. */
  provisionedAfter(seconds: number): void
  /** Creation of the object until it first ran. */
  runningAfter(seconds: number): void
}

const bootSeconds = [0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600]
const waySeconds = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200, 86_400]

/** Machines in numbers. */
export function machineMetrics(register: Registry, resources: ResourceMetrics): MachineMetrics {
  const registers = [register]
  const histogram = (name: string, help: string, buckets: number[]) => new Histogram({ name, help, buckets, registers })
  const common = resources.of<MachinePhase>({
    ...{ type: 'VirtualMachine', several: 'machines', noun: 'machine', active: 'Running' },
    holds: ['capacity', 'capacities'],
  })
  const boot = histogram('kbnt_vm_boot_time_seconds', 'Time that machines took to come up.', bootSeconds)
  const processing = histogram(
    'kbnt_processing_duration_seconds',
    'Creation of a machine until its provider had it.',
    waySeconds,
  )
  const whole = histogram('kbnt_end_to_end_latency_seconds', 'Creation of a machine until it first ran.', waySeconds)
  return {
    ...common,
    bootedIn: (seconds) => boot.observe(seconds),
    provisionedAfter: (seconds) => processing.observe(seconds),
    runningAfter: (seconds) => whole.observe(seconds),
  }
}
