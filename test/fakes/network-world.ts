import { msBetween, tickOf } from '../../operator/application/clock.ts'
import { clockCheck } from '../../operator/application/clock-check.ts'
import { clockSkew } from '../../operator/application/clock-skew.ts'
import { stepEvents } from '../../operator/application/event/step-events.ts'
import {
  type NetworkChoices,
  type NetworkParts,
  type NetworkProvider,
  networkKind,
} from '../../operator/application/network/network-kind.ts'
import { reconcileNetwork } from '../../operator/application/network/reconcile-network.ts'
import { claimSweep } from '../../operator/application/network/sweep-claims.ts'
import type { Outcome } from '../../operator/application/outcome.ts'
import { nextTries } from '../../operator/application/resource/next-tries.ts'
import type { Removal } from '../../operator/application/resource/provider.ts'
import { networkEventFrom } from '../../operator/domain/event/network-event.ts'
import type { Machine } from '../../operator/domain/machine/machine.ts'
import type { Fabric } from '../../operator/domain/network/fabric.ts'
import type { Network, NetworkStatus } from '../../operator/domain/network/network.ts'
import type { ProvidedNetwork } from '../../operator/domain/network/provided-network.ts'
import { keyOf } from '../../operator/domain/reservation/reservation.ts'
import type { ResourceIdentity } from '../../operator/domain/resource/resource.ts'
import { activeNetwork } from '../fixtures/network-builders.ts'
import { type FakeClock, fakeClock } from './fake-clock.ts'
import { type InMemoryFabrics, inMemoryFabrics } from './in-memory-fabrics.ts'
import { type InMemoryResources, inMemoryResources } from './in-memory-resources.ts'
import { recordedRelay } from './recorded-relay.ts'

/** Everything around networks, in memory; the store's clock is right. */
export interface NetworkWorld {
  readonly clock: FakeClock
  readonly networks: InMemoryResources<Network>
  readonly fabrics: InMemoryFabrics
  /** What the settings say. */
  readonly settings: Map<string, Fabric>
  /** The next answers of the provider; then it has it active, or gone. */
  readonly answers: ProvidedNetwork[]
  /** A function throws. */
  readonly removals: (Removal | (() => never))[]
  /** Why the next calls of `ensure` throw. */
  readonly faults: Error[]
  /** Which networks were not seen yet. */
  unseen: string | undefined
  /** What the provider was seen to have. */
  readonly provided: ResourceIdentity[]
  /** Uids of networks that machines say they are on. */
  readonly used: Set<string>
  /** What the machines' provider still has on networks; undefined = nothing. */
  guests: string | undefined
  /** Those that may be on networks; of the namespace `unseen` none were seen. */
  readonly machines: InMemoryResources<Machine>
  /** Where other machines were not seen yet. */
  unseenMachines: string | undefined
  /** Why those that are gone still have their addresses, by uid. */
  readonly kept: Map<string, string>
  /** Keys that the sweep had looked at again. */
  readonly enqueued: string[]
  /** Why the provider can make nothing; undefined = it can. */
  unavailable: string | undefined
  /** What each provider was asked for. */
  readonly asked: string[]
  reconcile(network: Network, choices?: Partial<NetworkChoices>): Promise<Outcome>
  sweep(): Promise<readonly string[]>
  /** As it is stored; throws when it is gone. */
  stored(network: Network): Network & { readonly status: NetworkStatus }
}

export function networkWorld(): NetworkWorld {
  const clock = fakeClock()
  const networks = inMemoryResources<Network>('kbnt.io/network')
  const machines = inMemoryResources<Machine>('kbnt.io/machine')
  const fabrics = inMemoryFabrics()
  const settings = new Map<string, Fabric>([
    ['default', { kind: 'bridge', parent: 'br1', vlans: [{ from: 2, to: 4_094 }], cidrs: [], namespaces: '*' }],
  ])
  const answers: ProvidedNetwork[] = []
  const removals: NetworkWorld['removals'] = []
  const faults: Error[] = []
  const provided: ResourceIdentity[] = []
  const enqueued: string[] = []
  const removed = (): Removal => {
    const next = removals.shift()
    return typeof next === 'function' ? next() : (next ?? { kind: 'gone' })
  }
  const asked: string[] = []
  const provider = (name: NetworkProvider['name']): NetworkProvider => ({
    name,
    unavailable: async () => world.unavailable,
    async ensure(network) {
      asked.push(`${name} makes ${network.name}`)
      const fault = faults.shift()
      if (fault) throw fault
      return answers.shift() ?? activeNetwork
    },
    async remove(network) {
      asked.push(`${name} removes ${network.name}`)
      return removed()
    },
  })
  const usual: NetworkChoices = {
    providers: {
      Simulated: provider('Simulated'),
      NetworkAttachmentDefinition: provider('NetworkAttachmentDefinition'),
    },
    defaultProvider: 'Simulated',
  }
  const skew = clockSkew(clock)
  skew.observe(msBetween(tickOf(0), clock.tick()))
  const parts: Omit<NetworkParts, 'kind'> = {
    ...{ resources: networks, fabrics, fabricOf: (name) => settings.get(name), maxTries: 3 },
    unseen: () => world.unseen,
    machines: {
      find: machines.find,
      isSeen: (namespace) => namespace !== 'unseen',
      unseen: () => world.unseenMachines,
      keptBy: (uid) => world.kept.get(uid),
      on: (network) =>
        [...machines.all()].flatMap(({ uid, namespace, name, status }) =>
          status?.network?.uid === network.uid ? [{ uid, namespace, name, address: status.network.address }] : [],
        ),
    },
    events: stepEvents({
      relay: recordedRelay(),
      eventFor: (network, number) => ({
        ...networkEventFrom(network, { cluster: 'eu-1', number, term: 1 }),
        topics: ['virtualization-events'],
      }),
      onPublished: () => undefined,
    }),
    ...{ clock, skew, nextTries: nextTries(clock), clockIsRight: clockCheck({ skew, clock, objects: networks }) },
    observer: { told: () => undefined },
  }
  const claims = claimSweep({
    ...{ resources: networks, fabrics, clock, onRetry: () => undefined, onTrouble: () => undefined },
    ...{ kind: networkKind(usual), provided: () => provided, enqueue: (key) => void enqueued.push(key) },
    isSeen: (namespace) => namespace !== 'unseen',
    isUsed: ({ uid }) => world.used.has(uid),
    guestsOn: async () => world.guests,
    async removeRest({ name }) {
      asked.push(`the rest of ${name} is removed`)
      return removed()
    },
  })
  const world: NetworkWorld = {
    ...{ clock, networks, fabrics, settings, answers, removals, asked, unavailable: undefined },
    ...{ faults, provided, enqueued, unseen: undefined, used: new Set<string>(), guests: undefined },
    ...{ machines, unseenMachines: undefined, kept: new Map<string, string>() },
    reconcile: ({ namespace, name }, choices = {}) =>
      reconcileNetwork({ ...parts, kind: networkKind({ ...usual, ...choices }) }, keyOf(namespace, name)),
    async sweep() {
      await claims.sweep()
      return [...claims.lost()]
    },
    stored({ namespace, name }) {
      const found = networks.stored(keyOf(namespace, name))
      if (!found?.status) throw new Error('there is no status')
      return { ...found, status: found.status }
    },
  }
  return world
}
