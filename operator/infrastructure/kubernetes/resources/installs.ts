import type { Installs } from '../../../application/engine/other-installs.ts'
import { ifThere } from '../api-error.ts'
import type { Lease } from '../lease-lock.ts'
import type { ResourceClient } from '../resource-client.ts'

/** Installs of the operator, as their leases show them. */
export function kubernetesInstalls(leases: Pick<ResourceClient<Lease>, 'get'>): Installs {
  return {
    async leaseOf(install) {
      const [namespace = '', name = ''] = install.split('/')
      const answer = await ifThere(leases.get(namespace, name))
      if (!answer) return undefined
      const { holderIdentity: holder = '', leaseDurationSeconds = 0 } = answer.body.spec ?? {}
      return { holder, renewal: answer.body.metadata.resourceVersion ?? '', durationMs: leaseDurationSeconds * 1_000 }
    },
  }
}
