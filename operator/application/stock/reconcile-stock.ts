import { keyOf } from '../../domain/reservation/reservation.ts'
import { unitsOut } from '../../domain/stock/claim.ts'
import type { Engine } from '../engine.ts'
import type { StockActor } from '../ledger/stock-actor.ts'
import { type Outcome, recheckAfter, settled } from '../outcome.ts'

const CLOSING_STEP_MS = 500

/**
 * Sees a stock that is being deleted to its end: it goes when nobody holds any of it and all its events are safe. Until
 * then it keeps our marks, whoever takes them off.
 */
export async function reconcileStock(engine: Engine, key: string): Promise<Outcome> {
  const actor = engine.stocks.find(key)
  if (actor && lacksMarks(actor)) await actor.mark('open')
  if (!actor?.known.terms.terminating || !actor.known.guarded) return settled
  refuseWaiting(engine, actor)
  if (holds(actor) > 0) return recheckAfter(CLOSING_STEP_MS)
  if (!actor.closed) await actor.sayFarewell(() => holds(actor) > 0)
  if (!actor.closed || actor.journal.entries.length > 0) return recheckAfter(CLOSING_STEP_MS)
  await actor.mark('close')
  return settled
}

/** A client that replaces the whole object drops what it doesn't know: without them a delete would take the holds along. */
function lacksMarks({ known, closedBecause, stopped }: StockActor): boolean {
  const { terms, openedAs, uid, guarded, unreadable } = known
  if (terms.terminating || stopped || unreadable !== undefined || closedBecause?.reason === 'StatusLost') return false
  return openedAs !== uid || !guarded
}

/** Those in line are told that nothing will come. */
function refuseWaiting({ world }: Engine, actor: StockActor): void {
  for (const ticket of actor.book.waiting) {
    const request = actor.requestOf(ticket.uid)
    if (request) world.enqueue(keyOf(request.namespace, request.name))
  }
}

/** Reservations that have something out which must come back first; what was sold is nobody's any more. */
function holds({ book }: StockActor): number {
  let count = 0
  for (const claim of book.claims.values()) {
    const { reserved } = unitsOut(claim)
    if (reserved > 0 || claim.phase === 'Waiting' || book.terms.reclaimPolicy === 'Return') count += 1
  }
  return count
}
