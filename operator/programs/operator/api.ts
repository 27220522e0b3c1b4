import type { Clock } from '../../application/clock.ts'
import type { Logger } from '../../application/logger.ts'
import { refusedRights } from '../../infrastructure/kubernetes/access-review.ts'
import { type ClientOptions, type KubernetesClient, kubernetesClient } from '../../infrastructure/kubernetes/client.ts'
import { type ClusterEvent, EVENTS } from '../../infrastructure/kubernetes/cluster-event.ts'
import { departure } from '../../infrastructure/kubernetes/departure.ts'
import { type EventRecorder, eventRecorder } from '../../infrastructure/kubernetes/event-recorder.ts'
import { ownNamespace, readKubeConfig } from '../../infrastructure/kubernetes/kube-config.ts'
import type { KubernetesObject } from '../../infrastructure/kubernetes/kubernetes-object.ts'
import { LEASES, type Lease } from '../../infrastructure/kubernetes/lease-lock.ts'
import { networkFabricsResource } from '../../infrastructure/kubernetes/networks/network-fabrics.ts'
import type { CacheHandlers, Indexers } from '../../infrastructure/kubernetes/object-store.ts'
import { type ResourceClient, resourceClient } from '../../infrastructure/kubernetes/resource-client.ts'
import { eventSpoolsResource } from '../../infrastructure/kubernetes/resources/event-spools.ts'
import type { EventSpool } from '../../infrastructure/kubernetes/resources/generated/event-spool.ts'
import type { NetworkFabric } from '../../infrastructure/kubernetes/resources/generated/network-fabric.ts'
import type { Order } from '../../infrastructure/kubernetes/resources/generated/order.ts'
import type { Reservation } from '../../infrastructure/kubernetes/resources/generated/reservation.ts'
import type { VirtualMachine } from '../../infrastructure/kubernetes/resources/generated/virtual-machine.ts'
import type { VirtualNetwork } from '../../infrastructure/kubernetes/resources/generated/virtual-network.ts'
import type { VirtualStock } from '../../infrastructure/kubernetes/resources/generated/virtual-stock.ts'
import type { VirtualStorage } from '../../infrastructure/kubernetes/resources/generated/virtual-storage.ts'
import type { VirtualizationRequest } from '../../infrastructure/kubernetes/resources/generated/virtualization-request.ts'
import { orderIndexers, ordersResource } from '../../infrastructure/kubernetes/resources/orders.ts'
import { requestedIndexers } from '../../infrastructure/kubernetes/resources/requested-resources.ts'
import { reservationIndexers, reservationsResource } from '../../infrastructure/kubernetes/resources/reservations.ts'
import { schemaFault } from '../../infrastructure/kubernetes/resources/served-schema.ts'
import {
  networkIndexers,
  storageIndexers,
  virtualMachines,
} from '../../infrastructure/kubernetes/resources/virtual-machines.ts'
import { virtualNetworks } from '../../infrastructure/kubernetes/resources/virtual-networks.ts'
import { virtualStocks } from '../../infrastructure/kubernetes/resources/virtual-stocks.ts'
import { virtualStorages } from '../../infrastructure/kubernetes/resources/virtual-storages.ts'
import {
  requestIndexers,
  virtualizationRequests,
} from '../../infrastructure/kubernetes/resources/virtualization-requests.ts'
import { standbyCaches } from '../../infrastructure/kubernetes/standby-caches.ts'
import { steadyClock } from '../../infrastructure/kubernetes/timers.ts'
import { type WatchedCache, watchedCache } from '../../infrastructure/kubernetes/watched-cache.ts'
import type { Settings } from '../../infrastructure/settings/settings.ts'
import type { ReservationOccurrence } from '../../infrastructure/telemetry/engine-observer.ts'
import type { Metrics } from '../../infrastructure/telemetry/metrics.ts'
import type { OrderOccurrence } from '../../infrastructure/telemetry/order-observer.ts'
import type { RequestOccurrence } from '../../infrastructure/telemetry/request-observer.ts'
import type { ResourceOccurrence } from '../../infrastructure/telemetry/resource-observer.ts'
import { cacheObserver } from '../cache-observer.ts'
import type { Host } from '../program.ts'
import { servesOrders } from '../serves-orders.ts'
import { namespacesOf } from '../watched-namespaces.ts'
import { missingRights } from './missing-rights.ts'
import { neededRights } from './needed-rights.ts'
import { startConditions } from './start-conditions.ts'
import { type UnlistedKinds, unlistedKinds } from './unlisted-kinds.ts'

