import { isFinished, type Reservation } from '../../domain/reservation/reservation.ts'
import { childNameOf, type PooledResource, type ResourceStatus } from '../../domain/resource/resource.ts'
import { longAgo, msBetween } from '../clock.ts'
import { messageOf } from '../message-of.ts'
import { NotItsTurn } from '../not-its-turn.ts'
import { afterFailure, failedAs, freeResource, stillHas } from './after-failure.ts'
import { BLOCKED_MS, blocked, type ResourceAssessment, unsure } from './blocked.ts'
import { hadCapacity, linesFor, type OwnCapacity, ownCapacity } from './own-reservation.ts'
import { provideResource, whyAway } from './provide-resource.ts'
import type { Said } from './provider.ts'
import type { Assessment } from './report-resource.ts'
import type { ResourceParts, Why } from './resource-parts.ts'

/** Where a watch may lag behind what this process has done itself. */
const WATCH_LAG_MS = 5_000

/** Looks at a resource that is wanted, and does the next thing for it. May be repeated. What gives no answer is told, too. */
export async function assessResource<R extends PooledResource, P extends Said, W extends string>(
  parts: ResourceParts<R, P, W>,
  resource: R,
): Promise<ResourceAssessment<R, P, W>> {
  try {
    return await assess(parts, resource)
  } catch (error) {
    if (error instanceof NotItsTurn) throw error
    const message = `it can't be brought on: ${messageOf(error)}`
    return unanswered(resource, { message, fault: { error } })
  }
}

/** One that has failed stays so, for what it has failed for. */
function unanswered<P extends Said, W extends string>(
  resource: PooledResource,
  why: Pick<Why<W>, 'message' | 'fault'>,
): Assessment<P, W> {
  const { status } = resource
  if (status?.phase === 'Failed') return stillHas({ situation: failedAs<W>(status) }, { kind: 'going', ...why })
  return hadCapacity(resource)
    ? unsure<P, W>({ reason: 'CapacityUnconfirmed', ...why })
    : blocked<P, W>({ reason: 'ReservationRefused', ...why })
}

async function assess<R extends PooledResource, P extends Said, W extends string>(
  parts: ResourceParts<R, P, W>,
  resource: R,
): Promise<ResourceAssessment<R, P, W>> {
  const own = await ownCapacity(parts, resource)
  const { reservation, doubt } = own
  if (hasFailed(resource.status)) return failedBefore(parts, resource, resource.status, own)
  if (doubt?.surely && hadCapacity(resource)) return lose(parts, resource, own)
  if (doubt) return hadCapacity(resource) ? unsure<P, W>(doubt) : blocked<P, W>(doubt)
  if (!reservation) return hadCapacity(resource) ? lose(parts, resource, own) : begin(parts, resource)
  return hadCapacity(resource) ? goOn(parts, resource, reservation) : awaitCapacity(parts, resource, reservation)
}

async function failedBefore<R extends PooledResource, P extends Said, W extends string>(
  parts: ResourceParts<R, P, W>,
  resource: R,
  status: ResourceStatus,
  own: OwnCapacity,
): Promise<Assessment<P, W>> {
  if (status.reason === 'CapacityLost') return lose(parts, resource, own)
  return afterFailure(parts, resource, status, own.doubt ? undefined : own.reservation)
}

/** Of one that stands on it already. */
async function goOn<R extends PooledResource, P extends Said, W extends string>(
  parts: ResourceParts<R, P, W>,
  resource: R,
  reservation: Reservation,
): Promise<ResourceAssessment<R, P, W>> {
  const phase = reservation.status?.phase
  if (phase === 'Confirmed') return provideResource(parts, resource, reservation)
  if (isFinished(phase)) return lose(parts, resource, { reservation })
  return { ...unsure<P, W>({ reason: 'CapacityUnconfirmed', message: unconfirmed(reservation) }), reservation }
}

async function awaitCapacity<R extends PooledResource, P extends Said, W extends string>(
  parts: ResourceParts<R, P, W>,
  resource: R,
  reservation: Reservation,
): Promise<ResourceAssessment<R, P, W>> {
  const { phase, reason = 'ReservationRefused', message = '' } = reservation.status ?? {}
  if (phase === 'Confirmed' && !reservation.deleting) return takeOver(parts, resource, reservation)
  if (isFinished(phase)) return { situation: { kind: 'failed', reason, message }, reservation }
  if (phase === 'Waiting')
    return { situation: { kind: 'reserving', reason: 'WaitingForCapacity', message }, reservation }
  return reserving(parts, resource, reservation)
}

/** Nobody can tell who has asked for it, and the rules may have changed since: what is against it gives it back. */
async function takeOver<R extends PooledResource, P extends Said, W extends string>(
  parts: ResourceParts<R, P, W>,
  resource: R,
  reservation: Reservation,
): Promise<ResourceAssessment<R, P, W>> {
  const against = againstRules(parts, resource) ?? hindrance(parts, resource)
  if (!against) return provideResource(parts, resource, reservation)
  // What was made may not have been told. A storage has nothing of others, and its data is left as it is.
  if (parts.kind.attachments) {
    const removal = await freeResource(parts, resource)
    if (removal.kind === 'going') return stillHas(against, removal)
  }
  await parts.capacity.giveBack(resource)
  parts.askedAt.delete(resource.uid)
  return against
}

