import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { StartOver } from './application/ledger/ledger-writer.ts'
import type { Logger } from './application/logger.ts'
import { cluster } from './cluster.ts'
import { eventOutlet } from './event-outlet.ts'
import { systemClock } from './infrastructure/clock/system-clock.ts'
import { healthServer } from './infrastructure/http/health-server.ts'
import { metricsServer } from './infrastructure/http/metrics-server.ts'
import type { WebServer } from './infrastructure/http/web-server.ts'
import { type LeaderElection, leaderElection } from './infrastructure/kubernetes/leader-election.ts'
import { steadyClock } from './infrastructure/kubernetes/timers.ts'
import type { Settings } from './infrastructure/settings/settings.ts'
import { engineObserver } from './infrastructure/telemetry/engine-observer.ts'
import { type Metrics, metrics } from './infrastructure/telemetry/metrics.ts'
import { winstonLogger } from './infrastructure/telemetry/winston-logger.ts'
import { type Leadership, leadership } from './leadership.ts'
import { readSources } from './metric-sources.ts'

export interface Surroundings {
  /** Takes log lines, and events where there is no Kafka. */
  readonly output: Writable
  /** Ends the process, or what stands for it in a test. Called at most once, when it can't go on. */
  readonly exit: (code: number) => void
  readonly version: string
  readonly commit: string
}

export interface RunningOperator {
  readonly logger: Logger
  /** Absent when off. */
  readonly metricsPort?: number
  readonly healthPort?: number
  /** Finishes what is under way, gives the lease back and ends. False when something had to be left under way. */
  stop(): Promise<boolean>
  /** Logs why and exits at once, keeping the lease until it runs out: nobody may write before our last write has landed. */
  fatal(error: unknown): void
}

/** Share of the grace after SIGTERM that is kept for giving the lease back and closing connections. */
const CLOSING_SHARE = 0.25

/** Starts the operator: servers, warm caches, and candidacy. Throws when the kubeconfig can't be used or a port is taken. */
export async function runOperator(settings: Settings, surroundings: Surroundings): Promise<RunningOperator> {
  const { output, version, commit } = surroundings
  const clock = systemClock()
  const logger = winstonLogger({ ...settings.log, stream: output, service: 'kbnt-operator', now: clock.now })
  const gauges = metrics({ version, commit, ...settings.metrics, processMetrics: true })
  const identity = `${hostname()}_${randomUUID()}`
  const fatal = fatalOnce(logger, gauges, surroundings.exit)
  const api = cluster({ settings, identity, version, clock, logger, metrics: gauges })
  const topicsFile = join(import.meta.dirname, '../config/topics.yaml')
  const outlet = eventOutlet({ settings, clock, logger, metrics: gauges.events, output, topicsFile })
  const leading: Leadership = leadership({
    ...api,
    ...outlet,
    clock,
    logger: logger.child({ component: 'leader' }),
    retention: settings.retention,
    controllerObserver: gauges.controllers,
    writer: randomUUID(),
    fatal,
    observerFor: ({ engine, findReservation }) =>
      engineObserver({ metrics: gauges, logger, findReservation, record: api.record, pendingEntries: (uid) => engine()?.actors.get(uid)?.journal.entries.length ?? 0 }),
  })
  readSources(gauges, clock, leading)
  const election = candidacy(settings, { api, leading, identity, logger, gauges, fatal })
  const servers = serversOf(settings, gauges, { ...api, trouble: outlet.trouble, leading: () => leading.engine !== undefined && election.leading })
  const ports = await listen(servers, logger)
  logger.info('started', { version, identity, namespaces: settings.watchNamespaces, ...ports })
  api.warm()
  election.start()

  async function stop(): Promise<boolean> {
    logger.info('stops: finishes what is under way')
    const graceMs = settings.shutdownGraceMs * (1 - CLOSING_SHARE)
    const clean = await endLeading(election, leading, graceMs)
    await Promise.all([api.close(), outlet.publisher.close(), ...Object.values(servers).map((server) => server.close())])
    logger.info(clean ? 'stopped' : 'stopped with writes under way; the lease runs out by itself')
    return clean
  }
  return { logger, ...ports, stop, fatal }
}

/** The lease goes back last, and only when nothing of ours can be written after it. */
async function endLeading(election: LeaderElection, leading: Leadership, graceMs: number): Promise<boolean> {
  const clean = !election.leading || (await leading.end(graceMs))
  if (clean) await election.stop()
  return clean
}

function fatalOnce(logger: Logger, { engine }: Metrics, exit: (code: number) => void): (error: unknown) => void {
  let over = false
  return (error) => {
    if (over) return
    over = true
    if (error instanceof StartOver) engine.foreignWrite()
    const reason = error instanceof Error ? error.message : String(error)
    logger.error(`can't go on, exits: ${reason}`, { component: 'process', error })
    exit(1)
  }
}

interface CandidacyParts {
  readonly api: ReturnType<typeof cluster>
  readonly leading: Leadership
  readonly identity: string
  readonly logger: Logger
  readonly gauges: Metrics
  readonly fatal: (error: unknown) => void
}

function candidacy({ leaderElection: lease }: Settings, { api, leading, identity, logger, gauges, fatal }: CandidacyParts): LeaderElection {
  const log = logger.child({ component: 'election' })
  const { leaseName: name, leaseDurationMs, renewDeadlineMs, retryPeriodMs } = lease
  gauges.cluster.leading(name, false)
  return leaderElection({
    leases: api.leases,
    namespace: api.ownNamespace,
    name,
    identity,
    leaseDurationMs,
    renewDeadlineMs,
    retryPeriodMs,
    clock: steadyClock(),
    random: Math.random,
    onStartedLeading(term) {
      gauges.cluster.leading(name, true)
      log.info('elected', { transitions: term.transitions })
      leading.begin(term).catch(fatal)
    },
    onStoppedLeading(reason) {
      gauges.cluster.leading(name, false)
      if (reason !== 'released') fatal(new Error(reason === 'lost' ? 'the lease could not be renewed in time' : 'somebody else holds the lease'))
    },
    onNewLeader: (leader) => log.info(leader === identity ? 'leader is this process' : `leader is ${leader}`),
    onFault: (error) => log.warn('a try at the lease failed', { error }),
  })
}

interface HealthFacts {
  readonly cachesSynced: () => boolean
  readonly leading: () => boolean
  readonly trouble: () => string | undefined
}

type Servers = { readonly metrics?: WebServer; readonly health?: WebServer }

function serversOf({ metrics: { port: metricsPort }, health: { port: healthPort } }: Settings, gauges: Metrics, { cachesSynced, leading, trouble }: HealthFacts): Servers {
  const checks = {
    live: [{ name: 'process', check: () => undefined }],
    ready: [
      { name: 'caches', check: () => (cachesSynced() || leading() ? undefined : 'not all objects are listed yet') },
      { name: 'leader', optional: true, check: () => (leading() ? undefined : 'another process leads, or this one takes over') },
      { name: 'kafka', optional: true, check: trouble },
    ],
  }
  return {
    ...(metricsPort !== undefined && { metrics: metricsServer(metricsPort, gauges) }),
    ...(healthPort !== undefined && { health: healthServer(healthPort, checks) }),
  }
}

async function listen({ metrics, health }: Servers, logger: Logger): Promise<{ metricsPort?: number; healthPort?: number }> {
  const metricsPort = await metrics?.listen()
  const healthPort = await health?.listen()
  logger.debug('listens', { metricsPort, healthPort })
  return { ...(metricsPort !== undefined && { metricsPort }), ...(healthPort !== undefined && { healthPort }) }
}
