import { ApiError, isApiError } from '../api-error.ts'
import type { KubernetesClient } from '../client.ts'

/** Rises when the operator needs what older schemas don't have. Each kind's description, and its CRD's annotation, says it. */
export const SCHEMA_VERSION = 1

const kinds = [
  'VirtualStock',
  'Reservation',
  'VirtualMachine',
  'VirtualStorage',
  'VirtualNetwork',
  'VirtualizationRequest',
  'Order',
  'EventSpool',
  'NetworkFabric',
] as const

const remedy =
  'helm upgrade --install kbnt-operator-crds charts/kbnt-operator-crds, or without Helm: kubectl apply --server-side -f crds/'

interface OpenApi {
  readonly components?: { readonly schemas?: Readonly<Record<string, { readonly description?: string }>> }
}

/**
 * Why this API server can't serve this operator, and what to do; undefined = it can. Asks for what is told to everybody,
 * so no right to read CustomResourceDefinitions is needed. Throws when there is no answer.
 */
export async function schemaFault(client: Pick<KubernetesClient, 'call'>): Promise<string | undefined> {
  const served = await servedVersions(client)
  if (served === 'untold') return undefined
  const missing = kinds.filter((kind) => !served.has(kind))
  if (missing.length > 0)
    return `the cluster does not serve ${missing.join(', ')} of kbnt.io/v1beta1; whoever owns it installs them: ${remedy}`
  const old = kinds.filter((kind) => (served.get(kind) ?? 0) < SCHEMA_VERSION)
  if (old.length === 0) return undefined
  const versions = old.map((kind) => `${kind} ${served.get(kind)}`).join(', ')
  return `the cluster's kinds are too old (schema version of ${versions}; needed: ${SCHEMA_VERSION}); whoever owns it upgrades them: ${remedy}`
}

/** By kind; a schema that says none has version 0. `untold`: the server answers, but not this. Writes will show it. */
async function servedVersions(client: Pick<KubernetesClient, 'call'>): Promise<Map<string, number> | 'untold'> {
  try {
    const path = '/openapi/v3/apis/kbnt.io/v1beta1'
    const { body } = await client.call<OpenApi | undefined>({ method: 'GET', path, resource: 'openapi' })
    const schemas = body?.components?.schemas ?? {} // a group that is just being taken away or in has no text for a moment
    return new Map(
      kinds.flatMap((kind) => {
        const schema = schemas[`io.kbnt.v1beta1.${kind}`]
        return schema ? [[kind, Number(/Schema version (\d+)\./.exec(schema.description ?? '')?.[1] ?? 0)]] : []
      }),
    )
  } catch (error) {
    if (isApiError(error, 404)) return new Map()
    if (error instanceof ApiError) return 'untold'
    throw error
  }
}
