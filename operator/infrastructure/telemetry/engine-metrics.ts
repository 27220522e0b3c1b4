import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { LastingCounts } from './lasting-counts.ts'

/** What the engine is asked for before each scrape. */
export interface EngineSources {
  /** Reservations that hold or have confirmed units now, by namespace. */
  activeReservations(): ReadonlyMap<string, number>
  /** Age of the command that waits longest for its decision; 0 when none waits. */
  oldestCommandAgeSeconds(): number
}

export interface EngineMetrics {
  readFrom(sources: EngineSources): void
  /** A ledger write that was committed, with the number of entries in it. */
  commitObserved(seconds: number, entries: number): void
  conflict(): void
  unknownOutcome(): void
  foreignWrite(): void
  guardRejection(): void
  /** Creation of a reservation to its hold. */
  reservedAfter(seconds: number): void
  /** Time on a waiting list, however it ended. */
  waitedFor(seconds: number): void
  /** Deadline of a hold to its expiry. */
  expiredLate(seconds: number): void
  /** Brings the gauges up to date; called before each scrape. */
  refresh(): void
}

const writeSeconds = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10]
const batchEntries = [1, 2, 4, 8, 16, 32, 64, 128, 256]
const latencySeconds = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
const waitSeconds = [1, 5, 15, 60, 300, 900, 3_600, 14_400, 43_200, 86_400, 604_800]
const lagSeconds = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300]

function histograms(register: Registry) {
  const histogram = (name: string, help: string, buckets: number[]) =>
    new Histogram({ name, help, buckets, registers: [register] })
  return {
    commit: histogram('kbnt_ledger_commit_seconds', 'Time of a committed ledger write.', writeSeconds),
    batch: histogram('kbnt_ledger_batch_entries', 'Entries in a committed ledger write.', batchEntries),
    latency: histogram('kbnt_reservation_latency_seconds', 'Creation of a reservation to its hold.', latencySeconds),
    wait: histogram('kbnt_reservation_wait_seconds', 'Time of reservations on a waiting list.', waitSeconds),
    expiryLag: histogram('kbnt_expiry_lag_seconds', 'Deadline of a hold to its expiry.', lagSeconds),
  }
}

function counters(register: Registry) {
  const counter = (name: string, help: string) => new Counter({ name, help, registers: [register] })
  return {
    conflicts: counter('kbnt_ledger_conflicts_total', 'Ledger writes refused because the object had changed.'),
    unknown: counter('kbnt_ledger_unknown_outcomes_total', 'Ledger writes whose answer was lost.'),
    foreign: counter('kbnt_ledger_foreign_writes_total', 'Writes by somebody else found in a ledger.'),
    guard: counter('kbnt_ledger_guard_rejections_total', 'Ledger writes that the schema of the stock refused.'),
  }
}

function activeGauges(register: Registry, legacyNames: boolean): (active: ReadonlyMap<string, number>) => void {
  const help = 'Reservations that hold or have confirmed units.'
  const registers = [register]
  const active = new Gauge({ name: 'kbnt_virtual_reservations_active', help, labelNames: ['namespace'], registers })
  const legacy = legacyNames
    ? new Gauge({ name: 'kbnt_virtual_reservations_active_total', help, registers })
    : undefined
  return (byNamespace) => {
    active.reset()
    for (const [namespace, count] of byNamespace) active.set({ namespace }, count)
    legacy?.set([...byNamespace.values()].reduce((sum, count) => sum + count, 0))
  }
}

export interface EngineMetricsOptions {
  readonly legacyNames: boolean
  /** Absent = everything begins with 0. */
  readonly lasting?: LastingCounts
}

/** Counts on from what ended earlier processes, for no scrape has seen that. */
function countedOn(counter: Counter, name: string, lasting: LastingCounts | undefined): () => void {
  counter.inc(lasting?.of(name) ?? 0)
  return () => {
    counter.inc()
    lasting?.add(name)
  }
}

/** Speed and trouble of the reservation engine. */
export function engineMetrics(register: Registry, { legacyNames, lasting }: EngineMetricsOptions): EngineMetrics {
  const times = histograms(register)
  const totals = counters(register)
  const setActive = activeGauges(register, legacyNames)
  const help = 'Age of the command that waits longest for its decision.'
  const oldest = new Gauge({ name: 'kbnt_ledger_oldest_command_age_seconds', help, registers: [register] })
  let sources: EngineSources | undefined
  return {
    readFrom(given) {
      sources = given
    },
    commitObserved(seconds, entries) {
      times.commit.observe(seconds)
      times.batch.observe(entries)
    },
    conflict: () => totals.conflicts.inc(),
    unknownOutcome: () => totals.unknown.inc(),
    foreignWrite: countedOn(totals.foreign, 'foreignWrites', lasting),
    guardRejection: countedOn(totals.guard, 'guardRejections', lasting),
    reservedAfter: (seconds) => times.latency.observe(seconds),
    waitedFor: (seconds) => times.wait.observe(seconds),
    expiredLate: (seconds) => times.expiryLag.observe(Math.max(0, seconds)),
    refresh() {
      setActive(sources?.activeReservations() ?? new Map())
      oldest.set(sources?.oldestCommandAgeSeconds() ?? 0)
    },
  }
}
