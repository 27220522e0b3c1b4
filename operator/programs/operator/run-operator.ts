import { randomUUID } from 'node:crypto'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { StartOver } from '../../application/ledger/ledger-faults.ts'
import type { Logger } from '../../application/logger.ts'
import { messageOf } from '../../application/message-of.ts'
import { systemClock } from '../../infrastructure/clock/system-clock.ts'
import type { Departure } from '../../infrastructure/kubernetes/departure.ts'
import { type LeaderElection, leaderElection } from '../../infrastructure/kubernetes/leader-election.ts'
import { leaderAfterWaiting } from '../../infrastructure/kubernetes/stop-operator.ts'
import { steadyClock } from '../../infrastructure/kubernetes/timers.ts'
import type { Settings } from '../../infrastructure/settings/settings.ts'
import { lastingCounts } from '../../infrastructure/telemetry/lasting-counts.ts'
import { type Metrics, metrics } from '../../infrastructure/telemetry/metrics.ts'
import { winstonLogger } from '../../infrastructure/telemetry/winston-logger.ts'
import { releaseAllFinalizers } from '../all-finalizers.ts'
import type { Running } from '../end-when-asked.ts'
import type { Host } from '../program.ts'
import { type Api, connectApi } from './api.ts'
import { eventOutlet } from './event-outlet.ts'
import { farewell } from './farewell.ts'
import { type Leadership, leadership } from './leadership.ts'
import { insideOf, lifeSigns, logInside, readSources, serversOf } from './servers.ts'
import { unlistedByName } from './unlisted-kinds.ts'

export interface RunningOperator extends Running {
  /** Writes to the log what the leader has in memory of its stocks, so many lines at most. */
  lookInside(): void
}

/** Share of the grace after SIGTERM that is kept for giving the lease back and closing connections. */
const CLOSING_SHARE = 0.25

/** Starts the operator: servers, warm caches, and candidacy. Throws when the kubeconfig can't be used or a port is taken. */
export async function runOperator(settings: Settings, { version, env, home }: Host): Promise<RunningOperator> {
  const clock = systemClock()
  const output = process.stdout
  const logger = winstonLogger({ ...settings.log, stream: output, service: 'kbnt-operator', now: clock.now })
  const gauges = metricsOf(settings, { version, commit: env['KBNT_COMMIT'] ?? 'unknown' })
  const writer = randomUUID()
  const identity = `${hostname()}_${writer}`
  const fatal = fatalOnce(logger, gauges)
  const life = lifeSigns(clock)
  const api = connectApi({
    settings,
    identity,
    version,
    clock,
    logger,
    metrics: gauges,
    onAnswer: life.answered,
    env,
  })
  const topicsFile = join(home, 'config/topics.yaml')
  const outlet = eventOutlet({ settings, clock, logger, metrics: gauges.events, output, topicsFile })
  const leading = leadership({
    settings,
    clock,
    logger,
    gauges,
    api,
    outlet,
    onStored: life.stored,
    writer,
    fatal: fatal.now,
    leading: () => election.leading,
  })
  readSources(gauges, clock, leading)
  gauges.cluster.unlistedKinds(api.unlistedKinds)
  const election: LeaderElection = candidacy({ settings, logger, gauges, api, leading, identity, fatal: fatal.now })
  const inside = insideOf(leading, clock)
  const servers = serversOf(settings, gauges, {
    inside,
    stuck: life.checkOf(leading),
    cachesSynced: () => api.standby.synced,
    unmet: () => api.conditions.unmet ?? api.rights.toLead,
    lackingRights: () => api.rights.toServe,
    trouble: outlet.trouble,
    servedByOthers: () => leading.servedByOthers,
    unlisted: () =>
      leading.engine ? new Map([...leading.unlisted, ...unlistedByName(api.unlistedKinds())]) : api.standby.unlisted,
    leading: () => leading.engine !== undefined && election.leading,
  })
  const ports = await servers.listen()
  const sinceBirthMs = Math.round(performance.now())
  logger.info('started', { version, identity, namespaces: settings.watchNamespaces, sinceBirthMs, ...ports })
  void api.conditions.met().then((met) => {
    if (!met) return
    void api.departure?.arrive()
    api.standby.start()
    election.start()
  })

  async function stop(): Promise<boolean> {
    logger.info('stops: finishes what is under way')
    api.conditions.stop()
    const graceMs = settings.shutdownGraceMs * (1 - CLOSING_SHARE)
    const last = api.departure && farewellOf(api.departure, { api, settings, logger, identity })
    const clean = await endLeading(election, leading, graceMs)
    if (clean) fatal.settle() // what breaks while connections are closed is nobody's concern
    await last?.say()
    await Promise.all([api.close(), outlet.publisher.close(), servers.close()])
    logger.info(clean ? 'stopped' : 'stopped with writes under way; the lease runs out by itself')
    return clean
  }
  return { stop, lookInside: () => logInside(inside, logger), fatal: fatal.now }
}

