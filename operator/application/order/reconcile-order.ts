import { decideOrder } from '../../domain/order/decide-order.ts'
import type { OrderDecision, OrderFacts } from '../../domain/order/decision.ts'
import { isOver, type Order } from '../../domain/order/order.ts'
import { SKEW_RETRY_MS } from '../clock-skew.ts'
import { type Outcome, recheckAfter, settled } from '../outcome.ts'
import { afterUnwritten } from '../unwritten.ts'
import type { OrderParts } from './order-parts.ts'
import type { FoundHold } from './order-stock.ts'
import type { OrderWrite } from './orders.ts'
import { letGo, markPublished, reportOrder } from './report-order.ts'

/** More steps in a row than any order has: the next look goes on. */
const MOST_STEPS = 16
/** Where a watch may lag behind what this process has done itself. */
const WATCH_LAG_MS = 5_000
/** A date that is far away is looked at again before it: the clock may have been set. */
const LONGEST_WAIT_MS = 3_600_000
/** When there may be a place for a call. */
const NO_ROOM_MS = 500

type Stride = { readonly kind: 'on'; readonly order: Order } | { readonly kind: 'done'; readonly outcome: Outcome }

const done = (outcome: Outcome): Stride => ({ kind: 'done', outcome })

/**
 * Brings one order as far as it goes by itself: gather, decide, act, report, and again with what was stored. Calls to
 * others are only begun here: their answers have the order looked at again. Safe to repeat. While the clock is wrong
 * nothing is done.
 */
export async function reconcileOrder(parts: OrderParts, key: string): Promise<Outcome> {
  const seen = parts.orders.find(key)
  if (!seen) return settled
  parts.events.send(seen)
  if (!(await parts.clockIsRight(seen))) return recheckAfter(SKEW_RETRY_MS)
  let order = seen
  let holdRefused: string | undefined
  for (let steps = 0; steps < MOST_STEPS; steps += 1) {
    const facts = await gather(parts, order, holdRefused)
    const decision = decideOrder(facts)
    if (decision.kind === 'hold') {
      const asked = await parts.stock.ask(order)
      if (asked.kind === 'asked') return recheckAfter(WATCH_LAG_MS)
      holdRefused = asked.reason
      continue
    }
    const stride = await act(parts, facts, decision)
    if (stride.kind === 'done') return stride.outcome
    order = stride.order
  }
  return recheckAfter(0)
}

async function gather(parts: OrderParts, order: Order, holdRefused: string | undefined): Promise<OrderFacts> {
  const { calls, intents, payments, stock, clock } = parts
  const found = await holdOf(parts, order)
  const terms = payments.get(order.status?.payment?.provider ?? order.spec.payment.provider)
  return {
    ...{ order, now: clock.now(), reservation: found?.reservation, ours: found?.ours ?? false },
    lends: found !== undefined && stock.lends(found.reservation),
    ...(holdRefused !== undefined && { holdRefused }),
    ...{ terms, sendable: intents.sendable(order), ...calls.known(order.uid) },
  }
}

/** What may be there and is missing in the watch is asked of the store itself, but for orders that are over. */
async function holdOf({ stock }: OrderParts, order: Order): Promise<FoundHold | undefined> {
  const seen = stock.find(order)
  const may = order.status?.reservation !== undefined && !isOver(order.status)
  return seen || !may ? seen : stock.read(order)
}

type Acted = Exclude<OrderDecision, { kind: 'hold' }>

async function act(parts: OrderParts, facts: OrderFacts, decision: Acted): Promise<Stride> {
  const { order } = facts
  switch (decision.kind) {
    case 'report': {
      const { intent } = decision.change.payment ?? {}
      if (intent && intent.at !== order.status?.payment?.intent?.at && !parts.calls.hasRoom(order, intent.call))
        return done(recheckAfter(NO_ROOM_MS)) // it would lie there until it may not be sent any more
      return reportOrder(parts, order, decision.change)
    }
    case 'open':
      return written(await parts.orders.open(order), order)
    case 'call':
      return call(parts, order, decision.call)
    case 'wait':
      return waiting(parts, order, decision)
    case 'letGo':
      return done(await letGo(parts, order))
    default:
      return done(await moveStock(parts, facts, decision))
  }
}

function written(result: OrderWrite, { namespace, name }: Order): Stride {
  if (result.kind === 'written') return { kind: 'on', order: result.order }
  return done(afterUnwritten(result, `order ${namespace}/${name}`))
}

function call(
  { calls, intents, leading }: OrderParts,
  order: Order,
  name: Extract<OrderDecision, { kind: 'call' }>['call'],
): Stride {
  const moves = name !== 'check' && name !== 'notify' && name !== 'find'
  calls.begin(order, name, moves ? intents.take(order) : leading)
  return done(settled)
}

async function waiting(
  parts: OrderParts,
  order: Order,
  { forMs, usedUp }: Extract<OrderDecision, { kind: 'wait' }>,
): Promise<Stride> {
  if (usedUp) parts.calls.usedUp(order.uid)
  const recheck = forMs === undefined ? settled : recheckAfter(Math.min(forMs, LONGEST_WAIT_MS))
  return done(await markPublished(parts, order, recheck))
}

async function moveStock(
  { stock }: OrderParts,
  { reservation }: OrderFacts,
  decision: Extract<OrderDecision, { kind: 'confirm' | 'release' | 'extend' }>,
): Promise<Outcome> {
  if (!reservation) return settled
  if (decision.kind === 'extend') await stock.extend(reservation, decision.ttlMs)
  else await stock[decision.kind](reservation)
  return recheckAfter(WATCH_LAG_MS)
}
