import { movesMoney, type OrderAnswer, type OrderCall } from '../../domain/order/decision.ts'
import { isOver, type Order } from '../../domain/order/order.ts'
import { type Clock, later, msBetween, type Tick } from '../clock.ts'
import { type Line, type Places, places } from './places.ts'

/** What this process knows of the calls of an order. */
export interface KnownCalls {
  readonly busy: boolean
  readonly restMs: number
  readonly answer: OrderAnswer | undefined
}

/** The calls that are made for orders. Each service has places for so many at once, which namespaces take in turn. */
export interface OrderCalls {
  /**
   * An answer to what was asked when its money stood elsewhere is none: another process has moved it since. Nor is what was
   * found while a call to pay might still take effect, once none can any more: what is there now has to be asked again.
   */
  known(order: Order): KnownCalls
  /**
   * Takes a place for a call that is begun next, or left; so that what is stored as intended is sent at once. False: there
   * is none now; the order waits in line, and is looked at again with a place set aside for it.
   */
  place(order: Order, call: OrderCall): boolean
  /** What keeps all from the service of a call; undefined: nothing, as far as is known. */
  trouble(order: Order, call: OrderCall): string | undefined
  /** Makes it, in the place that was taken for it. Nothing when one of this order is under way. */
  begin(order: Order, call: OrderCall, maySend: () => boolean): void
  /** Waits for no place any more. */
  leave(uid: string): void
  /** Keeps no place that was taken and that no call has begun in. */
  giveBack(uid: string): void
  /** Its answer was taken into account. */
  usedUp(uid: string): void
  /** It has moved: the next pause is the shortest again. */
  moved(uid: string): void
  forget(uid: string): void
  /** What is under way is waited for no longer. */
  stop(): void
}

/** Somebody whom orders are checked with, paid at, or told by. */
export interface CalledService {
  /** As metrics and messages name it. */
  readonly name: string
  /** Calls at once. */
  readonly atOnce: number
}

export interface OrderCallsParts {
  readonly clock: Pick<Clock, 'schedule' | 'tick' | 'now'>
  /** One call, made once. Never throws. */
  readonly make: (order: Order, call: OrderCall, how: CallTerms) => Promise<MadeCall>
  /** The service that it is made to: calls of one service wait elsewhere than those of another. */
  readonly serviceOf: (order: Order, call: OrderCall) => CalledService
  /** An answer is there, or a place. */
  readonly onNews: (order: Order) => void
}

export interface CallTerms {
  readonly maySend: () => boolean
  readonly signal: AbortSignal
}

export interface MadeCall {
  readonly answer: OrderAnswer
  readonly retryAfterMs?: number
  /** Why nothing of it has come to the service at all. */
  readonly unreached?: string
}

const FIRST_REST_MS = 1_000
const LAST_REST_MS = 60_000
/** Nobody waits for what is asked about orders that are over, nor for what has called for somebody. */
const LAST_LATE_REST_MS = 3_600_000

interface Calling {
  busy: boolean
  /** Answers in a row after which it had not moved. */
  idle: number
  due: Tick
  /** How its money stood when the last one was begun. */
  about: string
  answer?: OrderAnswer
}

function lineOf({ status }: Order, call: OrderCall): Line {
  if (call !== 'find') return 'moving'
  return isOver(status) ? 'late' : 'asking'
}

function lastRestMs({ status }: Order, call: OrderCall): number {
  const { state } = status?.payment ?? {}
  const isOfMoney = movesMoney(call) || state === 'Voiding' || state === 'Refunding'
  const isCalled = status?.phase === 'NeedsAttention' && isOfMoney
  return isOver(status) || isCalled ? LAST_LATE_REST_MS : LAST_REST_MS
}

/** How its money stands, as far as an answer goes by it. */
function moneyOf({ status }: Order, call: OrderCall, now: number): string {
  const { state, intent, lookUpAt, openUntil = '' } = status?.payment ?? {}
  const mayCome = call === 'find' && now < Date.parse(openUntil)
  return [state, intent?.key, intent?.tries, lookUpAt, mayCome].join(' ')
}