export interface ApiParts {
  readonly settings: Settings
  readonly identity: string
  readonly version: string
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  /** May name a proxy, and the Deployment that runs this process (KBNT_DEPLOYMENT); none = none does. */
  readonly env: Host['env']
  /** Told whenever the API server has answered anything but that it can't. */
  readonly onAnswer: () => void
}

export type Api = ReturnType<typeof connectApi>

/** Everything that speaks to the API server. Throws when the kubeconfig can't be used. */
export function connectApi(parts: ApiParts) {
  const { settings, version, logger, metrics, onAnswer, env } = parts
  const kubeConfig = readKubeConfig(settings.kubeconfig, env)
  const own = settings.leaderElection.namespace ?? ownNamespace(kubeConfig) ?? 'default'
  const namespaces = namespacesOf(settings.watchNamespaces, ownNamespace(kubeConfig) ?? 'default')
  const access: ClientOptions = {
    kubeConfig,
    userAgent: `kbnt-operator/${version}`,
    onRequest(request) {
      metrics.cluster.requested(request)
      if (request.code !== undefined && request.code < 500) onAnswer()
      if (request.code === 403) rights.suspect()
    },
  }
  const client = kubernetesClient(access)
  const leaseClient = kubernetesClient({ ...access, maxConnections: 1 }) // whatever hangs, the lease is renewed beside it
  const random = Math.random
  const { leaseName } = settings.leaderElection
  const deployment = env['KBNT_DEPLOYMENT']
  const rights = missingRights({
    needed: neededRights({
      ...{ ownNamespace: own, leaseName, namespaces, deployment },
      orders: servesOrders(settings.orders),
    }),
    refused: (some) => refusedRights(client, some),
    clock: steadyClock(),
    random,
    logger: logger.child({ component: 'rights' }),
  })
  const clients = clientsOf(client)
  const recorder = recorderOf(client, parts)
  const cacheOf = <T extends KubernetesObject>(
    resource: ResourceClient<T>,
    plural: string,
    handlers?: CacheHandlers<T>,
    indexers?: Indexers<T>,
  ) =>
    watchedCache<T>({
      client: resource,
      namespaces,
      clock: steadyClock(),
      random,
      observer: cacheObserver(plural, logger, metrics.cluster),
      ...(handlers && { handlers }),
      ...(indexers && { indexers }),
    })
  const unlisted = unlistedKinds()
  const standby = standbyCaches({
    handedOver: cacheOf(clients.reservations, 'reservations'),
    needed: [cacheOf(clients.stocks, 'virtualstocks')],
    others: [
      cacheOf(clients.machines, 'vmachines'),
      cacheOf(clients.storages, 'vstorages'),
      cacheOf(clients.networks, 'vnetworks'),
      cacheOf(clients.requests, 'vrequests'),
      ...(servesOrders(settings.orders) ? [cacheOf(clients.orders, 'orders')] : []),
    ],
  })
  return {
    client,
    clients,
    cacheOf,
    namespaces,
    ownNamespace: own,
    /** Among all installs of the operator that there are. */
    install: `${own}/${settings.leaderElection.leaseName}`,
    leases: resourceClient<Lease>(leaseClient, LEASES),
    ...recordings(recorder),
    ...cachesOf(clients, cacheOf, unlisted),
    /** Kinds that a leader goes on without, where they can't be listed. */
    unlistedKinds: unlisted.now,
    standby,
    /** Undefined where no Deployment runs this process: then whoever started it ends it. */
    departure: deployment ? departure({ client, clock: steadyClock(), namespace: own, deployment }) : undefined,
    /** Which rights its account lacks. */
    rights,
    /** What must be so before anything is listed or led. */
    conditions: startConditions({
      conditions: [() => schemaFault(client), rights.hindrance],
      clock: steadyClock(),
      random,
      logger,
    }),
    async close() {
      rights.stop()
      await Promise.all([standby.stop(), recorder.stop()])
      await Promise.all([client.close(), leaseClient.close()])
    },
  }
}

