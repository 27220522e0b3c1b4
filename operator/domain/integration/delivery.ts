import { type Call, callFor, lookupFor, type Refusal, type Route, type Routes } from './call.ts'
import type { IntegrationEvent } from './integration-event.ts'

/** How the other side takes the same POST twice: it knows keys; it can be asked; neither. */
export const idempotencies = ['key', 'lookup', 'none'] as const
export type Idempotency = (typeof idempotencies)[number]

/**
 * PROCESSED: the other side has it. SKIPPED: nobody has to tell it. FAILED: it does not have it, and gets it when the
 * message comes again. NEEDS_ATTENTION: it was told, and nobody knows whether it has it.
 */
export const statuses = ['PROCESSED', 'FAILED', 'SKIPPED', 'NEEDS_ATTENTION'] as const
export type ConsumptionStatus = (typeof statuses)[number]

/** What is known when it comes to an event. */
export interface Known {
  /** Of the event; undefined: none is written yet. */
  readonly status: ConsumptionStatus | undefined
  /** Times that it was told in vain. */
  readonly attempts: number
  /** Since that was written. */
  readonly ageMs: number
  /** The other side's id of the stock. */
  readonly externalId: string | undefined
  /** Of the newest state of the stock that was put there. */
  readonly putSequence: number | undefined
  /** Of the first event of the stock that the other side will get in vain, or not before somebody has looked. */
  readonly blockedFrom: number | undefined
}

export interface DeliverySettings {
  readonly routes: Routes
  readonly idempotency: Idempotency
  /** So long after a POST without an answer the other side has taken it or never will. */
  readonly settleMs: number
}

export type Delivery =
  /** It is through. */
  | { readonly kind: 'through' }
  | { readonly kind: 'skip'; readonly reason: string }
  /** `guarded`: it must be written first that it is about to be made, as a second one could have a second effect. */
  | { readonly kind: 'call'; readonly call: Call; readonly guarded: boolean }
  /** It may have been taken: asked first. `unsettledMs`: for so long it may still be under way there, whatever the answer. */
  | { readonly kind: 'look'; readonly question: Call; readonly call: Call; readonly unsettledMs: number }
  | ({ readonly kind: 'refuse' } & Blame)

interface Blame {
  readonly cause: Refusal['cause'] | 'AfterDeadLetter'
  readonly reason: string
}

/** What to do about one event. */
export function decideDelivery(event: IntegrationEvent, known: Known, settings: DeliverySettings): Delivery {
  if (isThrough(known.status, settings.idempotency)) return { kind: 'through' }
  const route = settings.routes[event.occasion]
  if (!route) return { kind: 'skip', reason: `no route for ${event.occasion}` }
  return outOfOrder(event, route, known) ?? callsFor(event, route, { ...settings, ...known })
}

function isThrough(status: ConsumptionStatus | undefined, idempotency: Idempotency): boolean {
  return status === 'PROCESSED' || status === 'SKIPPED' || (status === 'NEEDS_ATTENTION' && idempotency === 'none')
}

/** A state that comes late is of no use, and a step without those before it would be wrong. */
function outOfOrder(
  { sequence }: IntegrationEvent,
  { method }: Route,
  { putSequence = -1, blockedFrom = Number.POSITIVE_INFINITY }: Known,
): Delivery | undefined {
  if (method !== 'POST' && sequence <= putSequence)
    return { kind: 'skip', reason: `a later state of the stock is there, of sequence ${putSequence}` }
  if (method !== 'POST' || sequence <= blockedFrom) return undefined
  const reason = `sequence ${blockedFrom} of its stock is a dead letter: what follows it would be wrong without it; redrive both, the older first`
  return { kind: 'refuse', cause: 'AfterDeadLetter', reason }
}

function callsFor(
  event: IntegrationEvent,
  route: Route,
  { status, externalId, idempotency, ageMs, settleMs }: Known & DeliverySettings,
): Delivery {
  const call = callFor(event, route, externalId)
  if (!('id' in call)) return { kind: 'refuse', ...call }
  const isPost = route.method === 'POST'
  if (!isPost || status !== 'NEEDS_ATTENTION' || route.lookup === undefined)
    return { kind: 'call', call, guarded: isPost && idempotency !== 'key' }
  const question = lookupFor(event, route.lookup, externalId)
  if (!('id' in question)) return { kind: 'refuse', ...question }
  return { kind: 'look', question, call, unsettledMs: Math.max(0, settleMs - ageMs) }
}
