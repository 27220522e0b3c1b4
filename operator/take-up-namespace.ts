import type { Logger } from './application/logger.ts'
import type { ObjectList, ResourceClient } from './infrastructure/kubernetes/resource-client.ts'
import type { Reservation } from './infrastructure/kubernetes/resources/generated/reservation.ts'
import type { VirtualMachine } from './infrastructure/kubernetes/resources/generated/virtual-machine.ts'
import type { VirtualStock } from './infrastructure/kubernetes/resources/generated/virtual-stock.ts'
import type { MachineWork } from './machine-work.ts'
import type { ServedNamespaces } from './served-namespaces.ts'
import { listWatched, type WatchedCache } from './watched-cache.ts'

interface Clients {
  readonly stocks: Pick<ResourceClient<VirtualStock>, 'list'>
  readonly reservations: ResourceClient<Reservation>
  readonly machines: Pick<ResourceClient<VirtualMachine>, 'list'>
}

export interface TakeUpParts {
  readonly clients: Clients
  readonly served: ServedNamespaces
  readonly caches: {
    readonly stocks: WatchedCache<VirtualStock>
    readonly reservations: WatchedCache<Reservation>
    readonly machines: Pick<MachineWork, 'follow'>
  }
  readonly onServerDate: (date: number | undefined) => void
  readonly logger: Logger
  readonly ended: () => boolean
}

/**
 * Takes up a namespace that could not be listed at the takeover. Lists in the order of that, stocks first; then machines
 * before reservations before stocks are shown to whoever acts on them, so that nothing seems to be missing.
 */
export function takeUpNamespace(parts: TakeUpParts): (namespace: string) => Promise<void> {
  const { clients, served, caches, onServerDate, logger, ended } = parts
  return async (namespace) => {
    const stocks = await clients.stocks.list({ namespace })
    onServerDate(stocks.date)
    const machines = await clients.machines.list({ namespace })
    const reservations = await reservationsEverywhere(parts, namespace)
    if (ended()) return
    caches.machines.follow(namespace, machines)
    for (const [name, list] of reservations) void caches.reservations.follow(name, list)
    void caches.stocks.follow(namespace, stocks)
    served.serve([namespace])
    logger.info('serves one more namespace', { namespace, stocks: stocks.items.length })
  }
}

type Lists = Map<string | undefined, ObjectList<Reservation>>

/**
 * Those of other namespaces too, which may hold some of its stocks: a watch may be behind. Of who can't be listed any
 * more the watch must do.
 */
async function reservationsEverywhere({ clients, served, caches }: TakeUpParts, namespace: string): Promise<Lists> {
  const list = (beside: number) => listReservations(clients, beside, caches.reservations.get)
  const own = await served.ask([namespace], list(1))
  const others = await served.ask(served.all, list(served.all.length)).catch((): Lists => new Map())
  return new Map([...others, ...own])
}

/** How a namespace's reservations are listed, `beside` namespaces at once; what `known` has need not be sent again. */
export function listReservations(
  { reservations: client }: Pick<Clients, 'reservations'>,
  beside: number,
  known: WatchedCache<Reservation>['get'] | undefined,
): (namespace: string | undefined) => Promise<ObjectList<Reservation>> {
  return (namespace) => listWatched({ client, namespace, known, beside })
}
