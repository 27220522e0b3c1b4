import { keyOf } from '../../domain/reservation/reservation.ts'
import { unitsOut } from '../../domain/stock/claim.ts'
import { unseenUnits } from '../../domain/stock/unseen-units.ts'
import type { Engine } from '../engine/engine.ts'
import { isLost, isMarked } from '../engine/open-stock.ts'
import type { StockActor } from '../ledger/stock-actor.ts'
import { Undecided } from '../ledger/undecided.ts'
import { type Outcome, recheckAfter, settled } from '../outcome.ts'

const CLOSING_STEP_MS = 500
/** A stock that can't decide now is asked again. */
const UNDECIDED_MS = 2_000
/** One that lacks its marks is looked at again once it is taken over, however that ends. */
const UNOPENED_MS = 5_000

/**
 * Sees a stock that is being deleted to its end: it goes when nobody holds any of it and all its events are safe. Until
 * then it keeps our marks, whoever takes them off.
 */
export async function reconcileStock(engine: Engine, key: string): Promise<Outcome> {
  const actor = engine.stocks.find(key)
  if (actor && lacksMarks(actor)) return putBack(actor)
  if (!actor?.known.terms.terminating || !actor.known.guarded) return settled
  refuseWaiting(engine, actor)
  if (isHeld(actor)) return recheckAfter(CLOSING_STEP_MS)
  try {
    await actor.sayFarewell(() => isHeld(actor))
  } catch (error) {
    if (!(error instanceof Undecided)) throw error
    return recheckAfter(UNDECIDED_MS)
  }
  if (!actor.closed || !actor.journal.isOver) return recheckAfter(CLOSING_STEP_MS)
  await actor.mark('close')
  return settled
}

/** A client that replaces the whole object drops what it doesn't know: without them a delete would take the holds along. */
function lacksMarks({ known, stopped }: StockActor): boolean {
  return !known.terms.terminating && !stopped && !isMarked(known)
}

/** Before it is open it belongs to who takes it over, who marks it where that must come first. */
async function putBack(actor: StockActor): Promise<Outcome> {
  const { mode, known } = actor
  if (mode === 'counting' || mode === 'halted') return isLost(known) ? settled : recheckAfter(UNOPENED_MS)
  await actor.mark('open', true) // its books go on where somebody refuses that
  return settled // what the mark has changed is seen, and looked at again
}

/** Those in line are told that nothing will come. */
function refuseWaiting({ world }: Engine, actor: StockActor): void {
  for (const ticket of actor.book.waiting) {
    world.enqueue(keyOf(ticket.namespace, ticket.name))
  }
}

/** Whether something must come back first, perhaps from somebody who can't be read now; what was sold is nobody's any more. */
function isHeld({ book, closed }: StockActor): boolean {
  if (closed) return false
  if (unseenUnits(book) > 0) return true
  for (const claim of book.claims.values()) {
    const { reserved } = unitsOut(claim)
    if (reserved > 0 || claim.phase === 'Waiting' || book.terms.reclaimPolicy === 'Return') return true
  }
  return false
}
