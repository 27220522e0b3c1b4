import { requestNameOf, type Sha256 } from '../../domain/virtualization/identity.ts'
import type { RequestReason } from '../../domain/virtualization/request-reasons.ts'
import { typeThat } from '../../domain/virtualization/request-types.ts'
import type { Requested } from '../../domain/virtualization/requested.ts'
import { isOver, type ResourceRef, type ResourceRequest } from '../../domain/virtualization/resource-request.ts'
import { TARGET_AWAITED_MS, type Target, wishOf } from '../../domain/virtualization/wish.ts'
import type { RequestAssessment } from './report-request.ts'
import type { RequestParts } from './request-parts.ts'

const LOOK_AGAIN_MS = 10_000
/** Its going is seen by the watch; a watch may miss it. */
const GOING_MS = 30_000
/** What takes longer to go does not go by itself. */
const SLOW_MS = 600_000
const SLOW: RequestReason = 'RemovalSlow'

/**
 * Ends a resource: first it is written down which one is meant, so that a later one of the same name never is; then that
 * one is deleted, and seen to be gone. May be repeated.
 */
export async function assessDeletion(
  parts: RequestParts,
  request: ResourceRequest,
  target: Target,
): Promise<RequestAssessment> {
  const known = request.status?.resource
  if (known) return end(parts, request, known)
  const never = neverMade(parts, request, target)
  if (never) return never
  const resource = targetOf(parts, request, target)
  return resource ? { situation: { kind: 'found', resource } } : awaited(parts, request, target)
}

/** As the status of its request says, which nobody but us writes; marks of resources count where no such request is left. */
function targetOf(
  { requests, resources, sha256 }: RequestParts,
  { namespace }: ResourceRequest,
  target: Target,
): Requested | undefined {
  const { kind } = target
  if ('uid' in target) return resources[kind].target(namespace, target)
  const asked = requests.ofMessage(namespace, target.messageId).filter((one) => makes(one, target, sha256))
  if (asked.length === 0) return resources[kind].target(namespace, target)
  const [made, ...others] = asked.flatMap(({ status }) => status?.resource?.uid ?? [])
  return made !== undefined && others.length === 0 ? resources[kind].target(namespace, { kind, uid: made }) : undefined
}

/** One that ends something makes nothing: two of them would wait for each other for ever. */
function makes(request: ResourceRequest, { kind }: Pick<Target, 'kind'>, sha256: Sha256): boolean {
  const wish = wishOf(request, sha256)
  return wish.kind === 'create' && wish.wanted.kind === kind
}

/** What its message has asked for is of another kind: nothing of this one was made for it, nor will be. */
function neverMade(
  { requests, sha256 }: RequestParts,
  { namespace, spec }: ResourceRequest,
  target: Target,
): RequestAssessment | undefined {
  if ('uid' in target) return undefined
  const kinds = requests.ofMessage(namespace, target.messageId).flatMap((one) => {
    const wish = wishOf(one, sha256)
    return wish.kind === 'create' ? [wish.wanted.kind] : []
  })
  const [other] = kinds
  if (other === undefined || kinds.includes(target.kind)) return undefined
  const message = `message ${target.messageId} has asked for a ${other}, which ${spec.messageType} does not end; send ${typeThat('delete', other)}`
  return { situation: { kind: 'failed', reason: 'ResourceNotFound', message } }
}

async function end(
  { resources, clock }: RequestParts,
  request: ResourceRequest,
  resource: ResourceRef,
): Promise<RequestAssessment> {
  const { namespace } = request
  const id = { namespace, ...resource }
  const found = await resources[resource.kind].read(id)
  if (!found) return { situation: { kind: 'left', resource } }
  if (found.deletingSince === undefined) {
    const removing = await resources[resource.kind].remove(id)
    if (removing.kind === 'hindered')
      return { situation: { kind: 'kept', resource, message: removing.reason }, recheckAfterMs: GOING_MS }
  }
  const slowSince = isSlow(request, found, clock.now()) ? found.deletingSince : undefined
  const message = whyThere(found, slowSince !== undefined)
  return {
    situation: { kind: 'leaving', resource, message, held: isHeldUp(found), slowSince },
    recheckAfterMs: GOING_MS,
  }
}

/**
 * What others use is not slow, however long they do. Once they are gone it has as much time as any other, unless its
 * provider refuses; a provider that refuses now and then gets no more by that.
 */
function isSlow(request: ResourceRequest, found: Requested, nowMs: number): boolean {
  const goingSince = Date.parse(found.deletingSince ?? '')
  if (isUsed(found) || !(nowMs - goingSince >= SLOW_MS)) return false
  const told = request.status?.conditions.find(({ type }) => type === 'Hindered')
  if (isHeldUp(found) || told === undefined) return true
  return told.status === 'True' ? told.reason === SLOW : nowMs - Date.parse(told.lastTransitionTime) >= SLOW_MS
}

