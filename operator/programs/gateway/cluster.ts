import { type Clock, msBetween } from '../../application/clock.ts'
import type { Logger } from '../../application/logger.ts'
import { sharedClock } from '../../application/shared-clock.ts'
import { callerClient } from '../../infrastructure/kubernetes/caller-client.ts'
import { type ClientOptions, kubernetesClient } from '../../infrastructure/kubernetes/client.ts'
import { ownNamespace, readKubeConfig } from '../../infrastructure/kubernetes/kube-config.ts'
import { LEASES, type Lease } from '../../infrastructure/kubernetes/lease-lock.ts'
import { resourceClient } from '../../infrastructure/kubernetes/resource-client.ts'
import { gatewayObjects } from '../../infrastructure/kubernetes/resources/gateway-objects.ts'
import { gatewayOrders } from '../../infrastructure/kubernetes/resources/gateway-orders.ts'
import { gatewayRequests } from '../../infrastructure/kubernetes/resources/gateway-requests.ts'
import { gatewayReservations } from '../../infrastructure/kubernetes/resources/gateway-reservations.ts'
import { gatewayStocks } from '../../infrastructure/kubernetes/resources/gateway-stocks.ts'
import type { Order } from '../../infrastructure/kubernetes/resources/generated/order.ts'
import type { Reservation } from '../../infrastructure/kubernetes/resources/generated/reservation.ts'
import type { VirtualMachine } from '../../infrastructure/kubernetes/resources/generated/virtual-machine.ts'
import type { VirtualStock } from '../../infrastructure/kubernetes/resources/generated/virtual-stock.ts'
import type { VirtualizationRequest } from '../../infrastructure/kubernetes/resources/generated/virtualization-request.ts'
import { kubernetesInstalls } from '../../infrastructure/kubernetes/resources/installs.ts'
import { ordersResource } from '../../infrastructure/kubernetes/resources/orders.ts'
import { reservationsResource } from '../../infrastructure/kubernetes/resources/reservations.ts'
import { seenMachine } from '../../infrastructure/kubernetes/resources/shown-machine.ts'
import { virtualMachines } from '../../infrastructure/kubernetes/resources/virtual-machines.ts'
import { virtualStocks } from '../../infrastructure/kubernetes/resources/virtual-stocks.ts'
import { virtualizationRequests } from '../../infrastructure/kubernetes/resources/virtualization-requests.ts'
import { tellingTime } from '../../infrastructure/kubernetes/telling-time.ts'
import type { Settings } from '../../infrastructure/settings/settings.ts'
import type { GatewayMetrics } from '../../infrastructure/telemetry/gateway-metrics.ts'
import type { Host } from '../program.ts'
import { servesOrders } from '../serves-orders.ts'
import { namespacesOf } from '../watched-namespaces.ts'
import { gatewayCaches } from './caches.ts'
import { doors } from './doors.ts'

export interface ClusterParts {
  readonly settings: Settings
  readonly version: string
  /** May name a proxy. */
  readonly env: Host['env']
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: GatewayMetrics
  /** Told of every object that has come, gone or changed. */
  readonly changed: (key: string) => void
  readonly hash: (token: string) => string
}

export type Cluster = ReturnType<typeof connectCluster>

/** Everything that speaks to the API server: in our own name for what is in memory and for guests, in the callers' for all else. */
export function connectCluster(parts: ClusterParts) {
  const { settings, version, env, clock, logger, metrics, changed, hash } = parts
  const kubeConfig = readKubeConfig(settings.kubeconfig, env)
  const own = ownNamespace(kubeConfig) ?? 'default'
  let answeredAt = clock.tick()
  const options: ClientOptions = {
    kubeConfig,
    userAgent: `kbnt-gateway/${version}`,
    onRequest(request) {
      metrics.api.requested(request)
      if (request.code !== undefined && request.code < 500) answeredAt = clock.tick()
    },
  }
  const time = sharedClock({
    ...{ clock, server: 'the API server' },
    onApart: (aheadMs) => {
      if (aheadMs !== 0)
        logger.warn('this clock and that of the API server are apart; mend NTP on this node', { aheadMs })
    },
  })
  const client = tellingTime(kubernetesClient(options), time.observe)
  const inTheirName = callerClient(options)
  const namespaces = namespacesOf(settings.watchNamespaces, own)
  /** Somebody leads or not: that is asked every few seconds, so that there is an answer where there can be one. */
  const silentMs = () => msBetween(answeredAt, clock.tick())
  const caches = gatewayCaches({
    ...{ client, namespaces, clock, logger, metrics: metrics.api, silentMs, changed },
    ...(servesOrders(settings.orders) && { mostOrders: settings.gateway.maxOrders }),
  })
  const { as, identify, access } = doors({
    ...{ tokens: settings.gateway.tokens, client, inTheirName, env, clock, onAnswer: metrics.reviewed, hash },
  })
  const { orders } = caches
  const objects = {
    stocks: gatewayStocks({ cache: caches.stocks, as: as<VirtualStock>(virtualStocks) }),
    reservations: gatewayReservations({ cache: caches.reservations, as: as<Reservation>(reservationsResource) }),
    requests: gatewayRequests({ cache: caches.requests, as: as<VirtualizationRequest>(virtualizationRequests) }),
    ...(orders && { orders: gatewayOrders({ cache: orders, as: as<Order>(ordersResource) }) }),
    machines: gatewayObjects({
      cache: caches.machines,
      as: as<VirtualMachine>(virtualMachines),
      seen: seenMachine,
      matches: () => true,
    }),
  }
  const installs = kubernetesInstalls(resourceClient<Lease>(client, LEASES))
  const { leaseName, namespace: leaseNamespace = own } = settings.leaderElection
  return {
    ...{ caches, objects },
    ...{ identify, access },
    /** By which what leaves this gateway for others is dated. */
    time,
    lease: () => installs.leaseOf(`${leaseNamespace}/${leaseName}`),
    async close() {
      await caches.stop()
      await Promise.all([client.close(), inTheirName.close()])
    },
  }
}