/** For good: a broken policy is looked at again, it may have been changed. */
function hasFailed(status: ResourceStatus | undefined): status is ResourceStatus {
  return status?.phase === 'Failed' && status.reason !== 'PolicyViolation'
}

/** Asks for its capacity, unless something is against it that would have to be given back at once. */
async function begin<R extends PooledResource, P extends Said, W extends string>(
  parts: ResourceParts<R, P, W>,
  resource: R,
): Promise<Assessment<P, W>> {
  const { capacity, askedAt, clock } = parts
  const { uid } = resource
  if (msBetween(askedAt.get(uid) ?? longAgo, clock.tick()) < WATCH_LAG_MS) return reserving(parts, resource)
  const away = await whyAway(parts, resource)
  if (away) return blocked<P, W>(away)
  const against = hindrance(parts, resource) ?? againstRules(parts, resource)
  if (against) return withoutOthers(parts, resource, against)
  const missing = parts.kind.attachments?.missing(resource)
  if (missing) return blocked<P, W>(missing)
  const answer = linesFor(parts, resource)
  if (answer.kind === 'trouble') return blocked<P, W>(answer)
  askedAt.set(uid, clock.tick()) // before the call: another one of its owner must count it from now on
  const asked = await capacity.ask(resource, answer.lines, parts.kind.providerOf(resource).name)
  if (!('reason' in asked)) return reserving(parts, resource)
  askedAt.delete(uid)
  const reason = asked.kind === 'taken' ? 'ReservationNotOwn' : 'ReservationRefused'
  return blocked<P, W>({ reason, message: asked.reason })
}

/** Where an answer was lost it may have of others what nobody knew of when it was against the rules. */
async function withoutOthers<R extends PooledResource, P extends Said, W extends string>(
  parts: ResourceParts<R, P, W>,
  resource: R,
  against: Assessment<P, W>,
): Promise<Assessment<P, W>> {
  if (!parts.kind.attachments?.holds(resource)) return against
  const removal = await freeResource(parts, resource)
  return removal.kind === 'going' ? stillHas(against, removal) : against
}

function hindrance<R extends PooledResource, P extends Said, W extends string>(
  { kind }: ResourceParts<R, P, W>,
  resource: R,
): Assessment<P, W> | undefined {
  const obstacle = kind.obstacle(resource)
  return obstacle && blocked<P, W>(obstacle)
}

function againstRules<R extends PooledResource, P extends Said, W extends string>(
  parts: ResourceParts<R, P, W>,
  resource: R,
): Assessment<P, W> | undefined {
  const message = violationOf(parts, resource)
  if (message === undefined) return undefined
  return { situation: { kind: 'failed', reason: 'PolicyViolation', message }, recheckAfterMs: BLOCKED_MS }
}

function violationOf<R extends PooledResource, P extends Said, W extends string>(
  parts: ResourceParts<R, P, W>,
  resource: R,
): string | undefined {
  const { what, maxPerOwner = Infinity, violation } = parts.kind
  const broken = violation(resource)
  if (broken !== undefined || resource.spec.owner === undefined) return broken
  const others = maxPerOwner === Infinity ? 0 : othersOfOwner(parts, resource)
  return others >= maxPerOwner
    ? `${resource.spec.owner} has ${others} ${what}s; ${maxPerOwner} are allowed for one owner`
    : undefined
}

/** Its books may have been restored: the engine confirms it again, or ends it. */
function unconfirmed({ name, status }: Reservation): string {
  return `reservation ${name} held its capacity and is ${status?.phase ?? 'not decided'} now`
}

function reserving<R extends PooledResource, P extends Said, W extends string>(
  { kind }: ResourceParts<R, P, W>,
  resource: R,
  reservation?: Reservation,
): Assessment<P, W> {
  const message = `asks for ${kind.asks(resource)} of pool ${resource.spec.pool}`
  return { situation: { kind: 'reserving', reason: 'Reserving', message }, reservation, recheckAfterMs: WATCH_LAG_MS }
}

/** Others of its owner that have capacity or were let through to ask for it. */
function othersOfOwner<R extends PooledResource, P extends Said, W extends string>(
  { resources, capacity, askedAt }: ResourceParts<R, P, W>,
  { uid, spec }: R,
): number {
  let count = 0
  for (const other of resources.all()) {
    if (other.uid === uid || other.spec.owner !== spec.owner || hasFailed(other.status)) continue
    if (askedAt.has(other.uid) || capacity.find(other)) count += 1
  }
  return count
}

/** It must not go on with what it does not hold. */
async function lose<R extends PooledResource, P extends Said, W extends string>(
  { kind }: ResourceParts<R, P, W>,
  resource: R,
  { reservation, doubt }: OwnCapacity,
): Promise<Assessment<P, W>> {
  const gone = doubt ? 'was deleted, and the one that has its name is not its own' : 'was deleted'
  const { phase, reason } = reservation?.status ?? {}
  const why = reservation && !doubt ? `is ${phase} (${reason})` : gone
  const message =
    `its reservation ${childNameOf(resource)} ${why}, so its capacity is lost and ${await kind.afterLoss(resource)}; ` +
    `delete this ${kind.name} and apply it again`
  return { situation: { kind: 'failed', reason: 'CapacityLost', message } }
}
