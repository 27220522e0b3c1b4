import { orderReasonNames } from '../../domain/order/order-reasons.ts'
import { type Clock, msBetween } from '../clock.ts'
import { Problem } from './answer.ts'
import type { Call, Operation } from './call.ts'

/** What became of an order: `unknown` is also told of one that nobody has decided yet. */
export type DecisionOutcome = 'reserved' | 'confirmed' | 'waiting' | 'unknown' | 'refused' | 'failed'

/** What became of an order that is paid, as far as its caller was told. */
export type OrderOutcome = 'completed' | 'underWay' | 'cancelled' | 'failed'

export interface DecisionObserver {
  decided(outcome: DecisionOutcome, seconds: number): void
  ordered(outcome: OrderOutcome): void
  /** The operator has answered a call that waited so long for it. */
  answered(operation: WaitingOperation, seconds: number): void
  /** A call has waited for the operator's answer, at least a second, and has gone without. */
  unanswered(operation: WaitingOperation): void
}

const orders = ['reserveStock', 'createReservation'] as const

/** The operations, by their operationId, that wait until the operator has answered. */
export const waitingOperations = [
  ...orders,
  'confirmReservation',
  'releaseReservation',
  'extendReservation',
  'createStock',
  'setStockQuantity',
  'setStockPrice',
  'pauseStock',
  'resumeStock',
  'virtualize',
] as const
export type WaitingOperation = (typeof waitingOperations)[number]

/** A second; timers may be a little early. Who gives the operator less time than that can't say that it is slow. */
const FAIR_WAIT_MS = 950

interface Observation {
  readonly clock: Pick<Clock, 'tick'>
  readonly observer: DecisionObserver
}

/** The same operations; what becomes of orders is told, and how long the operator takes to answer. */
export function observed(
  operations: Readonly<Record<string, Operation>>,
  observation: Observation,
): Readonly<Record<string, Operation>> {
  const all = { ...operations }
  for (const id of waitingOperations) {
    const operation = operations[id]
    if (operation) all[id] = tellingWait(id, operation, observation)
  }
  for (const id of orders) if (all[id]) all[id] = tellingOutcome(all[id], observation)
  if (all['createOrder']) all['createOrder'] = tellingOrder(all['createOrder'], observation)
  return all
}

/** How long it takes is the doing of payment providers more than of the operator: the operator's metrics have that. */
function tellingOrder(operation: Operation, { observer }: Observation): Operation {
  return async (call) => {
    try {
      const answer = await operation(call)
      observer.ordered(answer.status === 201 ? 'completed' : 'underWay')
      return answer
    } catch (error) {
      observer.ordered(isEndOfOrder(error) ? 'cancelled' : 'failed')
      throw error
    }
  }
}

const endings: ReadonlySet<string> = new Set(orderReasonNames)

/** Its reason is the order's own then, and not one of the gateway's, as for one that is another or was deleted meanwhile. */
function isEndOfOrder(error: unknown): boolean {
  return error instanceof Problem && error.facts.orderName !== undefined && endings.has(error.reason)
}

function tellingOutcome(operation: Operation, { clock, observer }: Observation): Operation {
  return async (call) => {
    const since = clock.tick()
    const tell = (outcome: DecisionOutcome) => observer.decided(outcome, msBetween(since, clock.tick()) / 1_000)
    try {
      const answer = await operation(call)
      tell(outcomeOf((answer.body as { phase?: string }).phase))
      return answer
    } catch (error) {
      tell(error instanceof Problem && error.facts.reservationId !== undefined ? 'refused' : 'failed')
      throw error
    }
  }
}

function outcomeOf(phase: string | undefined): DecisionOutcome {
  if (phase === 'Reserved') return 'reserved'
  if (phase === 'Confirmed') return 'confirmed'
  return phase === 'Waiting' ? 'waiting' : 'unknown'
}

/** Tells nothing of calls that didn't come as far as to wait: they say nothing of the operator. */
function tellingWait(id: WaitingOperation, operation: Operation, { observer }: Observation): Operation {
  return async (call) => {
    const wait = waitOf(call)
    let thrown: unknown
    try {
      return await operation(wait.call)
    } catch (error) {
      thrown = error
      throw error
    } finally {
      const { ms, came } = wait
      if (came === false && ms >= FAIR_WAIT_MS) observer.unanswered(id)
      if (came && !wasWrongName(thrown)) observer.answered(id, ms / 1_000)
    }
  }
}

/** The call, which also tells how long it has waited in all, and whether for something; undefined: it hasn't. */
function waitOf(call: Call) {
  const wait = {
    ms: 0,
    came: undefined as boolean | undefined,
    call: {
      ...call,
      waited(ms: number, came: boolean) {
        wait.ms += ms
        wait.came = came
        call.waited?.(ms, came)
      },
    },
  }
  return wait
}

/** The operator looks for a stock that it doesn't know for a while before it says so: that is no slowness. */
function wasWrongName(thrown: unknown): boolean {
  return thrown instanceof Problem && thrown.reason === 'StockNotFound'
}
