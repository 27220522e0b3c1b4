import type { ClockSkew } from '../../application/clock-skew.ts'
import { bootTimes } from '../../application/virtualization/boot-times.ts'
import type { Reservation as ReservationResource } from '../../infrastructure/kubernetes/resources/generated/reservation.ts'
import type { VirtualStock } from '../../infrastructure/kubernetes/resources/generated/virtual-stock.ts'
import type { WatchedCache } from '../../infrastructure/kubernetes/watched-cache.ts'
import { servesOrders } from '../serves-orders.ts'
import type { Queues } from './controllers.ts'
import type { LeaderParts } from './leaders-world.ts'
import { type MachineWork, machineWork } from './machines.ts'
import { machinesOnNetworks } from './machines-on-networks.ts'
import { machinesWithStorages } from './machines-with-storages.ts'
import { type NetworkWork, networkWork } from './networks.ts'
import { type OrderWork, orderWork } from './orders.ts'
import { type RequestWork, requestWork } from './requests.ts'
import { type StorageWork, storageWork } from './storages.ts'
import { workOfUnserved } from './unserved-orders.ts'

export interface WorkOfKinds {
  readonly machines: MachineWork
  readonly storages: StorageWork
  readonly networks: NetworkWork
  readonly requests: RequestWork
  readonly orders: OrderWork
}

interface OfThisTerm {
  readonly skew: ClockSkew
  readonly queues: Queues
  readonly reservations: WatchedCache<ReservationResource>
  readonly stocks: WatchedCache<VirtualStock>
}

/** Machines, storages and networks, the requests that are about them, and orders. */
export function workOfKinds(parts: LeaderParts, { skew, queues, reservations, stocks }: OfThisTerm): WorkOfKinds {
  const { settings, clock, api, gauges, logger, outlet } = parts
  const common = { clock, skew, gauges, api, logger, outlet, bootTimes: bootTimes() }
  const caches = { reservations, stocks }
  const onSeen = (uid: string) => requests.resourceSeen(uid)
  const networks = networkWork({
    ...common,
    ...{ settings: settings.networks, gone: settings.leaderElection.takeOverFrom },
    machines: machinesOnNetworks(api.namespaces, () => machines),
    onSeen({ key, uid, isAwaited }) {
      machines.networkSeen(key, isAwaited)
      onSeen(uid)
    },
    enqueue: queues.networks.add,
  })
  const withStorages = machinesWithStorages(api.namespaces, () => machines)
  const storages = storageWork({
    ...common,
    ...{ settings: settings.storages, caches, machines: withStorages },
    onSeen({ key, uid }) {
      machines.storageSeen(key)
      onSeen(uid)
    },
    enqueue: queues.storages.add,
  })
  const machines = machineWork({
    ...common,
    ...{ settings: settings.machines, caches, networks, storages, withStorages },
    onSeen,
    onListed(namespace) {
      networks.machinesListed()
      storages.machinesListed(namespace)
    },
    enqueue: queues.machines.add,
  })
  const orders = (servesOrders(settings.orders) ? orderWork : workOfUnserved)({
    ...common,
    ...{ settings: settings.orders, leading: parts.leading, caches: { reservations, stocks } },
    enqueue: queues.orders.add,
  })
  const { rememberIn = '' } = settings.requests
  const rememberedIn = settings.databases[rememberIn]
  const requests = requestWork({
    ...common,
    ...(rememberedIn && { rememberedIn }),
    ...{ settings: settings.requests, machines, storages, networks, reservations },
    enqueue: queues.requests.add,
  })
  return { machines, storages, networks, requests, orders }
}
