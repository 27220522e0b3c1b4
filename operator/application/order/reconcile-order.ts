import { decideOrder } from '../../domain/order/decide-order.ts'
import {
  type Change,
  movesMoney,
  type OrderDecision,
  type OrderFacts,
  type Refusals,
} from '../../domain/order/decision.ts'
import { isOpened, TAKEN_OFF } from '../../domain/order/opened.ts'
import { isOver, type Order } from '../../domain/order/order.ts'
import { unplaced } from '../../domain/order/unplaced.ts'
import { SKEW_RETRY_MS } from '../clock-skew.ts'
import { type Outcome, recheckAfter, settled } from '../outcome.ts'
import { afterUnwritten, denialOf } from '../unwritten.ts'
import type { OrderParts } from './order-parts.ts'
import type { AskedHold, FoundHold } from './order-stock.ts'
import { letGo, markPublished, reportOrder } from './report-order.ts'
import { servingTime } from './serving-time.ts'

/** More steps in a row than any order has: the next look goes on. */
const MOST_STEPS = 16
/** What goes on and on by itself is no way to write without end. */
const TOO_MANY_STEPS_MS = 1_000
/** Where a watch may lag behind what this process has done itself. */
const WATCH_LAG_MS = 5_000
/** A date that is far away is looked at again before it: the clock may have been set. */
const LONGEST_WAIT_MS = 3_600_000
/** Whoever waits for a place is looked at when there is one; until then its hold may have to be extended. */
const PLACELESS_MS = 30_000

type Stride =
  /** `refused`: what was denied, so that something else is done. */
  | { readonly kind: 'on'; readonly order: Order; readonly refused?: Refusals }
  /** `leaves`: it wants no place at a service now. */
  | { readonly kind: 'done'; readonly outcome: Outcome; readonly leaves?: true }

/** What is asked of its stock. */
type OfStock = Extract<OrderDecision, { kind: 'hold' | 'extend' | 'confirm' | 'release' }>

const done = (outcome: Outcome): Extract<Stride, { kind: 'done' }> => ({ kind: 'done', outcome })
const leaving = (outcome: Outcome) => ({ ...done(outcome), leaves: true }) as const

/**
 * Brings one order as far as it goes by itself: gather, decide, act, report, and again with what was stored. Calls to
 * others are only begun here: their answers have the order looked at again. Safe to repeat. While the clock is wrong
 * nothing is done.
 */
export async function reconcileOrder(parts: OrderParts, key: string): Promise<Outcome> {
  const seen = parts.orders.find(key)
  if (!seen) return settled
  parts.events.send(seen)
  try {
    const { outcome, leaves } = await strides(parts, seen)
    if (leaves) parts.calls.leave(seen.uid)
    return outcome // one that was only extended, or not stored, keeps its turn in the line
  } finally {
    parts.calls.giveBack(seen.uid)
  }
}

async function strides(parts: OrderParts, seen: Order): Promise<Extract<Stride, { kind: 'done' }>> {
  if (!(await parts.clockIsRight(seen))) return done(recheckAfter(SKEW_RETRY_MS))
  let order = seen
  let refused: Refusals = {}
  for (let steps = 0; steps < MOST_STEPS; steps += 1) {
    const facts = await gather(parts, order, refused)
    const stride = await act(parts, facts, decideOrder(facts))
    if (stride.kind === 'done') return stride
    order = stride.order
    refused = { ...refused, ...stride.refused } // all of them: what can't be had one way is not asked for in turns
  }
  return done(recheckAfter(TOO_MANY_STEPS_MS))
}

async function gather(parts: OrderParts, order: Order, refused: Refusals): Promise<OrderFacts> {
  const { calls, intents, payments, stock } = parts
  const found = await holdOf(parts, order)
  const terms = payments.get(order.status?.payment?.provider ?? order.spec.payment.provider)
  return {
    ...{ order, ...servingTime(parts) },
    ...{ reservation: found?.reservation, ours: found?.ours ?? false },
    lends: found && stock.lends(found.reservation),
    ...{ refused, terms, sendable: intents.sendable(order), neverSent: intents.neverSent(order) },
    ...calls.known(order),
  }
}