/** What was counted is kept in a file that survives restarts of the container. */
function metricsOf(settings: Settings, build: { readonly version: string; readonly commit: string }): Metrics {
  const lasting = lastingCounts(join(tmpdir(), 'kbnt-operator-counts.json'))
  return metrics({ ...build, ...settings.metrics, processMetrics: true, lasting })
}

interface Candidacy {
  readonly settings: Settings
  readonly logger: Logger
  readonly gauges: Metrics
  readonly api: Api
  readonly leading: Leadership
  readonly identity: string
  readonly fatal: (error: unknown) => void
}

/** The election that lets one process lead; whoever loses its lease ends. */
function candidacy({ settings, logger, gauges, api, leading, identity, fatal }: Candidacy): LeaderElection {
  const log = logger.child({ component: 'election' })
  const { leaseName: name, leaseDurationMs, renewDeadlineMs, retryPeriodMs } = settings.leaderElection
  gauges.cluster.leading(name, false)
  const election = leaderElection({
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
      log.info('elected', { transitions: term.transitions })
      // not before it has taken over: a leader that can't is none, and the alert for that says so
      leading.begin(term).then(() => gauges.cluster.leading(name, election.leading), fatal)
    },
    onStoppedLeading(reason) {
      gauges.cluster.leading(name, false)
      if (reason !== 'released')
        fatal(new Error(reason === 'lost' ? 'the lease could not be renewed in time' : 'somebody else holds the lease'))
    },
    onNewLeader: (leader) => log.info(leader === identity ? 'leader is this process' : `leader is ${leader}`),
    onFault: (error) => log.warn('a try at the lease failed', { error }),
  })
  return election
}

/** What is done after the last write where nobody comes after us. */
function farewellOf(
  departure: Departure,
  { api, settings, logger, identity }: Omit<Candidacy, 'gauges' | 'leading' | 'fatal'>,
) {
  const { leases, ownNamespace: namespace } = api
  const { leaseName } = settings.leaderElection
  return farewell({
    departure,
    untilNobodyLeads: () => leaderAfterWaiting({ leases, namespace, leaseName, clock: steadyClock() }, identity),
    releaseAll: () => releaseAllFinalizers(api.client, api.namespaces, api.install),
    logger: logger.child({ component: 'farewell' }),
  })
}

/** The lease goes back last, and only when nothing of ours can be written after it. */
async function endLeading(election: LeaderElection, leading: Leadership, graceMs: number): Promise<boolean> {
  const clean = !election.leading || (await leading.end(graceMs))
  if (clean) await election.stop()
  return clean
}

interface Fatal {
  /** Logs why and exits at once, keeping the lease until it runs out: nobody may write before our last write has landed. */
  now(error: unknown): void
  /** From now on nothing is fatal any more: all work has ended. */
  settle(): void
}

function fatalOnce(logger: Logger, { engine }: Metrics): Fatal {
  let over = false
  return {
    now(error) {
      if (over) return
      over = true
      if (error instanceof StartOver) engine.foreignWrite()
      const reason = messageOf(error)
      logger.error(`can't go on, exits: ${reason}`, { component: 'process', error })
      process.exit(1)
    },
    settle() {
      over = true
    },
  }
}