export function orderCalls(parts: OrderCallsParts): OrderCalls {
  const { clock, make, serviceOf, onNews } = parts
  const known = new Map<string, Calling>()
  const stopping = new AbortController()
  const pools = new Map<string, Places>()
  /** How to give back the place of an order that has not begun its call. */
  const taken = new Map<string, { readonly of: string; readonly giveBack: () => void }>()

  function poolOf(order: Order, call: OrderCall): Places {
    const { name, atOnce } = serviceOf(order, call)
    const pool = pools.get(name) ?? places(atOnce, clock)
    pools.set(name, pool)
    return pool
  }

  function place(order: Order, call: OrderCall): boolean {
    const line = lineOf(order, call)
    const of = `${serviceOf(order, call).name} ${line}`
    if (taken.get(order.uid)?.of === of) return true
    giveBack(order.uid)
    const asker = { id: order.uid, namespace: order.namespace, wake: () => onNews(order) }
    const end = poolOf(order, call).take(asker, line)
    if (end) taken.set(order.uid, { of, giveBack: end })
    return end !== undefined
  }

  function leave(uid: string): void {
    for (const pool of pools.values()) pool.leave(uid)
  }

  function giveBack(uid: string): void {
    taken.get(uid)?.giveBack()
    taken.delete(uid)
  }

  function hear(order: Order, call: OrderCall, { retryAfterMs = 0, unreached }: MadeCall): void {
    const pool = poolOf(order, call)
    if (unreached === undefined) pool.reached()
    // who checks and who is told are asked again and again: an order waits for them only so long
    else if (movesMoney(call)) pool.unreached(retryAfterMs, unreached)
  }

  function answered(order: Order, calling: Calling, { answer, retryAfterMs = 0 }: MadeCall): void {
    calling.busy = false
    calling.answer = answer
    const lastMs = lastRestMs(order, answer.of)
    const restMs = Math.min(lastMs, FIRST_REST_MS * 2 ** calling.idle)
    if (restMs < lastMs) calling.idle += 1 // so that it goes on from there where it may be longer
    calling.due = later(clock.tick(), Math.min(lastMs, Math.max(restMs, retryAfterMs)))
    if (known.get(order.uid) === calling) onNews(order)
  }

  return {
    known(order) {
      const calling = known.get(order.uid)
      if (!calling) return { busy: false, restMs: 0, answer: undefined }
      const restMs = Math.max(0, msBetween(clock.tick(), calling.due))
      const { busy, about, answer } = calling
      const isOfNow = answer !== undefined && about === moneyOf(order, answer.of, clock.now())
      return { busy, restMs, answer: isOfNow ? answer : undefined }
    },
    place,
    trouble: (order, call) => poolOf(order, call).trouble,
    begin(order, call, maySend) {
      const calling = known.get(order.uid) ?? { busy: false, idle: 0, due: clock.tick(), about: '' }
      if (calling.busy || !place(order, call)) return
      const own = taken.get(order.uid)
      taken.delete(order.uid)
      known.set(order.uid, calling)
      calling.about = moneyOf(order, call, clock.now())
      delete calling.answer
      calling.busy = true
      void make(order, call, { maySend, signal: stopping.signal }).then((made) => {
        hear(order, call, made)
        own?.giveBack()
        answered(order, calling, made)
      })
    },
    leave,
    giveBack,
    usedUp(uid) {
      delete known.get(uid)?.answer
    },
    moved(uid) {
      const calling = known.get(uid)
      if (!calling) return
      calling.idle = 0
      calling.due = clock.tick()
    },
    forget(uid) {
      known.delete(uid)
      leave(uid)
      giveBack(uid)
    },
    stop() {
      stopping.abort()
      for (const pool of pools.values()) pool.stop()
    },
  }
}
