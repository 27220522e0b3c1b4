import { Problem } from './answer.ts'
import type { Call } from './call.ts'
import type { GatewayWorld, Waiting } from './gateway-world.ts'

/** The namespace of a call: as it says, else the caller's own, else the setting. Throws a Problem where there is none to serve. */
export function namespaceOf(
  { parameters, caller }: Call,
  { defaultNamespace, serves }: Pick<GatewayWorld, 'defaultNamespace' | 'serves'>,
): string {
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

/** Throws a Problem where what this gateway has in memory of a namespace may not be told. */
export function refuseBlind(world: Pick<GatewayWorld, 'blind'>, namespace: string): void {
  const problem = stale(world, namespace)
  if (problem) throw problem
}

/** Why what this gateway has in memory of a namespace can't be gone by; undefined = it can. */
export function stale({ blind }: Pick<GatewayWorld, 'blind'>, namespace: string): Problem | undefined {
  const reason = blind(namespace)
  if (reason === undefined) return undefined
  return new Problem('Stale', { detail: `${reason}; try again in a moment`, retryAfterSeconds: 2 })
}

/** Under which key an object of this name is waited for. */
export function waitKey(kind: 'stock' | 'reservation' | 'request' | 'order', namespace: string, name: string): string {
  return `${kind} ${namespace}/${name}`
}

/** Under which key somebody waits until all changes of a kind up to some position are in memory. */
export function positionKey(resource: string): string {
  return `position ${resource}`
}

/** How a call waits for the operator's answer, as long as its caller likes; or for something else, so many ms at most. */
export function waitingOf({ over, caller, waitMs, waited }: Call, ms?: number): Waiting {
  const waiting = { over, caller: caller.user }
  return ms === undefined ? { ...waiting, ms: waitMs, waited } : { ...waiting, ms }
}

/** Where an object is found later, whoever asks. */
export function locationOf(path: string, namespace: string, name: string): string {
  return `${path}/${name}?namespace=${namespace}`
}
