import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { MachinePhase } from '../../domain/machine/machine.ts'
import type { HourlyCost } from '../../domain/resource/resource.ts'

/** What machines are asked for before each scrape. */
export interface MachineSources {
  /** What each machine is at now. */
  states(): Iterable<{ readonly phase: MachinePhase; readonly reason: string }>
  /** What all capacity of machines costs in an hour, now. */
  costs(): Iterable<HourlyCost>
  /** Machines that are gone, and whose capacity has not been given back for a minute. */
  orphanedCapacities(): number
}

export interface MachineMetrics {
  readFrom(sources: MachineSources): void
  /** A machine of `pool` has come up for the first time, or failed for good. */
  ended(status: 'success' | 'failed', pool: string): void
  bootedIn(seconds: number): void
  /** Creation of the object until its provider had it. */
  provisionedAfter(seconds: number): void
  /** Creation of the object until it first ran. */
  runningAfter(seconds: number): void
  /** Brings the gauges and the cost up to date; called before each scrape. */
  refresh(): void
}

const TYPE = 'VirtualMachine'
const HOUR_MS = 3_600_000
const bootSeconds = [0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600]
const waySeconds = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200, 86_400]

/** Machines in numbers. `now` in milliseconds that only count up: cost adds up between scrapes. */
export function machineMetrics(register: Registry, now: () => number): MachineMetrics {
  const registers = [register]
  const histogram = (name: string, help: string, buckets: number[]) => new Histogram({ name, help, buckets, registers })
  const created = new Counter({
    name: 'kbnt_virtual_resources_created_total',
    help: 'Machines that came up for the first time (success), or failed for good (failed); region is their pool.',
    labelNames: ['type', 'status', 'region'],
    registers,
  })
  const active = new Gauge({
    name: 'kbnt_virtual_resources_active',
    help: 'Machines that run now.',
    labelNames: ['resource_type'],
    registers,
  })
  const cost = new Counter({
    name: 'kbnt_resource_cost_total',
    help: 'What the capacity of machines has cost, by the prices of their pools, since this process leads.',
    labelNames: ['currency'],
    registers,
  })
  const states = new Gauge({
    name: 'kbnt_machines',
    help: 'Machines in this phase for this reason, as in their condition Ready.',
    labelNames: ['phase', 'reason'],
    registers,
  })
  const orphaned = new Gauge({
    name: 'kbnt_orphaned_machine_capacities',
    help: 'Machines that are gone, and whose capacity has not been given back for a minute.',
    registers,
  })
  const boot = histogram('kbnt_vm_boot_time_seconds', 'Time that machines took to come up.', bootSeconds)
  const processing = histogram(
    'kbnt_processing_duration_seconds',
    'Creation of a machine until its provider had it.',
    waySeconds,
  )
  const whole = histogram('kbnt_end_to_end_latency_seconds', 'Creation of a machine until it first ran.', waySeconds)
  let sources: MachineSources | undefined
  let countedUntil = now()
  return {
    readFrom(given) {
      sources = given
      countedUntil = now()
    },
    ended: (status, region) => created.inc({ type: TYPE, status, region }),
    bootedIn: (seconds) => boot.observe(seconds),
    provisionedAfter: (seconds) => processing.observe(seconds),
    runningAfter: (seconds) => whole.observe(seconds),
    refresh() {
      const at = now()
      states.reset()
      active.set({ resource_type: TYPE }, 0)
      for (const { phase, reason } of sources?.states() ?? []) {
        states.inc({ phase, reason })
        if (phase === 'Running') active.inc({ resource_type: TYPE })
      }
      orphaned.set(sources?.orphanedCapacities() ?? 0)
      for (const { hourly, currency } of sources?.costs() ?? [])
        cost.inc({ currency }, (Number(hourly) * (at - countedUntil)) / HOUR_MS)
      countedUntil = at
    },
  }
}
