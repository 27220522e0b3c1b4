import type { Clock } from '../../../operator/application/clock.ts'
import { clockCheck } from '../../../operator/application/clock-check.ts'
import { clockSkew } from '../../../operator/application/clock-skew.ts'
import type { Relay } from '../../../operator/application/event/relay.ts'
import { stepEvents } from '../../../operator/application/event/step-events.ts'
import { intents } from '../../../operator/application/order/intents.ts'
import { makeCall, serviceOf } from '../../../operator/application/order/make-call.ts'
import { orderCalls } from '../../../operator/application/order/order-calls.ts'
import type { OrderParts } from '../../../operator/application/order/order-parts.ts'
import { reconcileOrder } from '../../../operator/application/order/reconcile-order.ts'
import { orderRetirement } from '../../../operator/application/order/retire-orders.ts'
import { holdSweep } from '../../../operator/application/order/sweep-holds.ts'
import { repeating } from '../../../operator/application/rows/repeating.ts'
import type { Order } from '../../../operator/domain/order/order.ts'
import { keyOf } from '../../../operator/domain/reservation/reservation.ts'
import type { InMemoryOrders } from '../../fakes/in-memory-orders.ts'
import type { OrderBank } from '../../fakes/order-bank.ts'
import type { OrderShop } from '../../fakes/order-shop.ts'
import { recordedRelay } from '../../fakes/recorded-relay.ts'
import { keyedQueue } from '../world/keyed-queue.ts'
import type { Faults } from '../world/network.ts'
import type { Random } from '../world/random.ts'
import type { VirtualTime } from '../world/virtual-time.ts'
import type { OrderBreakage } from './order-breakages.ts'
import { leaderPorts } from './order-ports.ts'
import type { SiteChange } from './order-site.ts'
import type { OrderWeather } from './order-weather.ts'
import type { OrderWitness } from './order-witness.ts'

export interface OrderLeaderSite {
  readonly time: VirtualTime
  readonly random: Random
  readonly faults: Faults
  readonly weather: OrderWeather
  readonly orders: InMemoryOrders
  readonly shop: OrderShop
  readonly bank: OrderBank
  readonly witness: OrderWitness
  readonly breakage: OrderBreakage | undefined
  readonly writes: Map<string, number>
  readonly isLeader: (leader: OrderLeader) => boolean
  readonly left: (leader: OrderLeader) => void
  readonly stopped: (leader: OrderLeader, ms: number) => void
}

/** One process that leads, or has led and does not know yet that somebody else does. */
export interface OrderLeader {
  start(): void
  kill(): void
  /** It stops wherever it is, and goes on from there. */
  freeze(ms: number): void
  hear(change: SiteChange): void
}

const LONGEST_FREEZE_MS = 300_000
/** One who has lost its lease ends within that. */
const EXIT_MS = 3_000
const DELIVER_MS = 2_000
const CHORES_MS = 60_000

