import { attention, type OrderDecision, type OrderFacts, report, rest, wait } from './decision.ts'
import { goOn } from './go-on.ts'
import { isLookedFor, lookLate } from './late-look.ts'
import { isOpened, unopened } from './opened.ts'
import { isOver, type Order, type OrderStatus, orderIdOf } from './order.ts'
import { isOpen } from './payment.ts'
import { resolve } from './resolve.ts'
import { takeAnswer } from './take-answer.ts'
import { beginUndo, stockIsOut, undo } from './undo.ts'
import { whyUndo } from './why-undo.ts'

/**
 * The next step of an order, from what is stored of it and what has been heard. Pure and total.
 *
 *           ┌─ check user ─▶ hold stock ─▶ take payment ─▶ sell stock ─▶ made ─▶ notify ─▶ Completed
 *  Order ───┤      │             │              │              │
 *           └──────┴── refused ──┴── no stock ──┴── declined ──┴── hold ran out ──▶ money back, stock back ─▶ Cancelled
 *
 * Nothing is sent that was not stored before as intended, and what is not known is asked for before it is sent again.
 */
export function decideOrder(facts: OrderFacts): OrderDecision {
  const { order } = facts
  const { status } = order
  if (isLost(order)) return isOver(status) ? atEnd(order) : lost(facts)
  const news = takeAnswer(facts)
  if (news) return news
  const resolution = resolve(status)
  if (resolution) return report(resolution)
  if (status && isOver(status)) return afterEnd(facts, status)
  if (status?.undoing) return reopen(facts) ?? undo(facts, status.undoing)
  const objection = whyUndo(facts)
  return objection ? beginUndo(facts, objection) : goOn(facts)
}

/**
 * Its status was that of another order, or is gone: what was paid for it can't be known from it. Once told, that stays until
 * an administrator has looked; annotations, which many may write, neither end it nor begin it beside a status of its own.
 */
function isLost({ opened, uid, status }: Order): boolean {
  if (status === undefined) return opened !== undefined
  if (status.phase === 'NeedsAttention' && status.reason === 'StatusLost') return true
  return status.orderId !== orderIdOf({ uid })
}

function lost(facts: OrderFacts): OrderDecision {
  const { status } = facts.order
  const { resolution } = status ?? {}
  if (status?.reason === 'StatusLost' && resolution && resolution.at !== status.resolvedAt) {
    const { payment, at } = resolution
    const message = `${resolution.by} says: ${payment}`
    const steps = [['Resolve', message]] as const
    const end = payment === 'Taken' ? 'Completed' : 'Cancelled'
    return report({
      phase: end,
      reason: 'Resolved',
      message,
      resolvedAt: at,
      truths: { Paid: payment === 'Taken' },
      steps,
    })
  }
  const message =
    `its status is lost or was restored from a backup; the provider knows its payment as ${facts.order.opened}, if there is one: ` +
    'look there, then write status.resolution'
  const told = attention(facts, 'StatusLost', message)
  // what somebody has said before was said of the order that this was
  return told.kind === 'report' && resolution ? report({ ...told.change, resolvedAt: resolution.at }) : told
}

/**
 * Somebody has taken its finalizer off, and a deletion would take it along with what is still to go back. Where that can't
 * be put on for long, it goes back all the same. Undefined = nothing of that.
 */
function reopen(facts: OrderFacts): OrderDecision | undefined {
  const { order, refused } = facts
  if (isOpened(order) || order.deleting) return undefined
  if (!isOpen(order.status?.payment) && !stockIsOut(facts)) return undefined
  return refused.open === undefined ? { kind: 'open' } : unopened(facts, refused.open)
}

function atEnd({ deleting }: Order): OrderDecision {
  return deleting ? { kind: 'letGo' } : rest
}

/** Nothing is done any more, but for what came too late. */
function afterEnd(facts: OrderFacts, status: OrderStatus): OrderDecision {
  const { order } = facts
  const { payment } = status
  const isKept = keepsStock(facts, status)
  if (isKept && facts.refused.release === undefined) return { kind: 'release' }
  if (status.phase === 'Completed' && order.spec.cancel && status.reason !== 'CancelledTooLate') {
    const message = 'paid and sold before it was cancelled; give its stock and its money back by hand'
    return report({ phase: 'Completed', reason: 'CancelledTooLate', message })
  }
  if (order.deleting && !isLookedFor(payment, facts)) return { kind: 'letGo' }
  if (payment?.lookUpAt !== undefined) return lookLate(facts, payment.lookUpAt)
  return isKept ? wait() : rest
}

/** It came to nothing, and has stock that was not asked back. */
function keepsStock(facts: OrderFacts, { phase }: OrderStatus): boolean {
  return phase === 'Cancelled' && stockIsOut(facts) && facts.reservation?.spec.state !== 'Released'
}
