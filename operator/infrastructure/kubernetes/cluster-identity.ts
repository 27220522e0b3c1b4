import { isApiError, isNotFound } from './api-error.ts'
import type { KubernetesClient } from './client.ts'
import type { KubernetesObject } from './kubernetes-object.ts'

/** It is as old as its cluster, and goes with that. */
const OLDEST = 'kube-system'

/**
 * What tells a cluster from every other: the uid of its namespace kube-system; of our own where we may not read that, which
 * tells our install from others, too. Undefined = neither can be read. Throws where the API server does not answer.
 */
export async function clusterIdentity(
  client: Pick<KubernetesClient, 'call'>,
  ownNamespace: string,
): Promise<string | undefined> {
  return (await uidOf(client, OLDEST)) ?? (await uidOf(client, ownNamespace))
}

async function uidOf(client: Pick<KubernetesClient, 'call'>, namespace: string): Promise<string | undefined> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}`
  try {
    const { body } = await client.call<KubernetesObject>({ method: 'GET', path, resource: 'namespaces' })
    return body.metadata.uid
  } catch (error) {
    if (isApiError(error, 403) || isNotFound(error)) return undefined
    throw error
  }
}
