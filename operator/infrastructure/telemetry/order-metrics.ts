import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

export interface OrderMetrics {
  /** An order is over, `seconds` after its object was made. */
  ended(status: 'completed' | 'cancelled', seconds: number): void
  /** Money has come to where it was to go, or was refused, `seconds` after that was intended first. */
  paid(result: 'taken' | 'refused' | 'refunded' | 'voided', seconds: number): void
  /** How many need somebody now. Read with each scrape. */
  needingAttention(count: () => number): void
  /** How many are not over while nobody serves orders. Read with each scrape. */
  unserved(count: () => number): void
  /** How many there are, of at most so many, and how many wait for room. Read with each scrape. */
  keeping(most: number, count: () => { readonly kept: number; readonly waiting: number }): void
  lateCharge(): void
  /** One is complete, and its customer was not told. */
  untold(reason: (typeof untoldFor)[number]): void
  /** Seconds since when the one that is in a phase for longest is in it, of those that are to be short; 0 = none. Read with each scrape. */
  staying(oldest: () => Readonly<Record<(typeof shortPhases)[number], number>>): void
  /** A call of a service: the status of the answer, `lost` or `unsent`. */
  called(service: string, result: string, seconds: number): void
  breaker(service: string, state: (typeof states)[number]): void
}

const waySeconds = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200, 86_400]
const callSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60]
const untoldFor = ['NoticeRefused', 'NoticeUnavailable'] as const
/** What an order goes through without waiting for its stock or its customer. */
export const shortPhases = ['Paying', 'Confirming', 'Cancelling'] as const
const states = ['closed', 'open', 'half-open'] as const

/** Orders in numbers. */
export function orderMetrics(register: Registry): OrderMetrics {
  const registers = [register]
  const ended = new Counter({
    name: 'kbnt_orders_total',
    help: 'Orders that are over: completed (paid and sold) or cancelled (neither).',
    ...{ labelNames: ['status'] as const, registers },
  })
  const took = new Histogram({
    name: 'kbnt_order_duration_seconds',
    help: 'Creation of an order until it was over.',
    ...{ buckets: waySeconds, registers },
  })
  const paid = new Histogram({
    name: 'kbnt_payment_duration_seconds',
    help: 'Time from when a call to a payment provider was intended first until what came of it was known.',
    ...{ labelNames: ['result'] as const, buckets: waySeconds, registers },
  })
  let countNow = () => 0
  new Gauge({
    name: 'kbnt_orders_needing_attention',
    help: 'Orders of which somebody has to find out where their money or their stock is.',
    registers,
    collect() {
      this.set(countNow())
    },
  })
  let unservedNow = () => 0
  new Gauge({
    name: 'kbnt_orders_unserved',
    help: 'Orders that are not over and that nobody serves: the settings name nobody to pay.',
    registers,
    collect() {
      this.set(unservedNow())
    },
  })
  const keeping = keepingGauges(registers)
  const late = new Counter({
    name: 'kbnt_orders_late_charges_total',
    help: 'Orders whose money was taken after they were cancelled. It is given back.',
    registers,
  })
  const calls = new Counter({
    name: 'kbnt_order_service_calls_total',
    help: 'Calls of the services of orders: the status of the answer, lost where there was none, unsent where it could not be asked.',
    ...{ labelNames: ['service', 'result'] as const, registers },
  })
  const times = new Histogram({
    name: 'kbnt_order_service_call_seconds',
    help: 'Time that a call of a service of orders took, whatever came of it.',
    ...{ labelNames: ['service'] as const, buckets: callSeconds, registers },
  })
  const breaker = new Gauge({
    name: 'kbnt_order_service_breaker',
    help: 'State of the circuit breaker before a service of orders: 1 for the one that it is in.',
    ...{ labelNames: ['service', 'state'] as const, registers },
  })
  return {
    ended(status, seconds) {
      ended.inc({ status })
      took.observe(seconds)
    },
    paid: (result, seconds) => paid.observe({ result }, seconds),
    needingAttention(count) {
      countNow = count
    },
    unserved(count) {
      unservedNow = count
    },
    keeping,
    staying: oldestGauge(registers),
    untold: untoldCounter(registers),
    lateCharge: () => late.inc(),
    called(service, result, seconds) {
      calls.inc({ service, result })
      times.observe({ service }, seconds)
    },
    breaker(service, state) {
      for (const each of states) breaker.set({ service, state: each }, each === state ? 1 : 0)
    },
  }
}

function untoldCounter(registers: Registry[]): OrderMetrics['untold'] {
  const untold = new Counter({
    name: 'kbnt_orders_untold_total',
    help: 'Orders that are complete and whose customer was not told: the notification service refused, or did not answer for a day.',
    ...{ labelNames: ['reason'] as const, registers },
  })
  for (const reason of untoldFor) untold.inc({ reason }, 0) // or the first one would be no increase
  return (reason) => untold.inc({ reason })
}

function oldestGauge(registers: Registry[]): OrderMetrics['staying'] {
  let oldestNow: Parameters<OrderMetrics['staying']>[0] = () => ({ Paying: 0, Confirming: 0, Cancelling: 0 })
  new Gauge({
    name: 'kbnt_orders_oldest_seconds',
    help: 'For how long an order has been in this phase that is in it for longest; 0 where none is.',
    ...{ labelNames: ['phase'] as const, registers },
    collect() {
      for (const [phase, seconds] of Object.entries(oldestNow())) this.set({ phase }, seconds)
    },
  })
  return (oldest) => {
    oldestNow = oldest
  }
}

function keepingGauges(registers: Registry[]): OrderMetrics['keeping'] {
  let countNow = () => ({ kept: 0, waiting: 0 })
  new Gauge({
    name: 'kbnt_orders_waiting_for_room',
    help: 'New orders of which nothing is begun because there are orders.max of them, or as many in their namespace as it may have of these.',
    registers,
    collect() {
      this.set(countNow().waiting)
    },
  })
  new Gauge({
    name: 'kbnt_orders_stored',
    help: 'Orders that were begun, those that are over among them.',
    registers,
    collect() {
      this.set(countNow().kept)
    },
  })
  const limit = new Gauge({
    name: 'kbnt_orders_stored_limit',
    help: 'How many orders there may be before new ones wait: orders.max. 0 where none are served.',
    registers,
  })
  return (most, count) => {
    limit.set(most)
    countNow = count
  }
}
