import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import type { Clock } from './application/clock.ts'
import { StartOver } from './application/ledger/ledger-faults.ts'
import type { Logger } from './application/logger.ts'
import { candidacy } from './candidacy.ts'
import { cluster } from './cluster.ts'
import { type EventOutlet, eventOutlet } from './event-outlet.ts'
import { systemClock } from './infrastructure/clock/system-clock.ts'
import type { LeaderElection } from './infrastructure/kubernetes/leader-election.ts'
import type { Settings } from './infrastructure/settings/settings.ts'
import { engineObserver } from './infrastructure/telemetry/engine-observer.ts'
import { type LastingCounts, lastingCounts } from './infrastructure/telemetry/lasting-counts.ts'
import { machineObserver } from './infrastructure/telemetry/machine-observer.ts'
import { type Metrics, metrics } from './infrastructure/telemetry/metrics.ts'
import { winstonLogger } from './infrastructure/telemetry/winston-logger.ts'
import { type Leadership, type LeadershipParts, leadership } from './leadership.ts'
import { lifeSigns } from './life-signs.ts'
import { machineProviders } from './machine-providers.ts'
import { readSources } from './metric-sources.ts'
import { type Ports, serversOf } from './servers.ts'
import { insideOf, logInside } from './show-inside.ts'

export interface Surroundings {
  /** Takes log lines, and events where there is no Kafka. */
  readonly output: Writable
  /** Ends the process, or what stands for it in a test. Called at most once, when it can't go on. */
  readonly exit: (code: number) => void
  readonly version: string
  readonly commit: string
  /** Survives restarts of the container. */
  readonly directory: string
}

export interface RunningOperator extends Ports {
  /** Finishes what is under way, gives the lease back and ends. False when something had to be left under way. */
  stop(): Promise<boolean>
  /** Writes to the log what the leader has in memory of its stocks, so many lines at most. */
  lookInside(): void
  /** Logs why and exits at once, keeping the lease until it runs out: nobody may write before our last write has landed. */
  fatal(error: unknown): void
}

/** Share of the grace after SIGTERM that is kept for giving the lease back and closing connections. */
const CLOSING_SHARE = 0.25

/** Starts the operator: servers, warm caches, and candidacy. Throws when the kubeconfig can't be used or a port is taken. */
export async function runOperator(settings: Settings, surroundings: Surroundings): Promise<RunningOperator> {
  const { output, version, commit, directory } = surroundings
  const clock = systemClock()
  const logger = winstonLogger({ ...settings.log, stream: output, service: 'kbnt-operator', now: clock.now })
  const gauges = metrics({ version, commit, ...settings.metrics, processMetrics: true, lasting: countsIn(directory) })
  const identity = `${hostname()}_${randomUUID()}`
  const fatal = fatalOnce(logger, gauges, surroundings.exit)
  const life = lifeSigns(clock)
  const api = cluster({ settings, identity, version, clock, logger, metrics: gauges, onAnswer: life.answered })
  const topicsFile = join(import.meta.dirname, '../config/topics.yaml')
  const outlet = eventOutlet({ settings, clock, logger, metrics: gauges.events, output, topicsFile })
  const leading: Leadership = leadership({
    ...api,
    ...outlet,
    clock,
    logger: logger.child({ component: 'leader' }),
    retention: settings.retention,
    giveWayAfterMs: settings.leaderElection.giveWayAfterMs,
    spooling: settings.events,
    controllerObserver: gauges.controllers,
    machineParts: machinePartsOf({ settings, clock, logger, api, outlet, metrics: gauges }),
    writer: randomUUID(),
    fatal: fatal.now,
    onServedChange: gauges.cluster.namespaces,
    observerFor: ({ engine, findReservation }) =>
      engineObserver({
        metrics: gauges,
        logger,
        findReservation,
        record: api.record,
        onStored: life.stored,
        pendingEntries: (uid) => engine()?.actors.get(uid)?.journal.entries.length ?? 0,
      }),
  })
  readSources(gauges, clock, leading)
  const election = candidacy(settings, { api, leading, identity, logger, gauges, fatal: fatal.now })
  const inside = insideOf(leading, clock)
  const servers = serversOf(settings, gauges, {
    inside,
    stuck: life.checkOf(leading),
    cachesSynced: () => api.standby.synced,
    trouble: outlet.trouble,
    unlisted: () => (leading.engine ? leading.unlisted : api.standby.unlisted),
    leading: () => leading.engine !== undefined && election.leading,
  })
  const ports = await servers.listen()
  const sinceBirthMs = Math.round(performance.now())
  logger.info('started', { version, identity, namespaces: settings.watchNamespaces, sinceBirthMs, ...ports })
  api.standby.start()
  election.start()

  async function stop(): Promise<boolean> {
    logger.info('stops: finishes what is under way')
    const graceMs = settings.shutdownGraceMs * (1 - CLOSING_SHARE)
    const clean = await endLeading(election, leading, graceMs)
    if (clean) fatal.settle() // what breaks while connections are closed is nobody's concern
    await Promise.all([api.close(), outlet.publisher.close(), servers.close()])
    logger.info(clean ? 'stopped' : 'stopped with writes under way; the lease runs out by itself')
    return clean
  }
  return { ...ports, stop, lookInside: () => logInside(inside, logger), fatal: fatal.now }
}

interface MachineSurroundings {
  readonly settings: Settings
  readonly clock: Clock
  readonly logger: Logger
  readonly api: ReturnType<typeof cluster>
  readonly outlet: EventOutlet
  readonly metrics: Metrics
}

function machinePartsOf(parts: MachineSurroundings): LeadershipParts['machineParts'] {
  const { clock, logger, api, outlet, metrics: gauges } = parts
  const settings = parts.settings.machines
  const log = logger.child({ component: 'machines' })
  return {
    settings,
    machineCache: api.machineCache,
    providers: (enqueue) => machineProviders({ api, clock, settings }, enqueue),
    eventFor: outlet.machineEventFor,
    observer: machineObserver({ metrics: gauges.machines, logger: log, record: api.recordMachine }),
  }
}

/** The lease goes back last, and only when nothing of ours can be written after it. */
async function endLeading(election: LeaderElection, leading: Leadership, graceMs: number): Promise<boolean> {
  const clean = !election.leading || (await leading.end(graceMs))
  if (clean) await election.stop()
  return clean
}

function countsIn(directory: string): LastingCounts {
  return lastingCounts(join(directory, 'kbnt-operator-counts.json'))
}

interface Fatal {
  /** Logs why and ends the process; once. */
  now(error: unknown): void
  /** From now on nothing is fatal any more: all work has ended. */
  settle(): void
}

function fatalOnce(logger: Logger, { engine }: Metrics, exit: (code: number) => void): Fatal {
  let over = false
  return {
    now(error) {
      if (over) return
      over = true
      if (error instanceof StartOver) engine.foreignWrite()
      const reason = error instanceof Error ? error.message : String(error)
      logger.error(`can't go on, exits: ${reason}`, { component: 'process', error })
      exit(1)
    },
    settle() {
      over = true
    },
  }
}
