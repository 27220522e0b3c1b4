import { Counter, Gauge, type Registry } from 'prom-client'
import type { HourlyCost } from '../../domain/resource/resource.ts'

/** What the resources of a kind are asked for before each scrape. */
export interface ResourceSources<Phase extends string> {
  /** What each is at now. */
  states(): Iterable<{ readonly phase: Phase; readonly reason: string }>
  /** What all their capacity costs in an hour, now. */
  costs(): Iterable<HourlyCost>
  /** Those that are gone, and what they had has not been given back for a minute. */
  orphaned(): number
}

/** The numbers that every kind of resources has. */
export interface KindMetrics<Phase extends string> {
  readFrom(sources: ResourceSources<Phase>): void
  /** One of this pool, or fabric, has come up for the first time, or failed for good. */
  ended(status: 'success' | 'failed', region: string): void
  /** Brings the gauges and the cost up to date; called before each scrape. */
  refresh(): void
}

export interface KindOfMetrics<Phase extends string> {
  /** As in manifests: VirtualMachine. */
  readonly type: string
  /** As in sentences, several of them: machines. */
  readonly several: string
  /** As in names of metrics: machine. */
  readonly noun: string
  /** The phase in which one is of use. */
  readonly active: Phase
  /** What each has while it is there, one and several of it. */
  readonly holds: readonly ['capacity', 'capacities'] | readonly ['claim', 'claims']
}

/** Makes the numbers of one kind after another in the same series. */
export interface ResourceMetrics {
  of<Phase extends string>(kind: KindOfMetrics<Phase>): KindMetrics<Phase>
}

const HOUR_MS = 3_600_000

/** Resources in numbers. `now` in milliseconds that only count up: cost adds up between scrapes. */
export function resourceMetrics(register: Registry, now: () => number): ResourceMetrics {
  const registers = [register]
  const created = new Counter({
    name: 'kbnt_virtual_resources_created_total',
    help: 'Machines, storages and networks that came up for the first time (success), or failed for good (failed); region is their pool or fabric.',
    labelNames: ['type', 'status', 'region'],
    registers,
  })
  const active = new Gauge({
    name: 'kbnt_virtual_resources_active',
    help: 'Machines that run, storages that are allocated and networks that are active now.',
    labelNames: ['resource_type'],
    registers,
  })
  const cost = new Counter({
    name: 'kbnt_resource_cost_total',
    help: 'What the capacity of machines and storages has cost, by the prices of their pools, since this process leads.',
    labelNames: ['currency'],
    registers,
  })
  return {
    of({ type, several, noun, active: activePhase, holds: [held, holdings] }) {
      const states = new Gauge({
        name: `kbnt_${several}`,
        help: `${several[0]?.toUpperCase()}${several.slice(1)} in this phase for this reason, as in their condition Ready.`,
        labelNames: ['phase', 'reason'],
        registers,
      })
      const orphaned = new Gauge({
        name: `kbnt_orphaned_${noun}_${holdings}`,
        help: `${several[0]?.toUpperCase()}${several.slice(1)} that are gone, and whose ${held} has not been given back for a minute.`,
        registers,
      })
      let sources: ResourceSources<typeof activePhase> | undefined
      let countedUntil = now()
      return {
        readFrom(given) {
          sources = given
          countedUntil = now()
        },
        ended: (status, region) => created.inc({ type, status, region }),
        refresh() {
          const at = now()
          states.reset()
          active.set({ resource_type: type }, 0)
          for (const { phase, reason } of sources?.states() ?? []) {
            states.inc({ phase, reason })
            if (phase === activePhase) active.inc({ resource_type: type })
          }
          orphaned.set(sources?.orphaned() ?? 0)
          for (const { hourly, currency } of sources?.costs() ?? [])
            cost.inc({ currency }, (Number(hourly) * (at - countedUntil)) / HOUR_MS)
          countedUntil = at
        },
      }
    },
  }
}
