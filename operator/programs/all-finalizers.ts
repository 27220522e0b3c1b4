import { holdsMoney } from '../domain/order/order.ts'
import { isApiError } from '../infrastructure/kubernetes/api-error.ts'
import type { KubernetesClient } from '../infrastructure/kubernetes/client.ts'
import { type KubernetesObject, keyOfObject } from '../infrastructure/kubernetes/kubernetes-object.ts'
import { type FinalizedKind, releaseFinalizers } from '../infrastructure/kubernetes/release-finalizers.ts'
import { resourceClient } from '../infrastructure/kubernetes/resource-client.ts'
import type { Order } from '../infrastructure/kubernetes/resources/generated/order.ts'
import type { VirtualStock } from '../infrastructure/kubernetes/resources/generated/virtual-stock.ts'
import { ORDER_FINALIZER, orderFromResource, ordersResource } from '../infrastructure/kubernetes/resources/orders.ts'
import { MACHINE_FINALIZER, virtualMachines } from '../infrastructure/kubernetes/resources/virtual-machines.ts'
import { NETWORK_FINALIZER, virtualNetworks } from '../infrastructure/kubernetes/resources/virtual-networks.ts'
import { STOCK_FINALIZER, virtualStocks } from '../infrastructure/kubernetes/resources/virtual-stocks.ts'
import { STORAGE_FINALIZER, virtualStorages } from '../infrastructure/kubernetes/resources/virtual-storages.ts'
import type { Namespaces } from '../infrastructure/kubernetes/watched-cache.ts'
import { tellOpenOrders } from './open-orders.ts'

/**
 * Takes all finalizers of this install off in these namespaces, and says off how many of what. Where another one serves
 * stocks of them, those stay, and everything else: whoever serves some stocks of another leads nothing. Orders keep theirs
 * while their money may still have to go somewhere, and are named; each gets an Event that says so.
 * What is refused in one namespace keeps none on in another; it is thrown in the end.
 */
export async function releaseAllFinalizers(
  client: KubernetesClient,
  namespaces: Namespaces,
  /** Namespace/name of its lease. */
  install: string,
): Promise<string> {
  const failures: unknown[] = []
  const others = new Set<string>()
  const isOurs = ({ status }: VirtualStock): boolean => {
    const { servedBy = install } = status ?? {}
    if (servedBy !== install) others.add(servedBy)
    return servedBy === install
  }
  async function released<T extends KubernetesObject>(kind: FinalizedKind<T>): Promise<number> {
    let count = 0
    for (const namespace of namespaces) {
      count += await releaseFinalizers(kind, namespace).catch((error: unknown) => {
        if (!isApiError(error, 404)) failures.push(error) // without its CRD a kind has no objects
        return 0
      })
    }
    return count
  }

  const stockClient = resourceClient<VirtualStock>(client, virtualStocks)
  const stocks = await released({ client: stockClient, isOurs, finalizer: STOCK_FINALIZER })
  const own = { isOurs: () => others.size === 0 }
  const machineClient = resourceClient<KubernetesObject>(client, virtualMachines)
  const machines = await released({ ...own, client: machineClient, finalizer: MACHINE_FINALIZER })
  const storageClient = resourceClient<KubernetesObject>(client, virtualStorages)
  const storages = await released({ ...own, client: storageClient, finalizer: STORAGE_FINALIZER })
  const networkClient = resourceClient<KubernetesObject>(client, virtualNetworks)
  const networks = await released({ ...own, client: networkClient, finalizer: NETWORK_FINALIZER })
  const sold = await releasedOrders(released, client, own.isOurs)
  if (failures.length > 0) throw failures[0]
  const left = others.size > 0 ? `; what ${[...others].sort().join(' and ')} serves is left alone` : ''
  return `finalizers taken off ${machines} ${virtualMachines.plural}, ${storages} ${virtualStorages.plural}, ${networks} ${virtualNetworks.plural} and ${stocks} ${virtualStocks.plural}${sold}${left}`
}

type Release = (kind: FinalizedKind<Order>) => Promise<number>

/** Empty where there are none. */
async function releasedOrders(release: Release, client: KubernetesClient, mayRelease: () => boolean): Promise<string> {
  const open = new Map<string, Order>()
  const isOurs = (order: Order): boolean => {
    if (!mayRelease()) return false // somebody else serves it, and looks after its money
    const isOpen = holdsMoney(orderFromResource(order).status)
    if (isOpen) open.set(keyOfObject(order), order)
    return !isOpen
  }
  const orders = resourceClient<Order>(client, ordersResource)
  const finished = await release({ client: orders, isOurs, finalizer: ORDER_FINALIZER })
  const keys = [...open.keys()]
  const kept = keys.length > 0 ? `; orders keep theirs whose money is not settled: ${namesOf(keys)}` : ''
  await tellOpenOrders(client, [...open.values()])
  return `${finished > 0 ? `, and ${finished} ${ordersResource.plural}` : ''}${kept}`
}

const MOST_NAMED = 20

function namesOf(keys: readonly string[]): string {
  const more = keys.length - MOST_NAMED
  return `${keys.slice(0, MOST_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
