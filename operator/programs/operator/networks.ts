import type { Clock } from '../../application/clock.ts'
import { clockCheck } from '../../application/clock-check.ts'
import type { ClockSkew } from '../../application/clock-skew.ts'
import type { Engine } from '../../application/engine/engine.ts'
import { stepEvents } from '../../application/event/step-events.ts'
import type { Logger } from '../../application/logger.ts'
import { type Addresses, networkAddresses } from '../../application/network/addresses.ts'
import { type NetworkParts, networkKind } from '../../application/network/network-kind.ts'
import { leftOn, type NetworkMachines } from '../../application/network/network-users.ts'
import { reconcileNetwork } from '../../application/network/reconcile-network.ts'
import { addressSweep, type SweepAddressesParts } from '../../application/network/sweep-addresses.ts'
import {
  type ClaimSweep,
  claimSweep,
  type SweepClaimsParts,
  type UsedNetwork,
} from '../../application/network/sweep-claims.ts'
import { type Outcome, recheckAfter } from '../../application/outcome.ts'
import { nextTries } from '../../application/resource/next-tries.ts'
import type { HoldingSweep } from '../../application/resource/sweep-holdings.ts'
import type { Allocation } from '../../domain/network/allocation.ts'
import type { Fabric } from '../../domain/network/fabric.ts'
import type { Network } from '../../domain/network/network.ts'
import { keyOf } from '../../domain/reservation/reservation.ts'
import type { ResourceIdentity } from '../../domain/resource/resource.ts'
import { keyOfObject } from '../../infrastructure/kubernetes/kubernetes-object.ts'
import { attachmentProvider } from '../../infrastructure/kubernetes/networks/attachment-provider.ts'
import { networkFabrics } from '../../infrastructure/kubernetes/networks/network-fabrics.ts'
import type { ObjectList } from '../../infrastructure/kubernetes/resource-client.ts'
import type { VirtualNetwork } from '../../infrastructure/kubernetes/resources/generated/virtual-network.ts'
import { storedResources } from '../../infrastructure/kubernetes/resources/stored-resources.ts'
import { storedNetworks } from '../../infrastructure/kubernetes/resources/virtual-networks.ts'
import { steadyClock } from '../../infrastructure/kubernetes/timers.ts'
import {
  isAmong,
  isWatchedAndListed,
  type Namespaces,
  type WatchedCache,
} from '../../infrastructure/kubernetes/watched-cache.ts'
import type { NetworkSettings } from '../../infrastructure/settings/settings.ts'
import { simulatedNetworkProvider } from '../../infrastructure/simulated/simulated-network-provider.ts'
import type { Metrics } from '../../infrastructure/telemetry/metrics.ts'
import { networkObserver } from '../../infrastructure/telemetry/network-observer.ts'
import type { Api } from './api.ts'
import type { EventOutlet } from './event-outlet.ts'
import { unseenWords } from './unseen-words.ts'

export interface NetworkWorkParts {
  readonly settings: NetworkSettings
  /** Installs that are gone for good. */
  readonly gone: readonly string[]
  readonly clock: Clock
  readonly skew: ClockSkew
  readonly logger: Logger
  readonly api: Api
  readonly outlet: Pick<EventOutlet, 'networkEventFor'>
  readonly gauges: Pick<Metrics, 'networks'>
  readonly machines: MachinesOnNetworks
  /** A network came, changed or went. `isAwaited`: machines that wait for it may have what they wait for. */
  readonly onSeen: (seen: { readonly key: string; readonly uid: string; readonly isAwaited: boolean }) => void
  /** Has a network looked at again. */
  readonly enqueue: (key: string) => void
}

/** What is known of machines, as far as networks go. */
export interface MachinesOnNetworks
  extends Omit<NetworkMachines, 'keptBy'>,
    Pick<SweepAddressesParts, 'removeRest'>,
    Pick<SweepAddressesParts['machines'], 'read'> {
  /** What those that name this network were made with, by their own statuses, as far as they were seen. */
  readonly named: (network: ResourceIdentity) => readonly Allocation[]
  /** Whether one says that it is on this network; true also while those of a namespace that may use it were not seen yet. */
  readonly areOn: (network: UsedNetwork) => boolean
  readonly guestsOn: SweepClaimsParts['guestsOn']
}

/** The part of leading that is about networks. */
export interface NetworkWork {
  readonly resources: NetworkParts['resources']
  /** What was seen of them. */
  readonly cache: WatchedCache<VirtualNetwork>
  readonly addresses: Addresses
  /** What is known of a fabric; its kind and its parent are those that its networks were made on. */
  readonly fabricOf: NetworkParts['fabricOf']
  /** Whether networks of a namespace are looked after here. */
  isServed(namespace: string): boolean
  /** Whether all networks of a namespace were seen. */
  isSeen(namespace: string): boolean
  start(engine: Engine, namespaces: Namespaces): void
  /** Networks of one more namespace. */
  follow(namespace: string, from: ObjectList<VirtualNetwork> | undefined): void
  /** All machines of one more namespace were seen: deleted networks that have waited for them go on. */
  machinesListed(): void
  reconcile(key: string): Promise<Outcome>
  /** Uids of those that are gone and whose claims are still held, as of the last sweep. */
  lost(): Iterable<string>
  /** Gives back the claims of those that are gone. */
  sweep(): Promise<Outcome>
  /** Gives back the addresses of machines that are gone. */
  sweepAddresses(): Promise<Outcome>
  stop(): Promise<void>
}

/** Until there is a leader's engine nothing is done. */
const NOT_YET_MS = 100

