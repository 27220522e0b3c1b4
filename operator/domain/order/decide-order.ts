import { attention, callWhenRested, type OrderDecision, type OrderFacts, report, rest, wait } from './decision.ts'
import { goOn } from './go-on.ts'
import { isOver, type Order, type OrderStatus, orderIdOf } from './order.ts'
import { resolved } from './payment.ts'
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
  if (status && isOver(status)) return afterEnd(facts, status)
  const resolution = resolve(facts)
  if (resolution) return resolution
  if (status?.undoing) return isReleased(order) ? { kind: 'open' } : undo(facts, status.undoing)
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
  return attention(facts, 'StatusLost', message)
}

/** Somebody has taken its finalizer off, and a deletion would take it along with money that is still to go back. */
function isReleased({ held, opened, uid, deleting }: Order): boolean {
  return (!held || opened !== uid) && !deleting
}

/** What an administrator has found out wins over what we know. */
function resolve({ order }: OrderFacts): OrderDecision | undefined {
  const { status } = order
  const { resolution } = status ?? {}
  if (!status?.payment || !resolution || resolution.at === status.resolvedAt) return undefined
  const payment = resolved(status.payment, resolution)
  const message = `${resolution.by} says: ${resolution.payment}, ${resolution.reference}`
  const isTaken = payment.state === 'Taken'
  const truths = { Paid: isTaken, ...(isTaken && status.reason === 'StockUnclear' && { StockSold: true }) }
  const phase = status.undoing ? 'Cancelling' : 'Confirming'
  return report({
    phase,
    reason: 'Resolved',
    message,
    payment,
    truths,
    resolvedAt: resolution.at,
    steps: [['Resolve', message]],
  })
}

function atEnd({ deleting }: Order): OrderDecision {
  return deleting ? { kind: 'letGo' } : rest
}

/** Nothing is done any more, but for what came too late. */
function afterEnd(facts: OrderFacts, status: OrderStatus): OrderDecision {
  const { order, reservation, now } = facts
  const { payment } = status
  if (status.phase === 'Cancelled' && stockIsOut(facts) && reservation?.spec.state !== 'Released')
    return { kind: 'release' }
  if (status.madeAt !== undefined && order.spec.cancel && status.reason === 'Completed') {
    const message = 'paid and sold before it was cancelled; give its stock and its money back by hand'
    return report({ phase: 'Completed', reason: 'CancelledTooLate', message })
  }
  if (order.deleting) return { kind: 'letGo' }
  if (payment?.lookUpAt === undefined) return rest
  const dueMs = Date.parse(payment.lookUpAt) - now
  return dueMs > 0 ? wait(dueMs) : callWhenRested(facts, 'find')
}
