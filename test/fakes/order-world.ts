import { msBetween, tickOf } from '../../operator/application/clock.ts'
import { clockCheck } from '../../operator/application/clock-check.ts'
import { clockSkew } from '../../operator/application/clock-skew.ts'
import { stepEvents } from '../../operator/application/event/step-events.ts'
import { intents } from '../../operator/application/order/intents.ts'
import { makeCall, serviceOf } from '../../operator/application/order/make-call.ts'
import { orderCalls } from '../../operator/application/order/order-calls.ts'
import type { OrderNotices } from '../../operator/application/order/order-notices.ts'
import type { OrderParts } from '../../operator/application/order/order-parts.ts'
import { reconcileOrder } from '../../operator/application/order/reconcile-order.ts'
import type { UserCheck } from '../../operator/application/order/user-check.ts'
import type { Outcome } from '../../operator/application/outcome.ts'
import type { Order } from '../../operator/domain/order/order.ts'
import { keyOf } from '../../operator/domain/reservation/reservation.ts'
import { anOrder } from '../fixtures/order-builders.ts'
import { Crash } from './crash-points.ts'
import { fakeClock } from './fake-clock.ts'
import { inMemoryOrders } from './in-memory-orders.ts'
import { type Mishap, orderBank } from './order-bank.ts'
import { orderShop } from './order-shop.ts'
import { recordedRelay } from './recorded-relay.ts'

export interface OrderWorldOptions {
  readonly orders?: readonly Order[]
  readonly units?: number
  readonly moves?: 'once' | 'twice'
  readonly mishap?: (call: string) => Mishap
  readonly voidsUnknown?: boolean
  readonly users?: UserCheck['check']
  readonly notices?: OrderNotices['send']
  /** Stands between the operator and a port; to have it crash. */
  readonly wrap?: <T extends object>(port: T) => T
}

const identity = <T extends object>(port: T): T => port
const fine = () => 'none' as const

/** Orders, a shop and a bank in memory. The operator in it can be killed at any moment and is started again with nothing that it knew. */
export function orderWorld(options: OrderWorldOptions = {}) {
  const { orders: placed = [anOrder()], units = 10, moves = 'once', mishap = fine, wrap = identity } = options
  const clock = fakeClock()
  const orders = inMemoryOrders()
  const due = new Map<string, number>()
  const look = (key: string, delayMs = 0) => {
    const at = clock.now() + delayMs
    if (at < (due.get(key) ?? Infinity)) due.set(key, at)
  }
  const keyFor = ({ namespace, name }: Pick<Order, 'namespace' | 'name'>) => keyOf(namespace, name)
  const shop = orderShop(clock, units, (order) => look(keyFor(order)))
  const bank = orderBank({ clock, moves, mishap, voidsUnknown: options.voidsUnknown ?? true })
  const valid: UserCheck['check'] = async () => ({ kind: 'valid' })
  const accepted: OrderNotices['send'] = async () => ({ kind: 'accepted' })
  const delivered: string[] = []
  let kills = 0
  for (const order of placed) look(keyFor(orders.put(order)))

  function start() {
    const relay = recordedRelay()
    const skew = clockSkew(clock)
    skew.observe(msBetween(tickOf(0), clock.tick()))
    let alive = true
    const services = {
      users: wrap({ name: 'users', check: options.users ?? valid }),
      payments: new Map([['acme', wrap(bank)]]),
      notices: wrap({ name: 'notices', send: options.notices ?? accepted }),
    }
    const calls = orderCalls({
      clock,
      // a crash on the way is no answer: `makeCall` would take it for one
      async make(order, name, terms) {
        const made = await makeCall(services, order, name, { ...terms, maySend: () => alive && terms.maySend() })
        const { reason } = made.answer.answer as { readonly reason?: string }
        if (CRASHED.test(reason ?? '')) kill()
        return alive ? made : new Promise(() => {})
      },
      serviceOf: (order, name) => serviceOf(services, order, name),
      onNews: (order) => look(keyFor(order)),
    })
    const parts: OrderParts = {
      ...{ orders: wrap(orders), stock: wrap(shop), payments: services.payments, calls, clock, skew },
      servedSince: clock.tick(),
      intents: intents(clock, () => alive),
      events: stepEvents({
        relay,
        eventFor: (of, number) => eventOf(of, number),
        onPublished: look,
      }),
      clockIsRight: clockCheck({ skew, clock, objects: orders }),
      leading: () => alive,
      observer: { told: () => undefined },
    }
    return {
      parts,
      relay,
      end() {
        alive = false
        calls.stop()
      },
    }
  }
  let running = start()

  /** What its relay had on its way is lost; all orders are looked at. */
  function kill(): void {
    kills += 1
    running.end()
    running = start()
    for (const order of orders.all()) look(keyFor(order))
  }

  async function reconcile(key: string): Promise<Outcome | undefined> {
    try {
      return await reconcileOrder(running.parts, key)
    } catch (error) {
      if (!(error instanceof Crash)) throw error
      kill()
      return undefined
    }
  }

  /** Lets the operator do all that is due now. */
  async function work(): Promise<void> {
    for (const [key, at] of [...due]) {
      if (at > clock.now()) continue
      due.delete(key)
      const outcome = await reconcile(key)
      if (outcome?.kind === 'recheckAfter') look(key, outcome.delayMs)
    }
    running.relay.deliver()
    delivered.push(...running.relay.delivered.splice(0))
  }

  return {
    ...{ clock, orders, shop, bank, delivered, kill, look },
    get kills() {
      return kills
    },
    /** Lets so much time pass, the operator working all the while. */
    async run(ms: number): Promise<void> {
      const until = clock.now() + ms
      while (clock.now() < until) {
        await work()
        const next = Math.min(...due.values(), clock.now() + STEP_MS)
        await clock.advance(Math.max(1, Math.min(next, until) - clock.now()))
      }
      await work()
    },
    edit(name: string, change: Partial<Order>): void {
      const key = keyOf('shop', name)
      const order = orders.stored(key)
      if (order) orders.put({ ...order, ...change, generation: order.generation + 1 })
      look(key)
    },
    stored(name = 'order-1'): Order {
      const found = orders.stored(keyOf('shop', name))
      if (!found) throw new Error(`there is no order ${name}`)
      return found
    },
    phase: (name = 'order-1') => {
      const { status } = orders.stored(keyOf('shop', name)) ?? {}
      return `${status?.phase}/${status?.reason}`
    },
  }
}

const STEP_MS = 200
/** How a crash says of itself. */
const CRASHED = /^(before|after) call \d/

function eventOf({ uid, namespace, name }: Order, number: number) {
  return {
    ...{ id: `${uid}-${number}`, type: 'io.kbnt.order.step.v1', sequence: number, key: keyOf(namespace, name) },
    ...{ headers: {}, value: '{}', timestampMs: 0, topics: ['order-events'] },
  }
}
