import { isFinished, type Reservation } from '../../domain/reservation/reservation.ts'
import { linesOf } from '../../domain/resource/pool.ts'
import { childNameOf, isTrue, type Resource, type ResourceStatus } from '../../domain/resource/resource.ts'
import { longAgo, msBetween } from '../clock.ts'
import type { Said } from './provider.ts'
import type { Assessment } from './report-resource.ts'
import type { ResourceParts, Why } from './resource-parts.ts'

/** Where a watch may lag behind what this process has done itself. */
const WATCH_LAG_MS = 5_000
/** What nobody would tell us of is looked at again. */
const BLOCKED_MS = 10_000

/** Looks at a resource that is wanted, and does the next thing for it. May be repeated. */
export async function assessResource<R extends Resource, P extends Said, W extends string>(
  parts: ResourceParts<R, P, W>,
  resource: R,
): Promise<Assessment<P, W>> {
  const reservation = await reservationOf(parts, resource)
  if (hasFailed(resource.status)) return afterFailure(parts, resource, resource.status, reservation)
  if (!reservation) return hadCapacity(resource) ? lose(parts, resource, reservation) : begin(parts, resource)
  const { phase, reason = 'ReservationRefused', message = '' } = reservation.status ?? {}
  if (phase === 'Confirmed') return provide(parts, resource, reservation)
  if (isFinished(phase)) {
    if (hadCapacity(resource)) return lose(parts, resource, reservation)
    return { situation: { kind: 'failed', reason, message }, reservation }
  }
  if (hadCapacity(resource))
    return { ...unsure<P, W>({ reason: 'CapacityUnconfirmed', message: unconfirmed(reservation) }), reservation }
  if (phase === 'Waiting')
    return { situation: { kind: 'reserving', reason: 'WaitingForCapacity', message }, reservation }
  return reserving(parts, resource, reservation)
}

/** What has been there and is missing in the watch is asked of the store itself. */
async function reservationOf<R extends Resource, P extends Said, W extends string>(
  { capacity }: ResourceParts<R, P, W>,
  resource: R,
): Promise<Reservation | undefined> {
  const seen = capacity.find(resource)
  return seen || !hadCapacity(resource) ? seen : capacity.read(resource)
}

/** What its provider has was made on capacity. */
function hadCapacity({ status }: Resource): boolean {
  return isTrue(status, 'CapacityReserved') || isTrue(status, 'Provisioned')
}

/** For good: a broken policy is looked at again, it may have been changed. */
function hasFailed(status: ResourceStatus | undefined): status is ResourceStatus {
  return status?.phase === 'Failed' && status.reason !== 'PolicyViolation'
}

/** Asks for its capacity, unless something is against it that would have to be given back at once. */
async function begin<R extends Resource, P extends Said, W extends string>(
  parts: ResourceParts<R, P, W>,
  resource: R,
): Promise<Assessment<P, W>> {
  const { kind, capacity, pools, askedAt, clock } = parts
  const { spec, uid } = resource
  if (msBetween(askedAt.get(uid) ?? longAgo, clock.tick()) < WATCH_LAG_MS) return reserving(parts, resource)
  const obstacle = await obstacleOf(parts, resource)
  if (obstacle !== undefined) return blocked<P, W>(obstacle)
  const violation = violationOf(parts, resource)
  if (violation !== undefined)
    return { situation: { kind: 'failed', reason: 'PolicyViolation', message: violation }, recheckAfterMs: BLOCKED_MS }
  const stocks = pools.stocksOf(spec.poolNamespace, spec.pool)
  if (!stocks)
    return blocked<P, W>({
      reason: 'PoolMissing',
      message: `the stocks of namespace ${spec.poolNamespace} can't be listed`,
    })
  const answer = linesOf(spec, kind.wants(resource), stocks)
  if (answer.kind === 'trouble') return blocked<P, W>(answer)
  askedAt.set(uid, clock.tick()) // before the call: another one of its owner must count it from now on
  const asked = await capacity.ask(resource, answer.lines)
  if (asked.kind !== 'refused') return reserving(parts, resource)
  askedAt.delete(uid)
  return blocked<P, W>({ reason: 'ReservationRefused', message: asked.reason })
}

