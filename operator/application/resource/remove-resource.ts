import type { Reservation } from '../../domain/reservation/reservation.ts'
import type { Resource } from '../../domain/resource/resource.ts'
import { messageOf } from '../message-of.ts'
import { type Outcome, recheckAfter, settled } from '../outcome.ts'
import { afterUnwritten } from '../unwritten.ts'
import type { Capacity } from './capacity.ts'
import { hadCapacity } from './own-reservation.ts'
import type { Said } from './provider.ts'
import { reportResource } from './report-resource.ts'
import type { Fault, ReportParts } from './resource-parts.ts'

/** The same with what is given back when its provider has let go. */
export interface RemovalParts<R extends Resource, P extends Said, W extends string> extends ReportParts<R, P, W> {
  readonly capacity: Pick<Capacity, 'find' | 'giveBack'>
  /** Gives back what it has of others, such as an address; absent = it has nothing. Throws when nobody knows whether it came through. */
  readonly detach?: ((resource: R) => Promise<void>) | undefined
  /** Who uses it, in words, and goes first, also where it is given up; absent, or undefined = nobody. */
  readonly usedBy?: ((resource: R) => string | undefined) | undefined
}

const RETRY_MS = 1_000
/** Of users that only their own statuses tell of nobody tells that they went. */
const USERS_MS = 10_000

/**
 * Ends a deleted resource, once nobody uses it: first what its provider has, so that nothing stands on capacity that others get; then what it
 * has of others; then its capacity; then, when the last event is out, the object. Where others don't take back what is
 * theirs it says so and throws, to be looked at again ever more seldom; one that is given up does not wait for them.
 */
export async function removeResource<R extends Resource, P extends Said, W extends string>(
  parts: RemovalParts<R, P, W>,
  resource: R,
): Promise<Outcome> {
  const { kind } = parts
  if (!resource.held) return settled
  if (resource.status?.reason === 'Deleted') return letGo(parts, resource, resource.status.steps)
  const users = parts.usedBy?.(resource)
  if (users !== undefined) {
    const reservation = heldBy(parts, resource)
    return reportResource(parts, resource, {
      ...{ situation: { kind: 'leaving', message: users }, reservation, recheckAfterMs: USERS_MS },
    })
  }
  const removal = resource.abandoned ? ({ kind: 'gone' } as const) : await kind.providerOf(resource).remove(resource)
  if (removal.kind === 'going') return leaving(parts, resource, `${removal.message}; if that is gone for good`, removal)
  const fault = await detachFault(parts, resource)
  if (fault && !resource.abandoned) {
    const words = messageOf(fault.error)
    await leaving(parts, resource, `what it has of others is not given back: ${words}; to go without that`)
    throw fault.error
  }
  await parts.capacity.giveBack(resource)
  return reportResource(parts, resource, { situation: { kind: 'left' } })
}

async function detachFault<R extends Resource, P extends Said, W extends string>(
  { detach }: RemovalParts<R, P, W>,
  resource: R,
): Promise<Fault | undefined> {
  try {
    await detach?.(resource)
    return undefined
  } catch (error) {
    return { error }
  }
}

/** `words`: what it waits for, and when not to. */
function leaving<R extends Resource, P extends Said, W extends string>(
  parts: RemovalParts<R, P, W>,
  resource: R,
  words: string,
  { recheckAfterMs }: { readonly recheckAfterMs?: number } = {},
): Promise<Outcome> {
  const message = `${words}: kubectl annotate ${parts.kind.command} ${resource.name} kbnt.io/abandon=true`
  const reservation = heldBy(parts, resource)
  return reportResource(parts, resource, { situation: { kind: 'leaving', message }, reservation, recheckAfterMs })
}

function heldBy<R extends Resource, P extends Said, W extends string>(
  { capacity }: RemovalParts<R, P, W>,
  resource: R,
): Reservation | undefined {
  return hadCapacity(resource) ? capacity.find(resource) : undefined
}

/** With the object its history goes, so its events go first. Their delivery has the resource looked at again. */
async function letGo<R extends Resource, P extends Said, W extends string>(
  { resources, events, kind }: RemovalParts<R, P, W>,
  resource: R,
  steps: number,
): Promise<Outcome> {
  if (events.published(resource.uid) < steps) return recheckAfter(RETRY_MS)
  const result = await resources.letGo(resource)
  if (result.kind === 'written') return settled
  return afterUnwritten(result, `${kind.what} ${resource.namespace}/${resource.name}`, 'let go')
}
