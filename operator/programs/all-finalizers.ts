import { isApiError } from '../infrastructure/kubernetes/api-error.ts'
import type { KubernetesClient } from '../infrastructure/kubernetes/client.ts'
import type { KubernetesObject } from '../infrastructure/kubernetes/kubernetes-object.ts'
import { type FinalizedKind, releaseFinalizers } from '../infrastructure/kubernetes/release-finalizers.ts'
import { resourceClient } from '../infrastructure/kubernetes/resource-client.ts'
import { MACHINE_FINALIZER, virtualMachines } from '../infrastructure/kubernetes/resources/virtual-machines.ts'
import { STOCK_FINALIZER, virtualStocks } from '../infrastructure/kubernetes/resources/virtual-stocks.ts'
import type { Namespaces } from '../infrastructure/kubernetes/watched-cache.ts'

const finalized = [
  { resource: virtualMachines, finalizer: MACHINE_FINALIZER },
  { resource: virtualStocks, finalizer: STOCK_FINALIZER },
]

/**
 * Takes all our finalizers off in these namespaces, and says off how many of what. What is refused in one keeps none on in
 * another; it is thrown in the end.
 */
export async function releaseAllFinalizers(client: KubernetesClient, namespaces: Namespaces): Promise<string> {
  const counts = []
  const failures: unknown[] = []
  const released = (kind: FinalizedKind, namespace: string | undefined) =>
    releaseFinalizers(kind, namespace).catch((error: unknown) => {
      if (!isApiError(error, 404)) failures.push(error) // without its CRD a kind has no objects
      return 0
    })
  for (const { resource, finalizer } of finalized) {
    const kind = { client: resourceClient<KubernetesObject>(client, resource), finalizer }
    let count = 0
    for (const namespace of namespaces) count += await released(kind, namespace)
    counts.push(`${count} ${resource.plural}`)
  }
  if (failures.length > 0) throw failures[0]
  return `finalizers taken off ${counts.join(' and ')}`
}
