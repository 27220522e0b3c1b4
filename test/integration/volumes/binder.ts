import { ifThere } from '../../../operator/infrastructure/kubernetes/api-error.ts'
import type { ResourceClient } from '../../../operator/infrastructure/kubernetes/resource-client.ts'
import type { VolumeClaim } from '../../../operator/infrastructure/kubernetes/volumes/volume-claim.ts'

/** Plays Kubernetes' controller that gives a claim its volume; nothing where there is no such claim. */
export async function bindClaim(claims: ResourceClient<VolumeClaim>, namespace: string, name: string): Promise<void> {
  const found = (await ifThere(claims.get(namespace, name)))?.body
  if (!found || found.metadata.deletionTimestamp !== undefined) return
  if (found.spec.volumeName === undefined)
    await claims.mergePatch(namespace, name, { spec: { volumeName: `pv-of-${name}` } })
  await claims.mergePatchStatus(namespace, name, { status: { phase: 'Bound' } })
}

/** Plays the one that lets a deleted claim go when no pod uses it. */
export async function dropClaim(claims: ResourceClient<VolumeClaim>, namespace: string, name: string): Promise<void> {
  const found = (await ifThere(claims.get(namespace, name)))?.body
  if (found?.metadata.deletionTimestamp === undefined || !found.metadata.finalizers) return
  await ifThere(claims.mergePatch(namespace, name, { metadata: { finalizers: null } }))
}
