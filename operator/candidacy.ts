import type { Logger } from './application/logger.ts'
import type { cluster } from './cluster.ts'
import { type LeaderElection, leaderElection } from './infrastructure/kubernetes/leader-election.ts'
import { steadyClock } from './infrastructure/kubernetes/timers.ts'
import type { Settings } from './infrastructure/settings/settings.ts'
import type { Metrics } from './infrastructure/telemetry/metrics.ts'
import type { Leadership } from './leadership.ts'

export interface CandidacyParts {
  readonly api: ReturnType<typeof cluster>
  readonly leading: Leadership
  readonly identity: string
  readonly logger: Logger
  readonly gauges: Metrics
  readonly fatal: (error: unknown) => void
}

/** The election that lets one process lead; whoever loses its lease ends. */
export function candidacy(
  { leaderElection: lease }: Settings,
  { api, leading, identity, logger, gauges, fatal }: CandidacyParts,
): LeaderElection {
  const log = logger.child({ component: 'election' })
  const { leaseName: name, leaseDurationMs, renewDeadlineMs, retryPeriodMs } = lease
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