export function networkWork(parts: NetworkWorkParts): NetworkWork {
  const { api, clock, skew, settings, machines, enqueue, outlet } = parts
  const tries = nextTries(clock)
  let leading: (NetworkParts & { readonly claims: ClaimSweep; readonly addressSweep: HoldingSweep }) | undefined
  function seen(network: VirtualNetwork, before?: VirtualNetwork): void {
    const isAwaited = before === undefined || !hasGivenMore(before, network)
    parts.onSeen({ key: keyOfObject(network), uid: network.metadata.uid ?? '', isAwaited })
  }
  function changed(network: VirtualNetwork, before?: VirtualNetwork): void {
    enqueue(keyOfObject(network))
    seen(network, before)
  }
  const cache = api.networkCache({
    onAdded: (network) => changed(network),
    onUpdated: (before, network) => changed(network, before),
    onDeleted(network) {
      const { metadata, spec } = network
      const { uid = '' } = metadata
      seen(network)
      tries.forget(uid)
      leading?.events.forget(uid)
      enqueueRefused(spec.fabric)
    },
  })
  const resources = storedResources({
    ...{ kind: storedNetworks, client: api.clients.networks, cache, onServerDate: skew.observe },
  })
  const fabricOf = (name: string) => (Object.hasOwn(settings.fabrics, name) ? settings.fabrics[name] : undefined)
  /** With what its networks are made on, which the settings may not name any more. */
  function madeFabricOf(name: string): Fabric | undefined {
    const fabric = fabricOf(name)
    return fabric && { ...fabric, ...leading?.fabrics.underlay(name) }
  }
  const attachments = attachmentProvider({
    ...{ client: api.client, clock: steadyClock(), fabricOf: madeFabricOf, onChanged: enqueue },
    cacheOf: (client, handlers) => api.cacheOf(client, 'network-attachment-definitions', handlers),
  })

  const isServed = (namespace: string) => isAmong(api.namespaces, namespace)
  /** Of one that isn't watched any more nobody tells what is there. One that is listed only later is seen from then on. */
  const isSeen = (namespace: string) => isWatchedAndListed(cache, api.namespaces, namespace)
  const addresses = networkAddresses({
    ...{ networks: resources, known: machines.named, unseen: machines.unseen, clock },
    isFor: ({ spec, uid }, namespace) => leading?.fabrics.isFor(spec.fabric, uid, namespace) ?? false,
  })

  const unseen = () => unseenWords('VirtualNetworks', cache.unlisted)

  /** What went may have been in their way. */
  function enqueueRefused(fabric: string): void {
    for (const { namespace, name, spec, status } of resources.all())
      if (spec.fabric === fabric && (status?.phase === 'Failed' || status?.reason === 'FabricMoved'))
        enqueue(`${namespace}/${name}`)
  }

  function begin(engine: Engine): void {
    const { retried: onRetry, trouble: onTrouble } = engine.world.observer
    const { install, ownNamespace: namespace } = api
    const fabrics = networkFabrics({ client: api.clients.fabrics, clock, namespace, install, gone: parts.gone })
    const providers = { NetworkAttachmentDefinition: attachments, Simulated: simulatedNetworkProvider() }
    const kind = networkKind({ providers, defaultProvider: settings.provider })
    const sweptAddresses = addressSweep({
      ...{ networks: resources, machines, addresses, clock, onRetry, onTrouble },
      ...{ isSeen: machines.isSeen, removeRest: machines.removeRest },
    })
    leading = {
      ...{ kind, resources, fabrics, fabricOf, unseen, maxTries: settings.maxTries, clock, skew, nextTries: tries },
      events: stepEvents<Network>({
        relay: engine.relay,
        eventFor: (network, number) => outlet.networkEventFor(network, number, engine.term),
        onPublished: enqueue,
      }),
      clockIsRight: clockCheck({ skew, clock, objects: resources }),
      observer: networkObserver({
        metrics: parts.gauges.networks,
        logger: parts.logger.child({ component: 'networks' }),
        record: api.recordNetwork,
      }),
      claims: claimSweep({
        ...{ kind, resources, fabrics, clock, onRetry, onTrouble, isSeen, enqueue },
        ...{ removeRest: attachments.removeRest, provided: attachments.seen },
        ...{ isUsed: machines.areOn, guestsOn: machines.guestsOn },
      }),
      addressSweep: sweptAddresses,
      machines: { ...machines, keptBy: sweptAddresses.keptBy },
    }
  }

  return {
    ...{ resources, cache, addresses, fabricOf: madeFabricOf, isServed, isSeen },
    start(engine, namespaces) {
      begin(engine)
      for (const namespace of namespaces) void cache.follow(namespace)
    },
    follow: (namespace, from) => void cache.follow(namespace, from),
    machinesListed() {
      for (const { namespace, name, deletingSince } of resources.all())
        if (deletingSince !== undefined) enqueue(keyOf(namespace, name))
    },
    reconcile: async (key) => (leading ? reconcileNetwork(leading, key) : recheckAfter(NOT_YET_MS)),
    lost: () => leading?.claims.lost() ?? [],
    async sweep() {
      return leading ? leading.claims.sweep() : recheckAfter(NOT_YET_MS)
    },
    async sweepAddresses() {
      if (!leading) return recheckAfter(NOT_YET_MS)
      const outcome = await leading.addressSweep.sweep()
      for (const network of resources.all())
        if (leftOn(leading.machines, network) !== undefined) enqueue(keyOf(network.namespace, network.name))
      return outcome
    },
    async stop() {
      await Promise.all([cache.stop(), attachments.stop()])
    },
  }
}

/** Of a thousand machines that wait for one network each would be looked at a thousand times. */
function hasGivenMore(before: VirtualNetwork, now: VirtualNetwork): boolean {
  return (now.status?.allocations?.length ?? 0) > (before.status?.allocations?.length ?? 0)
}
