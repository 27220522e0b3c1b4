import { kubernetesClient } from '../../infrastructure/kubernetes/client.ts'
import { ownNamespace, readKubeConfig } from '../../infrastructure/kubernetes/kube-config.ts'
import { LEASES, type Lease } from '../../infrastructure/kubernetes/lease-lock.ts'
import { resourceClient } from '../../infrastructure/kubernetes/resource-client.ts'
import { forgetLease, stopOperator } from '../../infrastructure/kubernetes/stop-operator.ts'
import { steadyClock } from '../../infrastructure/kubernetes/timers.ts'
import type { Settings } from '../../infrastructure/settings/settings.ts'
import { releaseAllFinalizers } from '../all-finalizers.ts'
import type { Host } from '../program.ts'
import { namespacesOf } from '../watched-namespaces.ts'

/**
 * What has to happen before the operator is removed: it stops, and then our finalizers come off, so that no object and no
 * namespace waits for an operator that is gone. Its Deployment is named as the lease unless KBNT_DEPLOYMENT says otherwise. Resolves to what was done.
 * Throws what the API server refuses.
 */
export async function stopAndRelease(settings: Settings, { version, env }: Host): Promise<string> {
  const kubeConfig = readKubeConfig(settings.kubeconfig, env)
  const own = ownNamespace(kubeConfig) ?? 'default'
  const client = kubernetesClient({ kubeConfig, userAgent: `kbnt-operator-uninstall/${version}` })
  const { leaseName, namespace = own } = settings.leaderElection
  const leases = resourceClient<Lease>(client, LEASES)
  try {
    await stopOperator({
      client,
      leases,
      namespace,
      deployment: env['KBNT_DEPLOYMENT'] || leaseName,
      leaseName,
      clock: steadyClock(),
    })
    const namespaces = namespacesOf(settings.watchNamespaces, own)
    const released = await releaseAllFinalizers(client, namespaces, `${namespace}/${leaseName}`)
    await forgetLease(leases, namespace, leaseName)
    return `the operator is stopped; ${released}`
  } finally {
    await client.close()
  }
}
