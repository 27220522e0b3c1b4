import { ifThere } from './api-error.ts'
import type { KubernetesClient } from './client.ts'
import type { Lease } from './lease-lock.ts'
import type { ResourceClient } from './resource-client.ts'
import { type Clock, sleep } from './timers.ts'

export interface LeaseToWatch {
  readonly leases: Pick<ResourceClient<Lease>, 'get'>
  readonly namespace: string
  readonly leaseName: string
  readonly clock: Clock
}

export interface OperatorToStop extends LeaseToWatch {
  readonly client: Pick<KubernetesClient, 'call'>
  readonly deployment: string
}

const POLL_MS = 500
/** Longer than a leader takes to end and its lease to run out. */
const LONGEST_WAIT_MS = 120_000

/**
 * Scales the Deployment to none and resolves once nobody leads: the lease was given back, or has not changed for its own
 * duration. A Deployment or Lease that does not exist needs no waiting. Throws what the API server refuses, and after two
 * minutes in which somebody leads all the same.
 */
export async function stopOperator(parts: OperatorToStop): Promise<void> {
  const { client, namespace, deployment } = parts
  const path = `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/deployments/${encodeURIComponent(deployment)}/scale`
  const patch = {
    body: { spec: { replicas: 0 } },
    contentType: 'application/merge-patch+json',
    resource: 'deployments',
  }
  const scaled = await ifThere(client.call({ method: 'PATCH', path, ...patch }))
  const leader = await leaderAfterWaiting(parts)
  if (leader === undefined) return
  const why = scaled
    ? `though Deployment ${namespace}/${deployment} is scaled to none: another one, or no Deployment, runs it`
    : `and there is no Deployment ${namespace}/${deployment}; KBNT_DEPLOYMENT names another`
  throw new Error(`${leader} still leads by lease ${namespace}/${parts.leaseName}, ${why}`)
}

/** Who still leads when there was time enough to end; undefined = nobody but `except`. */
export async function leaderAfterWaiting(parts: LeaseToWatch, except?: string): Promise<string | undefined> {
  const { leases, namespace, leaseName, clock } = parts
  const until = clock.now() + LONGEST_WAIT_MS
  let last = ''
  let changedAt = clock.now()
  for (;;) {
    const spec = await leaseOf(leases, namespace, leaseName)
    if (!spec?.holderIdentity || spec.holderIdentity === except) return undefined
    const now = clock.now()
    if (last !== JSON.stringify(spec)) changedAt = now
    last = JSON.stringify(spec)
    if (now >= changedAt + (spec.leaseDurationSeconds ?? 0) * 1_000) return undefined
    if (now >= until) return spec.holderIdentity
    await sleep(clock, POLL_MS)
  }
}

/** Deletes the lease, so that another install which is to serve the stocks need not wait until this one is surely gone. Throws what the API server refuses. */
export async function forgetLease(
  leases: Pick<ResourceClient<Lease>, 'delete'>,
  namespace: string,
  name: string,
): Promise<void> {
  await ifThere(leases.delete(namespace, name))
}

async function leaseOf(leases: LeaseToWatch['leases'], namespace: string, name: string): Promise<Lease['spec']> {
  return (await ifThere(leases.get(namespace, name)))?.body.spec
}
