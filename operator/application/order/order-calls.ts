import type { OrderAnswer, OrderCall } from '../../domain/order/decision.ts'
import type { Order } from '../../domain/order/order.ts'
import { type Clock, later, msBetween, type Tick } from '../clock.ts'
import { laneQueue } from './lane-queue.ts'

/** What this process knows of the calls of an order. */
export interface KnownCalls {
  readonly busy: boolean
  readonly restMs: number
  readonly answer: OrderAnswer | undefined
}

/** The calls that are made for orders. Each waits and runs in a lane of its own service and namespace, so that none keeps others waiting. */
export interface OrderCalls {
  known(uid: string): KnownCalls
  /** Whether a call that is begun now is made soon. */
  hasRoom(order: Order, call: OrderCall): boolean
  /** Makes it when its lane has room. Nothing when one of this order is under way. */
  begin(order: Order, call: OrderCall, maySend: () => boolean): void
  /** Its answer was taken into account. */
  usedUp(uid: string): void
  /** It has moved: the next pause is the shortest again. */
  moved(uid: string): void
  forget(uid: string): void
  /** What is under way is waited for no longer. */
  stop(): void
}

export interface OrderCallsParts {
  readonly clock: Pick<Clock, 'schedule' | 'tick'>
  /** One call, made once. Never throws. */
  readonly make: (order: Order, call: OrderCall, how: CallTerms) => Promise<MadeCall>
  /** The service that it is made to: calls of one service wait in other lanes than those of another. */
  readonly serviceOf: (order: Order, call: OrderCall) => string
  /** An answer is there. */
  readonly onAnswer: (order: Order) => void
}

export interface CallTerms {
  readonly maySend: () => boolean
  readonly signal: AbortSignal
}

export interface MadeCall {
  readonly answer: OrderAnswer
  readonly retryAfterMs?: number
}

/** At once for one service and namespace. */
const LANES = 8
const FIRST_REST_MS = 1_000
const LAST_REST_MS = 60_000

interface Calling {
  busy: boolean
  /** Answers in a row after which it had not moved. */
  idle: number
  due: Tick
  answer?: OrderAnswer
}

export function orderCalls(parts: OrderCallsParts): OrderCalls {
  const { clock, make, serviceOf, onAnswer } = parts
  const known = new Map<string, Calling>()
  const stopping = new AbortController()
  const lanes = laneQueue(LANES)
  // asking keeps no money waiting, however many payments are asked for
  const laneOf = (order: Order, call: OrderCall) =>
    `${serviceOf(order, call)}/${order.namespace}${call === 'find' ? '/find' : ''}`

  function answered(order: Order, calling: Calling, { answer, retryAfterMs = 0 }: MadeCall): void {
    calling.busy = false
    calling.answer = answer
    const restMs = Math.min(LAST_REST_MS, FIRST_REST_MS * 2 ** calling.idle)
    calling.idle += 1
    calling.due = later(clock.tick(), Math.min(LAST_REST_MS, Math.max(restMs, retryAfterMs)))
    if (known.get(order.uid) === calling) onAnswer(order)
  }

  return {
    known(uid) {
      const calling = known.get(uid)
      if (!calling) return { busy: false, restMs: 0, answer: undefined }
      const restMs = Math.max(0, msBetween(clock.tick(), calling.due))
      return { busy: calling.busy, restMs, answer: calling.answer }
    },
    hasRoom: (order, call) => lanes.hasRoom(laneOf(order, call)),
    begin(order, call, maySend) {
      const calling = known.get(order.uid) ?? { busy: false, idle: 0, due: clock.tick() }
      if (calling.busy) return
      known.set(order.uid, calling)
      delete calling.answer
      calling.busy = true
      lanes.run(laneOf(order, call), async () => {
        answered(order, calling, await make(order, call, { maySend, signal: stopping.signal }))
      })
    },
    usedUp(uid) {
      delete known.get(uid)?.answer
    },
    moved(uid) {
      const calling = known.get(uid)
      if (!calling) return
      calling.idle = 0
      calling.due = clock.tick()
    },
    forget: (uid) => void known.delete(uid),
    stop: () => stopping.abort(),
  }
}
