import type { Reservation } from '../../domain/reservation/reservation.ts'
import { forgets } from '../../domain/resource/history.ts'
import { childNameOf, type HourlyCost, type Resource, type StatusOf } from '../../domain/resource/resource.ts'
import type { Situation } from '../../domain/resource/situation.ts'
import { SKEW_RETRY_MS } from '../clock-skew.ts'
import { markNext, sooner } from '../event/published-mark.ts'
import { type Outcome, recheckAfter, settled } from '../outcome.ts'
import { sameButForWords } from '../same-but-for-words.ts'
import { sameValue } from '../same-value.ts'
import { afterUnwritten } from '../unwritten.ts'
import type { Said } from './provider.ts'
import type { Fault, ReportParts } from './resource-parts.ts'

/** What one look at a resource has found. */
export interface Assessment<P, W extends string> {
  readonly situation: Situation<P, W>
  /** Its reservation, if there is one. */
  readonly reservation?: Reservation | undefined
  /** When to look again where nothing else would tell. */
  readonly recheckAfterMs?: number | undefined
  /** Why somebody gave no answer; to be thrown once the rest is told. */
  readonly fault?: Fault | undefined
}

const UNPUBLISHED_MS = 1_000

/**
 * Stores what was found, when it differs from what is stored, and sends its events. Where the clock went wrong meanwhile
 * nothing is stored, and the resource is looked at again: what is stored has the time in it.
 */
export async function reportResource<R extends Resource, P extends Said, W extends string>(
  parts: ReportParts<R, P, W>,
  resource: R,
  assessment: Assessment<P, W>,
): Promise<Outcome> {
  if (parts.skew.excessMs() !== 0) return recheckAfter(SKEW_RETRY_MS)
  const next = statusOf(parts, resource, assessment)
  const recheck = assessment.recheckAfterMs === undefined ? settled : recheckAfter(assessment.recheckAfterMs)
  if (isToldAlready(resource.status, next)) return markPublished(parts, resource, next, recheck)
  const isTooSoon = assessment.fault !== undefined && !parts.nextTries.mayTell(resource.uid)
  if (isTooSoon && isSameButForWords(resource.status, next)) return recheck
  if (forgets(next)) return recheckAfter(UNPUBLISHED_MS) // its events come first, or they would be lost
  return store(parts, resource, next, recheck)
}

function statusOf<R extends Resource, P extends Said, W extends string>(
  { kind, clock, events, maxTries }: ReportParts<R, P, W>,
  resource: R,
  { situation, reservation }: Assessment<P, W>,
): StatusOf<R> {
  const holds = reservation?.status?.phase === 'Confirmed'
  const reservationUID = holds ? reservation.uid : resource.status?.reservationUID
  return kind.statusAfter(resource, situation, {
    at: new Date(clock.now()).toISOString(),
    provider: kind.providerOf(resource).name,
    reservation: reservation || resource.status?.reservation ? childNameOf(resource) : undefined,
    reservationUID,
    capacity: holds ? { cost: costOf(reservation) } : undefined,
    published: events.published(resource.uid),
    maxTries,
  })
}

/** The prices of pools are per unit and hour, so what its units cost together is the resource's cost of an hour. */
function costOf({ status }: Reservation): HourlyCost[] {
  return (status?.totalPrice ?? []).map(({ amount, currency }) => ({ hourly: amount, currency }))
}

function isToldAlready(before: Resource['status'], next: NonNullable<Resource['status']>): boolean {
  return before !== undefined && sameValue(before, { ...next, published: before.published })
}

/** Each write has it looked at again: a fault whose words differ each time, as by a port, would be asked for without end. */
function isSameButForWords(before: Resource['status'], next: NonNullable<Resource['status']>): boolean {
  return before !== undefined && sameButForWords(before, { ...next, published: before.published })
}

/** What is published is marked by itself only when nothing else has been written for a while. */
async function markPublished<R extends Resource, P extends Said, W extends string>(
  parts: ReportParts<R, P, W>,
  resource: R,
  next: StatusOf<R>,
  recheck: Outcome,
): Promise<Outcome> {
  const before = resource.status as StatusOf<R>
  if (parts.kind.passing.has(before.reason)) return recheck
  const due = markNext(before, next.published, parts.clock.now())
  if (due === 'nothing') return recheck
  return due === 'mark' ? store(parts, resource, next, recheck) : sooner(recheck, due.lookAfterMs)
}

async function store<R extends Resource, P extends Said, W extends string>(
  parts: ReportParts<R, P, W>,
  resource: R,
  next: StatusOf<R>,
  recheck: Outcome,
): Promise<Outcome> {
  const result = await parts.resources.report(resource, next)
  if (result.kind !== 'written')
    return afterUnwritten(result, `the status of ${parts.kind.what} ${resource.namespace}/${resource.name}`)
  const added = next.steps - (resource.status?.steps ?? 0)
  parts.observer.told(resource, next, added > 0 ? next.history.slice(-added) : [])
  parts.events.send(result.resource)
  return recheck
}
