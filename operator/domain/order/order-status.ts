import { KEPT_STEPS, stepsAfter } from '../kept-steps.ts'
import { shortMessage } from '../short-message.ts'
import type { Change } from './decision.ts'
import { isOpened } from './opened.ts'
import {
  isOver,
  type Order,
  type OrderCondition,
  type OrderConditionType,
  type OrderOperation,
  type OrderStatus,
  type OrderStep,
  operations,
  orderIdOf,
} from './order.ts'

export interface OrderStatusFacts {
  /** Time, ISO 8601. */
  readonly at: string
  /** Up to which step every topic has the events. */
  readonly published: number
  /** The name that its reservation has, or will have. */
  readonly reservation: string
}

/** The status of an order after a change; what the change does not speak of is as it was. */
export function orderStatusAfter(order: Order, change: Change, facts: OrderStatusFacts): OrderStatus {
  const { status: before } = order
  const { phase, reason } = change
  const message = shortMessage(change.message)
  const added = stepsOf(before, change, facts)
  return {
    observedGeneration: order.generation,
    ...{ phase, reason, message, phaseSince: before?.phase === phase ? before.phaseSince : facts.at },
    orderId: orderIdOf(order),
    ...lastingOf(before, change, facts),
    ...momentsOf(order, change, facts.at),
    ...stepsAfter(before, added, facts.published),
    conditions: conditionsAfter(order, change, facts.at),
  }
}

/** What stays once it is there. */
function lastingOf(
  before: OrderStatus | undefined,
  change: Change,
  facts: OrderStatusFacts,
): Pick<OrderStatus, 'reservation' | 'reservationUid' | 'payment' | 'undoing' | 'resolution'> {
  const payment = change.payment ?? before?.payment
  const undoing = change.undoing ?? before?.undoing
  const isHeld = before?.reservation !== undefined || change.truths?.UserValid === true
  const reservationUid = before?.reservationUid ?? change.heldBy
  return {
    ...(isHeld && { reservation: before?.reservation ?? facts.reservation }),
    ...(reservationUid !== undefined && { reservationUid }),
    ...(payment && { payment }),
    ...(undoing && { undoing: { ...undoing, message: shortMessage(undoing.message) } }),
    ...(before?.resolution && { resolution: before.resolution }),
  }
}

function momentsOf(
  order: Order,
  { phase, made, resolvedAt, heldUp }: Change,
  at: string,
): Pick<OrderStatus, 'madeAt' | 'finishedAt' | 'heldUpSince' | 'resolvedAt'> {
  const { status: before } = order
  const isHeldUp = heldUp || (before?.heldUpSince !== undefined && !isOpened(order) && !isOver({ phase }))
  const moments = {
    madeAt: before?.madeAt ?? (made && at),
    finishedAt: isOver({ phase }) ? (before?.finishedAt ?? at) : undefined,
    heldUpSince: isHeldUp ? (before?.heldUpSince ?? at) : undefined,
    resolvedAt: resolvedAt ?? before?.resolvedAt,
  }
  return Object.fromEntries(Object.entries(moments).filter(([, moment]) => moment !== undefined))
}

/** What may come again, with another end or for another reason. */
const repeatable: ReadonlySet<OrderOperation> = new Set(['NeedAttention', 'Resolve', 'Void', 'Refund'])

/**
 * What has happened before is no news. What comes again otherwise is told where the history has room for it, beside all
 * that can still happen for the first time: so nothing is pushed out of it that is not published.
 */
function stepsOf(
  before: OrderStatus | undefined,
  { steps = [] }: Change,
  { at, published }: OrderStatusFacts,
): OrderStep[] {
  const { history = [], steps: count = 0, published: marked = 0 } = before ?? {}
  const known = new Set(history.map(({ operation }) => operation))
  const unpublished = count - Math.max(marked, published)
  let room = KEPT_STEPS - unpublished - (operations.length - known.size)
  const isTold = ({ operation, status, message }: OrderStep): boolean => {
    const last = history.findLast((step) => step.operation === operation)
    if (!last) return true
    const isNews = last.status !== status || last.message !== message
    if (!repeatable.has(operation) || !isNews || room <= 0) return false
    room -= 1
    return true
  }
  return steps
    .map(
      ([operation, message, status]): OrderStep => ({
        ...{ at, operation, status: status ?? 'Succeeded', message: shortMessage(message) },
      }),
    )
    .filter(isTold)
}

const types: readonly OrderConditionType[] = ['UserValid', 'StockHeld', 'Paid', 'StockSold', 'Notified']

/** Each of the five is there from the first status on; `lastTransitionTime` moves only when a status does. */
function conditionsAfter(
  { status, generation }: Order,
  { truths = {}, reason, ...rest }: Change,
  at: string,
): OrderCondition[] {
  return types.map((type) => {
    const earlier = status?.conditions.find((condition) => condition.type === type)
    const truth = truths[type]
    if (earlier && (truth === undefined || earlier.status === textOf(truth))) return earlier
    return {
      ...{ type, status: textOf(truth ?? false), reason, message: shortMessage(rest.message) },
      ...{ lastTransitionTime: `${at.slice(0, 19)}Z`, observedGeneration: generation },
    }
  })
}

function textOf(truth: boolean): 'True' | 'False' {
  return truth ? 'True' : 'False'
}
