import type { Clock } from '../../operator/application/clock.ts'
import type { AskedHold, FoundHold, OrderId, OrderStock } from '../../operator/application/order/order-stock.ts'
import { parseDurationMs } from '../../operator/domain/duration.ts'
import type { Order } from '../../operator/domain/order/order.ts'
import {
  isFinished,
  keyOf,
  type Phase,
  type Reservation,
  type ReservationStatus,
} from '../../operator/domain/reservation/reservation.ts'
import { childNameOf } from '../../operator/domain/resource/resource.ts'
import { aHold } from '../fixtures/order-builders.ts'

const FINISHED_REASONS = {
  Released: 'ReleasedByClient',
  Expired: 'HoldExpired',
  Rejected: 'InsufficientStock',
} as const

/** A shop with so many units of one stock at 349 EUR, and an engine that decides a moment after it is asked. */
export interface OrderShop extends OrderStock {
  /** The phase of the reservation of an order; undefined = there is none. */
  phaseOf(order: OrderId): Phase | undefined
  readonly free: number
  /** What somebody else does with a reservation. */
  meddle(order: OrderId, change: 'Released' | 'Confirmed' | 'deleted'): void
  /** From now on they are refused for this reason; undefined = no more. */
  refuse(reason: string | undefined): void
  /** While its stock decides nothing everything stays as it is. */
  halt(halted: boolean): void
  readonly owners: OrderStock['owners']
}

export function orderShop(
  clock: Clock,
  units: number,
  onChange: (order: OrderId) => void,
  maxTtlMs = 3_600_000,
): OrderShop {
  const stored = new Map<string, { readonly order: OrderId; reservation: Reservation }>()
  let refusal: string | undefined
  let isHalted = false
  const keyFor = (order: OrderId) => keyOf(order.namespace, childNameOf(order))
  const unitsOf = ({ spec }: Reservation) => spec.items.reduce((sum, { quantity }) => sum + quantity, 0)
  const isOut = ({ status }: Reservation) => status?.phase === 'Reserved' || status?.phase === 'Confirmed'
  const free = () => {
    let out = 0
    for (const { reservation } of stored.values()) if (isOut(reservation)) out += unitsOf(reservation)
    return units - out
  }

  function change(key: string, next: Partial<Reservation>): void {
    const entry = stored.get(key)
    if (!entry) return
    entry.reservation = { ...entry.reservation, ...next }
    onChange(entry.order)
  }

  function end(key: string, phase: keyof typeof FINISHED_REASONS | 'Confirmed'): void {
    const { status } = stored.get(key)?.reservation ?? {}
    if (!status || isFinished(status.phase)) return
    const reason = phase === 'Confirmed' ? phase : FINISHED_REASONS[phase]
    change(key, { status: { ...status, phase, reason, message: phase } })
  }

  /** What the engine does about a reservation, some time after it was written. */
  function decide(key: string): void {
    const { reservation } = stored.get(key) ?? {}
    if (!reservation || isHalted) return
    const { spec, status } = reservation
    const isHeld = status?.phase === 'Reserved'
    if (status === undefined && spec.state === 'Released') change(key, { status: neverHeld() })
    else if (status === undefined) begin(key, reservation)
    else if (isHeld && Date.parse(status.expiresAt ?? '') <= clock.now()) end(key, 'Expired')
    else if (spec.state === 'Released') end(key, 'Released')
    else if (spec.state === 'Confirmed' && isHeld) end(key, 'Confirmed')
    else if (isHeld) hold(key, reservation)
  }

  function begin(key: string, reservation: Reservation): void {
    const fits = unitsOf(reservation) <= free()
    const { status } = aHold(fits ? {} : { phase: 'Rejected', reason: 'InsufficientStock', message: 'too few' })
    const reservedAt = new Date(clock.now()).toISOString()
    if (status)
      change(key, { status: { ...status, reservedAt, expiresAt: reservedAt, totalPrice: [priceOf(reservation)] } })
    const next = stored.get(key)?.reservation
    if (fits && next) hold(key, next)
  }

  /** Until its ttl after it began, at most for the longest hold. */
  function hold(key: string, { spec, status, generation }: Reservation): void {
    if (!status?.reservedAt) return
    const endsAt = Date.parse(status.reservedAt) + Math.min(maxTtlMs, spec.ttlMs ?? 0)
    change(key, { status: { ...status, expiresAt: new Date(endsAt).toISOString(), observedGeneration: generation } })
    clock.schedule(endsAt - clock.now(), () => decide(key))
  }

  function write(reservation: Reservation, spec: Partial<Reservation['spec']>): AskedHold {
    const key = keyOf(reservation.namespace, reservation.name)
    const present = stored.get(key)?.reservation
    if (!present || (spec.state && isFinished(present.status?.phase))) return { kind: 'asked' }
    if (present.spec.state === 'Released') return { kind: 'asked' }
    if (present.spec.state === 'Confirmed' && spec.state === 'Reserved') return { kind: 'asked' }
    change(key, { spec: { ...present.spec, ...spec }, generation: present.generation + 1 })
    clock.schedule(50, () => decide(key))
    return { kind: 'asked' }
  }

  const find = (order: OrderId): FoundHold | undefined => {
    const entry = stored.get(keyFor(order))
    return entry && { reservation: entry.reservation, ours: entry.order.uid === order.uid }
  }
  return {
    nameOf: childNameOf,
    find,
    read: async (order) => find(order),
    lends: () => false,
    async ask(order) {
      if (refusal !== undefined) return { kind: 'refused', reason: refusal }
      const key = keyFor(order)
      if (!stored.has(key)) {
        stored.set(key, { order, reservation: reservationFor(order) })
        clock.schedule(50, () => decide(key))
      }
      return { kind: 'asked' }
    },
    confirm: async (reservation) => write(reservation, { state: 'Confirmed' }),
    release: async (reservation) => write(reservation, { state: 'Released' }),
    extend: async (reservation, ttlMs) => write(reservation, { ttlMs }),
    *owners() {
      for (const { order, reservation } of stored.values()) if (!isFinished(reservation.status?.phase)) yield order
    },
    phaseOf: (order) => stored.get(keyFor(order))?.reservation.status?.phase,
    get free() {
      return free()
    },
    meddle(order, what) {
      if (what === 'deleted') stored.delete(keyFor(order))
      else end(keyFor(order), what)
      onChange(order)
    },
    refuse(reason) {
      refusal = reason
    },
    halt(halted) {
      isHalted = halted
      for (const key of stored.keys()) decide(key)
    },
  }
}

function priceOf(reservation: Reservation) {
  const amount = reservation.spec.items.reduce((sum, { quantity }) => sum + quantity, 0) * 349
  return { amount: `${amount}.00`, currency: 'EUR' }
}

function reservationFor(order: Order): Reservation {
  const { status, ...rest } = aHold()
  const items = order.spec.items.map((item) => ({ ...item, stockNamespace: order.namespace }))
  const ttlMs = parseDurationMs(order.spec.ttl) ?? 0
  return { ...rest, name: childNameOf(order), spec: { ...rest.spec, items, ttlMs, state: 'Reserved' } }
}

function neverHeld(): ReservationStatus {
  const { status } = aHold({ phase: 'Released', reason: 'ReleasedByClient', message: 'given back before it was held' })
  if (!status) throw new Error('a hold has a status')
  return status
}
