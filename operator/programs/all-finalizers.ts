import { isApiError } from '../infrastructure/kubernetes/api-error.ts'
import type { KubernetesClient } from '../infrastructure/kubernetes/client.ts'
import type { KubernetesObject } from '../infrastructure/kubernetes/kubernetes-object.ts'
import { type FinalizedKind, releaseFinalizers } from '../infrastructure/kubernetes/release-finalizers.ts'
import { resourceClient } from '../infrastructure/kubernetes/resource-client.ts'
import type { VirtualStock } from '../infrastructure/kubernetes/resources/generated/virtual-stock.ts'
import { MACHINE_FINALIZER, virtualMachines } from '../infrastructure/kubernetes/resources/virtual-machines.ts'
import { STOCK_FINALIZER, virtualStocks } from '../infrastructure/kubernetes/resources/virtual-stocks.ts'
import { STORAGE_FINALIZER, virtualStorages } from '../infrastructure/kubernetes/resources/virtual-storages.ts'
import type { Namespaces } from '../infrastructure/kubernetes/watched-cache.ts'

/**
 * Takes all finalizers of this install (namespace/name of its lease) off in these namespaces, and says off how many of what.
 * Where another one serves stocks of them, those stay, and all machines and storages: whoever serves some stocks of another leads nothing.
 * What is refused in one namespace keeps none on in another; it is thrown in the end.
 */
export async function releaseAllFinalizers(
  client: KubernetesClient,
  namespaces: Namespaces,
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
  if (failures.length > 0) throw failures[0]
  const left = others.size > 0 ? `; what ${[...others].sort().join(' and ')} serves is left alone` : ''
  return `finalizers taken off ${machines} ${virtualMachines.plural}, ${storages} ${virtualStorages.plural} and ${stocks} ${virtualStocks.plural}${left}`
}