async function obstacleOf<R extends Resource, P extends Said, W extends string>(
  { kind }: ResourceParts<R, P, W>,
  resource: R,
): Promise<Why<W> | undefined> {
  const message = await kind.providerOf(resource).unavailable(resource.namespace)
  return message === undefined ? kind.obstacle(resource) : { reason: 'ProviderUnavailable', message }
}

function violationOf<R extends Resource, P extends Said, W extends string>(
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

function blocked<P, W extends string>({ reason, message }: Why<W>): Assessment<P, W> {
  return { situation: { kind: 'blocked', reason, message }, recheckAfterMs: BLOCKED_MS }
}

function unsure<P, W extends string>({ reason, message }: Why<W>): Assessment<P, W> {
  return { situation: { kind: 'unsure', reason, message }, recheckAfterMs: BLOCKED_MS }
}

/** Its books may have been restored: the engine confirms it again, or ends it. */
function unconfirmed({ name, status }: Reservation): string {
  return `reservation ${name} held its capacity and is ${status?.phase ?? 'not decided'} now`
}

function reserving<R extends Resource, P extends Said, W extends string>(
  { kind }: ResourceParts<R, P, W>,
  resource: R,
  reservation?: Reservation,
): Assessment<P, W> {
  const message = `asks for ${kind.asks(resource)} of pool ${resource.spec.pool}`
  return { situation: { kind: 'reserving', reason: 'Reserving', message }, reservation, recheckAfterMs: WATCH_LAG_MS }
}

/** Others of its owner that have capacity or were let through to ask for it. */
function othersOfOwner<R extends Resource, P extends Said, W extends string>(
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

async function provide<R extends Resource, P extends Said, W extends string>(
  { kind }: ResourceParts<R, P, W>,
  resource: R,
  reservation: Reservation,
): Promise<Assessment<P, W>> {
  const provider = kind.providerOf(resource)
  const message = await provider.unavailable(resource.namespace)
  if (message !== undefined) {
    const why: Why<W> = { reason: 'ProviderUnavailable', message }
    return { ...(isTrue(resource.status, 'Provisioned') ? unsure<P, W>(why) : blocked<P, W>(why)), reservation }
  }
  const provided = await provider.ensure(resource)
  return { situation: { kind: 'provided', provided }, reservation, recheckAfterMs: provided.recheckAfterMs }
}

/** It must not go on with what it does not hold. */
async function lose<R extends Resource, P extends Said, W extends string>(
  { kind }: ResourceParts<R, P, W>,
  resource: R,
  reservation: Reservation | undefined,
): Promise<Assessment<P, W>> {
  const why = reservation ? `is ${reservation.status?.phase} (${reservation.status?.reason})` : 'was deleted'
  const message =
    `its reservation ${childNameOf(resource)} ${why}, so its capacity is lost and ${await kind.afterLoss(resource)}; ` +
    `delete this ${kind.name} and apply it again`
  return { situation: { kind: 'failed', reason: 'CapacityLost', message } }
}

/** Frees what a failed one still has: first its provider's part, then its capacity. */
async function afterFailure<R extends Resource, P extends Said, W extends string>(
  parts: ResourceParts<R, P, W>,
  resource: R,
  status: ResourceStatus,
  reservation: Reservation | undefined,
): Promise<Assessment<P, W>> {
  if (status.reason === 'CapacityLost') return lose(parts, resource, reservation)
  const told = asFailed<P, W>(status)
  if (!reservation || isFinished(reservation.status?.phase)) return told
  const removal = await parts.kind.providerOf(resource).remove(resource)
  if (removal.kind === 'going') return { ...told, reservation, recheckAfterMs: removal.recheckAfterMs }
  await parts.capacity.giveBack(resource)
  return told
}

/** As it was told when it failed. */
function asFailed<P, W extends string>({ reason, message }: ResourceStatus): Assessment<P, W> {
  return { situation: { kind: 'failed', reason: reason as Why<W>['reason'], message } }
}
