import { ifThere } from './api-error.ts'
import type { KubernetesClient } from './client.ts'
import type { Lease } from './lease-lock.ts'
import type { ResourceClient } from './resource-client.ts'
import { type Clock, sleep } from './timers.ts'

export interface OperatorToStop {
  readonly client: Pick<KubernetesClient, 'call'>
  readonly leases: Pick<ResourceClient<Lease>, 'get'>
  readonly namespace: string
  readonly deployment: string
  readonly leaseName: string
  readonly clock: Clock
}

const POLL_MS = 500

/**
 * Scales the Deployment to none and resolves once nobody leads: the lease was given back, or has not changed for its own
 * duration. A Deployment or Lease that does not exist needs no waiting. Throws what the API server refuses.
 */
export async function stopOperator(parts: OperatorToStop): Promise<void> {
  const { client, namespace, deployment } = parts
  const path = `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/deployments/${encodeURIComponent(deployment)}/scale`
  const patch = {
    body: { spec: { replicas: 0 } },
    contentType: 'application/merge-patch+json',
    resource: 'deployments',
  }
  await ifThere(client.call({ method: 'PATCH', path, ...patch }))
  await untilNobodyLeads(parts)
}

async function untilNobodyLeads({ leases, namespace, leaseName, clock }: OperatorToStop): Promise<void> {
  let last = ''
  let changedAt = clock.now()
  for (;;) {
    const spec = await leaseOf(leases, namespace, leaseName)
    if (!spec?.holderIdentity) return
    const now = clock.now()
    if (last !== JSON.stringify(spec)) changedAt = now
    last = JSON.stringify(spec)
    if (now >= changedAt + (spec.leaseDurationSeconds ?? 0) * 1_000) return
    await sleep(clock, POLL_MS)
  }
}

async function leaseOf(leases: OperatorToStop['leases'], namespace: string, name: string): Promise<Lease['spec']> {
  return (await ifThere(leases.get(namespace, name)))?.body.spec
}
