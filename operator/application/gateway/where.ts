import { Problem } from './answer.ts'
import type { Call } from './call.ts'
import type { GatewayWorld } from './gateway-world.ts'

/** The namespace of a call: as it says, else the caller's own, else the setting. Throws a Problem where there is none to serve. */
export function namespaceOf({ parameters, caller }: Call, { defaultNamespace, serves }: GatewayWorld): string {
  const namespace = (parameters['namespace'] as string | undefined) ?? caller.namespace ?? defaultNamespace
  if (namespace !== undefined) {
    if (serves(namespace)) return namespace
    throw new Problem('NotFound', {
      detail: `this gateway does not serve namespace ${namespace} (its watchNamespaces)`,
    })
  }
  throw new Problem('NamespaceMissing', {
    detail: 'no namespace was given, and the caller is no ServiceAccount: add ?namespace=NAME',
  })
}

/** The same, where what this gateway has in memory of it may be told. */
export function readableNamespaceOf(call: Call, world: GatewayWorld): string {
  const namespace = namespaceOf(call, world)
  const reason = world.blind(namespace)
  if (reason === undefined) return namespace
  throw new Problem('Stale', { detail: `${reason}; try again, or with ?consistent=true`, retryAfterSeconds: 2 })
}

/** Under which key an object of this name is waited for. */
export function waitKey(kind: 'stock' | 'reservation', namespace: string, name: string): string {
  return `${kind} ${namespace}/${name}`
}

/** Where an object is found later, whoever asks. */
export function locationOf(path: string, namespace: string, name: string): string {
  return `${path}/${name}?namespace=${namespace}`
}
