import type { Change } from './decision.ts'
import {
  isOver,
  type Order,
  type OrderCondition,
  type OrderConditionType,
  type OrderStatus,
  type OrderStep,
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

/** The words of a provider may be long; the end of them is seldom what helps. */
const MAX_MESSAGE = 1_024

/** The status of an order after a change; what the change does not speak of is as it was. */
export function orderStatusAfter(order: Order, change: Change, facts: OrderStatusFacts): OrderStatus {
  const { status: before } = order
  const { phase, reason } = change
  const message = shortened(change.message)
  const added = stepsOf(before, change, facts.at)
  return {
    observedGeneration: order.generation,
    ...{ phase, reason, message, phaseSince: before?.phase === phase ? before.phaseSince : facts.at },
    orderId: orderIdOf(order),
    ...lastingOf(before, change, facts),
    ...momentsOf(before, change, facts.at),
    steps: (before?.steps ?? 0) + added.length,
    published: Math.max(before?.published ?? 0, facts.published),
    history: [...(before?.history ?? []), ...added],
    conditions: conditionsAfter(order, change, facts.at),
  }
}

/** What stays once it is there. */
function lastingOf(
  before: OrderStatus | undefined,
  change: Change,
  facts: OrderStatusFacts,
): Pick<OrderStatus, 'reservation' | 'payment' | 'undoing' | 'resolution'> {
  const payment = change.payment ?? before?.payment
  const undoing = change.undoing ?? before?.undoing
  const isHeld = before?.reservation !== undefined || change.truths?.UserValid === true
  return {
    ...(isHeld && { reservation: before?.reservation ?? facts.reservation }),
    ...(payment && { payment }),
    ...(undoing && { undoing: { ...undoing, message: shortened(undoing.message) } }),
    ...(before?.resolution && { resolution: before.resolution }),
  }
}

function momentsOf(
  before: OrderStatus | undefined,
  { phase, made, resolvedAt }: Change,
  at: string,
): Pick<OrderStatus, 'madeAt' | 'finishedAt' | 'resolvedAt'> {
  const moments = {
    madeAt: before?.madeAt ?? (made && at),
    finishedAt: isOver({ phase }) ? (before?.finishedAt ?? at) : undefined,
    resolvedAt: resolvedAt ?? before?.resolvedAt,
  }
  return Object.fromEntries(Object.entries(moments).filter(([, moment]) => moment !== undefined))
}

/** What has happened before is no news: so at most one of each is ever in the history, and none is pushed out of it. */
function stepsOf(before: OrderStatus | undefined, { steps = [] }: Change, at: string): OrderStep[] {
  const known = new Set(before?.history.map(({ operation }) => operation))
  return steps
    .filter(([operation]) => !known.has(operation))
    .map(([operation, message, status]) => ({
      at,
      operation,
      status: status ?? 'Succeeded',
      message: shortened(message),
    }))
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
      ...{ type, status: textOf(truth ?? false), reason, message: shortened(rest.message) },
      ...{ lastTransitionTime: `${at.slice(0, 19)}Z`, observedGeneration: generation },
    }
  })
}

function textOf(truth: boolean): 'True' | 'False' {
  return truth ? 'True' : 'False'
}

function shortened(message: string): string {
  return message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE).toWellFormed()}…` : message
}