export function orderLeader(site: OrderLeaderSite): OrderLeader {
  const { time, random, weather } = site
  const life = processLife(time, () => site.left(self))
  const { clock, inProcess } = life
  const leading = () => site.isLeader(self)
  const skew = clockSkew(clock)
  skew.observe(clock.now())
  const ports = leaderPorts(site, { life, skew, freeze: () => self.freeze(random.between(0, LONGEST_FREEZE_MS)) })
  const relay = eventWay(site, clock)
  const services = {
    users: { name: 'users', check: ports.called(weather.check) },
    payments: new Map([['acme', site.breakage?.bank?.(ports.bank, site) ?? ports.bank]]),
    notices: { name: 'notices', send: ports.called(weather.send) },
  }
  const calls = orderCalls({
    clock,
    make: (order, name, terms) => makeCall(services, order, name, terms),
    serviceOf: (order, name) => serviceOf(services, order, name),
    onNews: ({ namespace, name }) => queue.add(keyOf(namespace, name)),
  })
  const voices = { clock, onRetry: () => undefined, onTrouble: () => undefined }
  const sound: OrderParts = {
    ...{ orders: ports.orders, stock: ports.stock, payments: services.payments, calls, clock, skew, leading },
    servedSince: clock.tick(),
    intents: intents(clock, leading),
    events: stepEvents({ relay, eventFor: eventOf, onPublished: (key) => queue.add(key) }),
    clockIsRight: clockCheck({ skew, clock, objects: ports.orders }),
    observer: { told: () => undefined },
  }
  const parts = site.breakage?.parts?.(sound, site) ?? sound
  const queue = keyedQueue(
    clock,
    (key) => reconcileOrder(parts, key),
    () => undefined,
  )
  const retire = orderRetirement({ ...voices, orders: ports.orders, payments: services.payments, skew })
  const sweep = holdSweep({ ...voices, orders: ports.orders, stock: ports.stock })

  let heardAt = 0
  const self: OrderLeader = {
    kill: life.kill,
    freeze(ms) {
      life.freeze(ms)
      site.stopped(self, ms)
      clock.schedule(ms + random.between(0, EXIT_MS), () => leading() || life.kill())
    },
    start() {
      ports.list()
      for (const { namespace, name } of site.orders.all()) queue.add(keyOf(namespace, name))
      repeating(clock, async () => {
        await sweep()
        await retire()
        return CHORES_MS
      }).start()
      clock.schedule(random.between(0, 2_000), queue.start)
    },
    hear(change) {
      const seen = ports.shown(change)
      heardAt = Math.max(heardAt, time.now() + random.between(0, site.faults.watchLagMs))
      time.schedule(heardAt - time.now(), () =>
        inProcess(() => {
          seen()
          queue.add(keyOf(change.order.namespace, change.order.name))
        }),
      )
    },
  }
  return self
}

/** Takes events, and has the topics take them some time later. */
function eventWay({ random, weather, witness }: OrderLeaderSite, clock: Clock): Pick<Relay, 'send'> {
  const relay = recordedRelay()
  let isDue = false
  function deliver(): void {
    isDue = false
    if (weather.topicsAway()) {
      wake()
      return
    }
    relay.deliver()
    for (const id of relay.delivered.splice(0)) witness.delivered(id)
  }
  function wake(): void {
    if (isDue) return
    isDue = true
    clock.schedule(random.between(0, DELIVER_MS), deliver)
  }
  return {
    send(...given) {
      relay.send(...given)
      wake()
    },
  }
}

export interface ProcessLife {
  readonly clock: Clock
  /** Runs it now, when the process is on again, or never. */
  readonly inProcess: (run: () => void) => void
  readonly kill: () => void
  readonly freeze: (ms: number) => void
}

function processLife(time: VirtualTime, onEnd: () => void): ProcessLife {
  let isDead = false
  let frozenUntil = 0
  const inProcess = (run: () => void): void => {
    if (isDead) return
    if (time.now() >= frozenUntil) run()
    else time.schedule(frozenUntil - time.now(), () => inProcess(run))
  }
  return {
    inProcess,
    clock: { now: time.now, tick: time.tick, schedule: (ms, run) => time.schedule(ms, () => inProcess(run)) },
    kill() {
      if (isDead) return
      isDead = true
      onEnd()
    },
    freeze(ms) {
      frozenUntil = Math.max(frozenUntil, time.now() + ms)
    },
  }
}

/** The operation of its step rides along, so that a number that says two things is seen. */
function eventOf({ uid, namespace, name, status }: Order, number: number) {
  const { steps = 0, history = [] } = status ?? {}
  const step = history[number - 1 - (steps - history.length)]
  return {
    ...{ id: `${uid} ${number} ${step?.operation} ${step?.status}`, type: 'io.kbnt.order.step.v1', sequence: number },
    ...{ key: keyOf(namespace, name), headers: {}, value: '{}', timestampMs: 0, topics: ['order-events'] },
  }
}
