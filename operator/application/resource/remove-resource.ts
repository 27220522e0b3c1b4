import type { Reservation } from '../../domain/reservation/reservation.ts'
import type { Resource } from '../../domain/resource/resource.ts'
import type { DeletionReason } from '../../domain/resource/resource-reasons.ts'
import { messageOf } from '../message-of.ts'
import { NotItsTurn } from '../not-its-turn.ts'
import { type Outcome, recheckAfter, settled } from '../outcome.ts'
import { afterUnwritten } from '../unwritten.ts'
import type { Capacity } from './capacity.ts'
import { hadCapacity } from './own-reservation.ts'
import type { Removal, Said } from './provider.ts'
import { removalOf } from './removal-of.ts'
import { reportResource } from './report-resource.ts'
import type { Fault, ReportParts } from './resource-parts.ts'
import type { Users } from './users.ts'

/** The same with what is given back when its provider has let go. */
export interface RemovalParts<R extends Resource, P extends Said, W extends string> extends ReportParts<R, P, W> {
  readonly capacity: Pick<Capacity, 'find' | 'giveBack'>
  /** Gives back what it has of others, such as an address; absent = it has nothing. Throws when nobody knows whether it came through. */
  readonly detach?: ((resource: R) => Promise<void>) | undefined
  /** Whether it has something of others; absent = it never has. */
  readonly holds?: ((resource: R) => boolean) | undefined
  /** Who uses it and goes first, also where it is given up; absent, or undefined = nobody. */
  readonly usedBy?: ((resource: R) => Users | undefined) | undefined
}

const RETRY_MS = 1_000
/** Of users that only their own statuses tell of nobody tells that they went. */
const USERS_MS = 10_000
const GONE: Removal = { kind: 'gone' }

/**
 * Ends a deleted resource, once nobody uses it: first what its provider has, so that nothing stands on capacity that others get; then what it
 * has of others; then its capacity; then, when the last event is out, the object. What it waits for it says, and since when.
 * Where somebody refuses, or gives no answer, it throws once that is told, to be looked at again ever more seldom; one that
 * is given up waits neither for its provider nor for others.
 */
export async function removeResource<R extends Resource, P extends Said, W extends string>(
  parts: RemovalParts<R, P, W>,
  resource: R,
): Promise<Outcome> {
  if (!resource.held) return settled
  if (resource.status?.reason === 'Deleted') return letGo(parts, resource, resource.status.steps)
  const users = parts.usedBy?.(resource)
  if (users !== undefined) return leaving(parts, resource, { ...users, recheckAfterMs: USERS_MS })
  const provider = parts.kind.providerOf(resource)
  const removal = await orFault(async () => (resource.abandoned ? GONE : removalOf(parts, resource)))
  if ('error' in removal) {
    const words = `${provider.name} does not let go of it: ${messageOf(removal.error)}; if what it has is gone for good`
    return failing(parts, resource, removal, { reason: 'ProviderFailed', message: orAbandon(parts, resource, words) })
  }
  if (removal.kind === 'going') {
    const message = orAbandon(parts, resource, `${removal.message}; if that is gone for good`)
    return leaving(parts, resource, {
      ...removal,
      reason: removal.isRefused ? 'ProviderFailed' : 'AwaitsProvider',
      message,
    })
  }
  return giveBack(parts, resource)
}

/** Its provider has nothing of it any more. */
async function giveBack<R extends Resource, P extends Said, W extends string>(
  parts: RemovalParts<R, P, W>,
  resource: R,
): Promise<Outcome> {
  const detached = await orFault(async () => parts.detach?.(resource))
  if (isFault(detached) && !resource.abandoned) {
    const words = `what it has of others is not given back: ${messageOf(detached.error)}; to go without that`
    return failing(parts, resource, detached, { reason: 'NotGivenBack', message: orAbandon(parts, resource, words) })
  }
  const given = await orFault(() => parts.capacity.giveBack(resource))
  if (isFault(given)) {
    const message = `what was reserved for it is not given back: ${messageOf(given.error)}`
    return failing(parts, resource, given, { reason: 'NotGivenBack', message })
  }
  return reportResource(parts, resource, { situation: { kind: 'left' } })
}

/** Where nothing was done there is nothing to say, but what has others of it wait, once. */
function laterOn({ status }: Resource, { error }: Fault): Outcome | undefined {
  if (!(error instanceof NotItsTurn)) return undefined
  const told = status?.conditions.find(({ type }) => type === 'Deleting')
  return error.hasFailed && told?.reason !== 'NotGivenBack' ? undefined : recheckAfter(error.recheckAfterMs)
}

async function orFault<T>(work: () => Promise<T>): Promise<T | Fault> {
  try {
    return await work()
  } catch (error) {
    return { error }
  }
}

function isFault(answer: unknown): answer is Fault {
  return typeof answer === 'object' && answer !== null && 'error' in answer
}

interface Wait {
  readonly reason: DeletionReason
  readonly message: string
  readonly recheckAfterMs?: number
  readonly fault?: Fault
}

function leaving<R extends Resource, P extends Said, W extends string>(
  parts: RemovalParts<R, P, W>,
  resource: R,
  { reason, message, recheckAfterMs, fault }: Wait,
): Promise<Outcome> {
  const situation = { kind: 'leaving', reason, message } as const
  return reportResource(parts, resource, { situation, reservation: heldBy(parts, resource), recheckAfterMs, fault })
}

/** Told first: who only threw would leave it as it was, without a word. */
async function failing<R extends Resource, P extends Said, W extends string>(
  parts: RemovalParts<R, P, W>,
  resource: R,
  fault: Fault,
  wait: Wait,
): Promise<Outcome> {
  const later = laterOn(resource, fault)
  if (later) return later
  await leaving(parts, resource, { ...wait, fault })
  if (fault.error instanceof NotItsTurn) return recheckAfter(fault.error.recheckAfterMs)
  throw fault.error
}

/** `words`: what it waits for, and when not to. */
function orAbandon<R extends Resource, P extends Said, W extends string>(
  { kind }: Pick<RemovalParts<R, P, W>, 'kind'>,
  { namespace, name }: R,
  words: string,
): string {
  return `${words}: kubectl annotate -n ${namespace} ${kind.command} ${name} kbnt.io/abandon=true`
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
