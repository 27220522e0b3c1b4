import { type Clock, msBetween } from '../../application/clock.ts'
import { access } from '../../application/gateway/access.ts'
import type { Caller } from '../../application/gateway/caller.ts'
import { callers } from '../../application/gateway/callers.ts'
import { lookUpGate } from '../../application/gateway/look-up-gate.ts'
import type { Logger } from '../../application/logger.ts'
import { identityOf } from '../../infrastructure/kubernetes/access/identity-of.ts'
import { mayOf } from '../../infrastructure/kubernetes/access/may-of.ts'
import { isApiError } from '../../infrastructure/kubernetes/api-error.ts'
import { callerClient } from '../../infrastructure/kubernetes/caller-client.ts'
import { type ClientOptions, type KubernetesClient, kubernetesClient } from '../../infrastructure/kubernetes/client.ts'
import { ownNamespace, readKubeConfig } from '../../infrastructure/kubernetes/kube-config.ts'
import type { KubernetesObject } from '../../infrastructure/kubernetes/kubernetes-object.ts'
import { LEASES, type Lease } from '../../infrastructure/kubernetes/lease-lock.ts'
import { leastRecent } from '../../infrastructure/kubernetes/least-recent.ts'
import { type Resource, resourceCalls, resourceClient } from '../../infrastructure/kubernetes/resource-client.ts'
import { gatewayObjects } from '../../infrastructure/kubernetes/resources/gateway-objects.ts'
import { gatewayReservations } from '../../infrastructure/kubernetes/resources/gateway-reservations.ts'
import { gatewayStocks } from '../../infrastructure/kubernetes/resources/gateway-stocks.ts'
import type { Reservation } from '../../infrastructure/kubernetes/resources/generated/reservation.ts'
import type { VirtualMachine } from '../../infrastructure/kubernetes/resources/generated/virtual-machine.ts'
import type { VirtualStock } from '../../infrastructure/kubernetes/resources/generated/virtual-stock.ts'
import { kubernetesInstalls } from '../../infrastructure/kubernetes/resources/installs.ts'
import { reservationsResource } from '../../infrastructure/kubernetes/resources/reservations.ts'
import { seenMachine } from '../../infrastructure/kubernetes/resources/shown-machine.ts'
import { virtualMachines } from '../../infrastructure/kubernetes/resources/virtual-machines.ts'
import { virtualStocks } from '../../infrastructure/kubernetes/resources/virtual-stocks.ts'
import type { Settings } from '../../infrastructure/settings/settings.ts'
import type { GatewayMetrics } from '../../infrastructure/telemetry/gateway-metrics.ts'
import type { Host } from '../program.ts'
import { namespacesOf } from '../watched-namespaces.ts'
import { gatewayCaches } from './caches.ts'

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

/** Everything that speaks to the API server: in our own name for what is in memory, in the callers' for all else. */
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
  const client = kubernetesClient(options)
  const inTheirName = callerClient(options)
  const namespaces = namespacesOf(settings.watchNamespaces, own)
  /** Somebody leads or not: that is asked every few seconds, so that there is an answer where there can be one. */
  const silentMs = () => msBetween(answeredAt, clock.tick())
  const caches = gatewayCaches({ client, namespaces, clock, logger, metrics: metrics.api, silentMs, changed })
  const remembering = { clock, gate: lookUpGate(clock), boundedMap: leastRecent, onAnswer: metrics.reviewed }
  const known = callers({ ...remembering, identityOf: identityOf({ callers: inTheirName, now: clock.now }), hash })
  const as = <T extends KubernetesObject>(resource: Resource) => {
    return (caller: Caller) => resourceCalls<T>({ call: (call) => inNameOf(caller).call(call) }, resource)
  }

  /** A token that the API server refuses is looked up anew, whatever was known of it. */
  function inNameOf(caller: Caller): Pick<KubernetesClient, 'call'> {
    const own = inTheirName.as(caller.token)
    return {
      call: (call) =>
        own.call<never>(call).catch((error: unknown) => {
          if (isApiError(error, 401)) known.forget(caller)
          throw error
        }),
    }
  }
  const installs = kubernetesInstalls(resourceClient<Lease>(client, LEASES))
  const { leaseName, namespace: leaseNamespace = own } = settings.leaderElection
  return {
    caches,
    stocks: gatewayStocks({ cache: caches.stocks, as: as<VirtualStock>(virtualStocks) }),
    reservations: gatewayReservations({ cache: caches.reservations, as: as<Reservation>(reservationsResource) }),
    machines: gatewayObjects({
      cache: caches.machines,
      as: as<VirtualMachine>(virtualMachines),
      seen: seenMachine,
      matches: () => true,
    }),
    identify: known.of,
    access: access({ ...remembering, mayOf: mayOf({ callers: inTheirName, now: clock.now }) }),
    lease: () => installs.leaseOf(`${leaseNamespace}/${leaseName}`),
    async close() {
      await caches.stop()
      await Promise.all([client.close(), inTheirName.close()])
    },
  }
}