function recordingOf(recorder: EventRecorder, kind: 'VirtualMachine' | 'VirtualStorage' | 'VirtualNetwork') {
  return ({ resource, ...told }: ResourceOccurrence) =>
    recorder.record({ ...told, regarding: referenceTo(kind, resource) })
}

function recorderOf(client: KubernetesClient, { identity, clock, logger }: ApiParts) {
  return eventRecorder({
    events: resourceClient<ClusterEvent>(client, EVENTS),
    source: { controller: 'kbnt.io/operator', instance: identity },
    clock,
    random: Math.random,
    onDropped: (cause, error) => logger.debug('a Kubernetes Event was dropped', { cause, error }),
  })
}

/** What `kubectl describe` shows of each kind. */
function recordings(recorder: EventRecorder) {
  return {
    record: ({ reservation, ...told }: ReservationOccurrence) =>
      recorder.record({ ...told, regarding: referenceTo('Reservation', reservation) }),
    recordMachine: recordingOf(recorder, 'VirtualMachine'),
    recordStorage: recordingOf(recorder, 'VirtualStorage'),
    recordNetwork: recordingOf(recorder, 'VirtualNetwork'),
    recordRequest: ({ request, ...told }: RequestOccurrence) =>
      recorder.record({ ...told, regarding: referenceTo('VirtualizationRequest', request) }),
    recordOrder: ({ order, ...told }: OrderOccurrence) =>
      recorder.record({ ...told, regarding: referenceTo('Order', order) }),
  }
}

function referenceTo(
  kind: 'Reservation' | 'VirtualMachine' | 'VirtualStorage' | 'VirtualNetwork' | 'VirtualizationRequest' | 'Order',
  object: { namespace: string; name: string; uid: string; resourceVersion: string },
) {
  const { namespace, name, uid, resourceVersion } = object
  return { apiVersion: 'kbnt.io/v1beta1', kind, namespace, name, uid, resourceVersion }
}

type CacheOf = <T extends KubernetesObject>(
  resource: ResourceClient<T>,
  plural: string,
  handlers: CacheHandlers<T>,
  indexers?: Indexers<T>,
) => WatchedCache<T>

/** Of the kinds that a leader watches. */
function cachesOf(clients: ReturnType<typeof clientsOf>, cacheOf: CacheOf, { watch }: UnlistedKinds) {
  return {
    stockCache: (handlers: CacheHandlers<VirtualStock>) => cacheOf(clients.stocks, 'virtualstocks', handlers),
    machineCache: (handlers: CacheHandlers<VirtualMachine>) =>
      watch(
        'vmachines',
        cacheOf(clients.machines, 'vmachines', handlers, {
          ...{ ...requestedIndexers, ...networkIndexers, ...storageIndexers },
        }),
      ),
    storageCache: (handlers: CacheHandlers<VirtualStorage>) =>
      watch('vstorages', cacheOf(clients.storages, 'vstorages', handlers, requestedIndexers)),
    networkCache: (handlers: CacheHandlers<VirtualNetwork>) =>
      watch('vnetworks', cacheOf(clients.networks, 'vnetworks', handlers, requestedIndexers)),
    requestCache: (handlers: CacheHandlers<VirtualizationRequest>) =>
      watch('vrequests', cacheOf(clients.requests, 'vrequests', handlers, requestIndexers)),
    orderCache: (handlers: CacheHandlers<Order>) =>
      watch('orders', cacheOf(clients.orders, 'orders', handlers, orderIndexers)),
    reservationCache: (handlers: CacheHandlers<Reservation>) =>
      cacheOf(clients.reservations, 'reservations', handlers, reservationIndexers),
  }
}

/** Of each kind of ours. */
function clientsOf(client: KubernetesClient) {
  return {
    stocks: resourceClient<VirtualStock>(client, virtualStocks),
    reservations: resourceClient<Reservation>(client, reservationsResource),
    spools: resourceClient<EventSpool>(client, eventSpoolsResource),
    machines: resourceClient<VirtualMachine>(client, virtualMachines),
    storages: resourceClient<VirtualStorage>(client, virtualStorages),
    networks: resourceClient<VirtualNetwork>(client, virtualNetworks),
    fabrics: resourceClient<NetworkFabric>(client, networkFabricsResource),
    requests: resourceClient<VirtualizationRequest>(client, virtualizationRequests),
    orders: resourceClient<Order>(client, ordersResource),
  }
}