/** What may be there and is missing in the watch is asked of the store itself, but for orders that are over. */
async function holdOf({ stock }: OrderParts, order: Order): Promise<FoundHold | undefined> {
  const seen = stock.find(order)
  const may = order.status?.reservation !== undefined && !isOver(order.status)
  return seen || !may ? seen : stock.read(order)
}

async function act(parts: OrderParts, facts: OrderFacts, decision: OrderDecision): Promise<Stride> {
  const { order } = facts
  switch (decision.kind) {
    case 'report': {
      const { intent } = decision.change.payment ?? {}
      const isIntended = intent !== undefined && intent.at !== order.status?.payment?.intent?.at
      // without a place it would lie there until it may not be sent any more
      if (isIntended && !parts.calls.place(order, intent.call)) return withoutPlace(parts, facts, decision.change)
      return reportOrder(parts, order, decision.change)
    }
    case 'open':
      return opened(parts, order)
    case 'call':
      return call(parts, order, decision.call)
    case 'wait':
      return waiting(parts, order, decision)
    case 'letGo':
      return leaving(await letGo(parts, order))
    default:
      return ofStock(parts, facts, decision)
  }
}

/** Nothing follows from it where somebody does not allow it, or takes off with the same write what it puts on. */
async function opened(parts: OrderParts, order: Order): Promise<Stride> {
  const result = await parts.orders.open(order)
  const isWritten = result.kind === 'written'
  if (isWritten && isOpened(result.order)) return { kind: 'on', order: result.order }
  const denial = isWritten ? undefined : denialOf(result)
  if (!isWritten && denial === undefined)
    return done(afterUnwritten(result, `order ${order.namespace}/${order.name}`, 'opened'))
  return { kind: 'on', order: isWritten ? result.order : order, refused: { open: denial ?? TAKEN_OFF } }
}

function call(
  { calls, intents, leading }: OrderParts,
  order: Order,
  name: Extract<OrderDecision, { kind: 'call' }>['call'],
): Stride {
  if (!calls.place(order, name)) return waitingInLine
  calls.begin(order, name, movesMoney(name) ? intents.take(order) : leading)
  return done(settled)
}

const waitingInLine = done(recheckAfter(PLACELESS_MS))

/** It is told once that it waits. */
async function withoutPlace(parts: OrderParts, facts: OrderFacts, change: Change): Promise<Stride> {
  const { order } = facts
  const { intent } = change.payment ?? {}
  const told = intent && unplaced(facts, change, parts.calls.trouble(order, intent.call))
  if (!told) return waitingInLine
  const reported = await reportOrder(parts, order, told)
  return reported.kind === 'on' ? waitingInLine : reported
}

async function waiting(
  parts: OrderParts,
  order: Order,
  { forMs, usedUp }: Extract<OrderDecision, { kind: 'wait' }>,
): Promise<Stride> {
  if (usedUp) parts.calls.usedUp(order.uid)
  const recheck = forMs === undefined ? settled : recheckAfter(Math.min(forMs, LONGEST_WAIT_MS))
  return leaving(await markPublished(parts, order, recheck))
}

async function ofStock(parts: OrderParts, facts: OrderFacts, decision: OfStock): Promise<Stride> {
  const { kind } = decision
  const asked = await askStock(parts, facts, decision)
  if (asked.kind === 'refused') return { kind: 'on', order: facts.order, refused: { [kind]: asked.reason } }
  const keepsTurn = kind === 'hold' || kind === 'extend'
  return (keepsTurn ? done : leaving)(recheckAfter(WATCH_LAG_MS))
}

/** One that can't be extended is as one that can't be held any longer: whatever it is, its payment goes on. */
async function askStock({ stock }: OrderParts, facts: OrderFacts, decision: OfStock): Promise<AskedHold> {
  const { order, reservation } = facts
  if (decision.kind === 'hold') return stock.ask(order)
  if (!reservation) return { kind: 'asked' }
  if (decision.kind !== 'extend') return stock[decision.kind](reservation)
  return stock.extend(reservation, decision.ttlMs).catch((error: Error) => ({ kind: 'refused', reason: error.message }))
}
