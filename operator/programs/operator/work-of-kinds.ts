import type { ClockSkew } from '../../application/clock-skew.ts'
import { bootTimes } from '../../application/virtualization/boot-times.ts'
import type { Reservation as ReservationResource } from '../../infrastructure/kubernetes/resources/generated/reservation.ts'
import type { VirtualStock } from '../../infrastructure/kubernetes/resources/generated/virtual-stock.ts'
import type { WatchedCache } from '../../infrastructure/kubernetes/watched-cache.ts'
import type { Queues } from './controllers.ts'
import type { LeaderParts } from './leaders-world.ts'
import { type MachineWork, machineWork } from './machines.ts'
import { type OrderWork, orderWork } from './orders.ts'
import { type RequestWork, requestWork } from './requests.ts'
import { type StorageWork, storageWork } from './storages.ts'

export interface WorkOfKinds {
  readonly machines: MachineWork
  readonly storages: StorageWork
  readonly requests: RequestWork
  readonly orders: OrderWork
}

interface OfThisTerm {
  readonly skew: ClockSkew
  readonly queues: Queues
  readonly reservations: WatchedCache<ReservationResource>
  readonly stocks: WatchedCache<VirtualStock>
}

/** Machines and storages, the requests that are about machines, and orders. */
export function workOfKinds(parts: LeaderParts, { skew, queues, reservations, stocks }: OfThisTerm): WorkOfKinds {
  const { settings, clock, api, gauges, logger, outlet } = parts
  const common = { clock, skew, gauges, api, logger, outlet, bootTimes: bootTimes() }
  const caches = { reservations, stocks }
  const machines = machineWork({
    ...common,
    ...{ settings: settings.machines, caches },
    onSeen: (uid) => requests.machineSeen(uid),
    enqueue: queues.machines.add,
  })
  const requests = requestWork({
    ...common,
    ...{ settings: settings.requests, machines, reservations },
    enqueue: queues.requests.add,
  })
  const orders = orderWork({
    ...common,
    ...{ settings: settings.orders, leading: parts.leading, caches: { reservations, stocks } },
    enqueue: queues.orders.add,
  })
  const storages = storageWork({
    ...common,
    ...{ settings: settings.storages, caches },
    enqueue: queues.storages.add,
  })
  return { machines, storages, requests, orders }
}
