import type { Machine } from '../../domain/machine/machine.ts'
import type { Sha256 } from '../../domain/virtualization/identity.ts'
import { isOver, type ResourceRef, type ResourceRequest } from '../../domain/virtualization/resource-request.ts'
import { type Target, wishOf } from '../../domain/virtualization/wish.ts'
import type { RequestAssessment } from './report-request.ts'
import type { RequestParts } from './request-parts.ts'

/** What is not there may be asked for by a message that comes later than this one. */
const AWAITED_MS = 600_000
const LOOK_AGAIN_MS = 10_000
/** Its going is seen by the watch; a watch may miss it. */
const GOING_MS = 30_000

/**
 * Ends a machine: first it is written down which one is meant, so that a later one of the same name never is; then that
 * one is deleted, and seen to be gone. May be repeated.
 */
export async function assessDeletion(
  parts: RequestParts,
  request: ResourceRequest,
  target: Target,
): Promise<RequestAssessment> {
  const known = request.status?.resource
  if (known) return end(parts, request, known)
  const machine = targetOf(parts, request, target)
  return machine ? { situation: { kind: 'found', machine } } : awaited(parts, request, target)
}

/** As the status of its request says, which nobody but us writes; marks of machines count where no such request is left. */
function targetOf(
  { requests, machines, sha256 }: RequestParts,
  { namespace }: ResourceRequest,
  target: Target,
): Machine | undefined {
  if ('uid' in target) return machines.target(namespace, target)
  const asked = requests.ofMessage(namespace, target.messageId).filter((one) => makes(one, sha256))
  if (asked.length === 0) return machines.target(namespace, target)
  const [made, ...others] = asked.flatMap(({ status }) => status?.resource?.uid ?? [])
  return made !== undefined && others.length === 0 ? machines.target(namespace, { uid: made }) : undefined
}

/** One that ends something makes nothing: two of them would wait for each other for ever. */
function makes(request: ResourceRequest, sha256: Sha256): boolean {
  return wishOf(request, sha256).kind === 'create'
}

async function end(
  { machines }: RequestParts,
  { namespace }: ResourceRequest,
  resource: ResourceRef,
): Promise<RequestAssessment> {
  const id = { namespace, ...resource }
  const machine = await machines.read(id)
  if (!machine) return { situation: { kind: 'left', resource } }
  if (machine.deletingSince === undefined) {
    const removing = await machines.remove(id)
    if (removing.kind === 'hindered')
      return { situation: { kind: 'kept', resource, message: removing.reason }, recheckAfterMs: GOING_MS }
  }
  const message = machine.status?.phase === 'Deleting' ? machine.status.message : undefined
  return { situation: { kind: 'leaving', resource, message }, recheckAfterMs: GOING_MS }
}

/** A namespace that can't be listed says nothing of what is in it, and a request that is under way may still have it made. */
function awaited(
  { requests, machines, clock, sha256 }: RequestParts,
  { namespace, createdAt }: ResourceRequest,
  target: Target,
): RequestAssessment {
  const leftMs = AWAITED_MS - (clock.now() - createdAt)
  const which = 'uid' in target ? `with the uid ${target.uid}` : `that was made for message ${target.messageId}`
  const message = `there is no VirtualMachine ${which} in namespace ${namespace}`
  const asked = 'uid' in target ? [] : requests.ofMessage(namespace, target.messageId)
  const asking = asked.find((one) => !isOver(one) && makes(one, sha256))
  if (asking)
    return {
      situation: { kind: 'awaited', message: `${message} yet; its request ${asking.name} is not over` },
      recheckAfterMs: LOOK_AGAIN_MS,
    }
  if (asked.some(({ status }) => status?.phase === 'Failed' && status.reason === 'Withdrawn'))
    return { situation: { kind: 'withdrawn', message: `${message}, and none will come` } }
  if (leftMs <= 0 && machines.isListed(namespace))
    return { situation: { kind: 'failed', reason: 'ResourceNotFound', message: `${message}, nor has one come` } }
  const until = new Date(createdAt + AWAITED_MS).toISOString()
  return {
    situation: { kind: 'awaited', message: `${message}; waited for until ${until}` },
    recheckAfterMs: leftMs > 0 ? Math.min(leftMs, LOOK_AGAIN_MS) : LOOK_AGAIN_MS,
  }
}