/** In the words of whoever holds it; undefined = nobody says anything yet. */
function whyThere(found: Requested, isSlow: boolean): string | undefined {
  const { held, finalizers, status } = found
  if (!held && finalizers.length > 0)
    return `its provider is through, and ${finalizers.join(', ')} holds it: whoever has set that finalizer has to take it away`
  const said = waitOf(found)?.message ?? (status?.phase === 'Deleting' ? status.message : undefined)
  return said ?? (isSlow ? 'its status does not say why it is still there' : undefined)
}

function waitOf({ status }: Requested) {
  return status?.conditions.find(({ type, status: is }) => type === 'Deleting' && is === 'True')
}

/** It says that it waits for something that somebody has to change. One that its provider is at goes by itself. */
function isHeldUp(found: Requested): boolean {
  const waits = waitOf(found)
  return isInUse(found) || (waits !== undefined && waits.reason !== 'AwaitsProvider')
}

/** By others, or by what nobody can see. */
function isUsed(found: Requested): boolean {
  const reason = waitOf(found)?.reason
  return isInUse(found) || reason === 'InUse' || reason === 'UsersUnseen'
}

/** A network and a storage do not go before their machines, which nobody ends with them. */
function isInUse(found: Requested): boolean {
  switch (found.kind) {
    case 'VirtualNetwork':
      return (found.status?.allocations ?? []).length > 0
    case 'VirtualStorage':
      return found.status?.attachedTo !== undefined
    case 'VirtualMachine':
      return false
  }
}

/** What was never there. A watch may lag: whether its message has come in the meantime is asked of the store. */
async function lostCause(
  { requests, sha256 }: RequestParts,
  { namespace, target, message }: { readonly namespace: string; readonly target: Target; readonly message: string },
): Promise<RequestAssessment> {
  if ('uid' in target)
    return { situation: { kind: 'failed', reason: 'ResourceNotFound', message: `${message}, nor has one come` } }
  const asking = await requests.read(namespace, requestNameOf(namespace, target.messageId, sha256))
  if (asking && !isOver(asking) && makes(asking, target, sha256))
    return { situation: { kind: 'awaited', message: `${message} yet` }, recheckAfterMs: LOOK_AGAIN_MS }
  const late = `${message}, nor has one come; if that message still does, nothing is made for it`
  return { situation: { kind: 'failed', reason: 'ResourceNotFound', message: late } }
}

/** A namespace that can't be listed says nothing of what is in it, and a request that is under way may still have it made. */
async function awaited(
  parts: RequestParts,
  { namespace, createdAt }: ResourceRequest,
  target: Target,
): Promise<RequestAssessment> {
  const { requests, resources, clock, sha256 } = parts
  const leftMs = TARGET_AWAITED_MS - (clock.now() - createdAt)
  const which = 'uid' in target ? `with the uid ${target.uid}` : `that was made for message ${target.messageId}`
  const message = `there is no ${target.kind} ${which} in namespace ${namespace}`
  const asked = 'uid' in target ? [] : requests.ofMessage(namespace, target.messageId)
  const asking = asked.find((one) => !isOver(one) && makes(one, target, sha256))
  if (asking) return stillAwaited(`${message} yet; its request ${asking.name} is not over`, leftMs)
  if (asked.some(({ status }) => status?.phase === 'Failed' && status.reason === 'Withdrawn'))
    return { situation: { kind: 'withdrawn', message: `${message}, and none will come` } }
  const isListed = resources[target.kind].isListed(namespace)
  if (leftMs <= 0 && isListed) return lostCause(parts, { namespace, target, message })
  if (leftMs <= 0) {
    const unknown = `whether there is one can't be told while those of namespace ${namespace} can't be listed`
    return stillAwaited(`${message} that was seen; ${unknown}`, leftMs)
  }
  const until = new Date(createdAt + TARGET_AWAITED_MS).toISOString()
  return {
    situation: { kind: 'awaited', message: `${message}; waited for until ${until}` },
    recheckAfterMs: Math.min(leftMs, LOOK_AGAIN_MS),
  }
}

/** Whoever waits for longer than for what may still come says so: somebody has to look, and it is given up at last. */
function stillAwaited(message: string, leftMs: number): RequestAssessment {
  const late = leftMs <= 0 ? { late: true as const } : {}
  return { situation: { kind: 'awaited', message, ...late }, recheckAfterMs: LOOK_AGAIN_MS }
}
