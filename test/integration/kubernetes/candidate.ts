import { parseArgs } from 'node:util'
import { leaderElection } from '../../../operator/infrastructure/kubernetes/leader-election.ts'
import { LEASES, type Lease } from '../../../operator/infrastructure/kubernetes/lease-lock.ts'
import { resourceClient } from '../../../operator/infrastructure/kubernetes/resource-client.ts'
import { steadyClock } from '../../../operator/infrastructure/kubernetes/timers.ts'
import { clientOf } from './config-maps.ts'

/** A process that takes part in an election and says on stdout what it is told; it ends when it no longer leads. */
const { values } = parseArgs({
  options: {
    kubeconfig: { type: 'string' },
    namespace: { type: 'string' },
    identity: { type: 'string' },
    'lease-ms': { type: 'string', default: '3000' },
  },
})
const client = clientOf(values.kubeconfig as string)
const say = (line: string): void => void process.stdout.write(`${line}\n`)
const election = leaderElection({
  leases: resourceClient<Lease>(client, LEASES),
  namespace: values.namespace as string,
  name: 'the-operator',
  identity: values.identity as string,
  leaseDurationMs: Number(values['lease-ms']),
  renewDeadlineMs: 2_000,
  retryPeriodMs: 400,
  clock: steadyClock(),
  random: Math.random,
  onStartedLeading: ({ transitions }) => say(`leads ${transitions}`),
  onStoppedLeading: (reason) => {
    say(reason)
    process.exit(0)
  },
})
setInterval(() => say(election.leading ? 'leading' : 'waiting'), 100)
process.on('SIGTERM', () => void election.stop())
election.start()
