import {
  type LeaderElectionOptions,
  leaderElection,
} from '../../../../operator/infrastructure/kubernetes/leader-election.ts'
import type { FakeClock } from '../../../fakes/fake-clock.ts'
import type { LeaseLink, leaseServer } from '../../../fakes/lease-server.ts'

/** A candidate that writes down what it is told; `link` is its way to the server. */
export function aCandidate(
  clock: FakeClock,
  server: ReturnType<typeof leaseServer>,
  identity: string,
  options: Partial<LeaderElectionOptions> = {},
) {
  const told: string[] = []
  const link: LeaseLink = { calls: [] }
  const election = leaderElection({
    leases: server.clientFor(link),
    namespace: 'operators',
    name: 'the-operator',
    identity,
    clock,
    random: () => 0,
    onStartedLeading: ({ transitions }) => told.push(`leads term ${transitions}`),
    onStoppedLeading: (reason) => told.push(reason),
    onNewLeader: (leader) => told.push(`sees ${leader}`),
    ...options,
  })
  return { election, told, link }
}
