import { isOver, isTrue, type Order, type OrderStatus } from '../../domain/order/order.ts'
import { isFinished, keyOf, type Reservation } from '../../domain/reservation/reservation.ts'
import { auditPayment, type PaymentLists } from './audit-payment.ts'
import type { Finding } from './finding.ts'

/** An order that is over may have stock for so much longer: its reservation is just being told. */
const LATE_MS = 30_000

/** A reservation that says by its label that it was made for an order. */
export interface OrderReservation extends Reservation {
  readonly orderUid: string
}

export interface OrderFacts {
  readonly orders: readonly Order[]
  /** Uids of all orders that existed while this was read. */
  readonly orderUids: ReadonlySet<string>
  readonly orderReservations: readonly OrderReservation[]
  readonly paymentLists: PaymentLists
  /** Milliseconds since 1970. */
  readonly now: number
}

/** What is known of one order's stock and money, for people. */
export interface OrderBooks {
  readonly order: Order
  /** The provider's list was read, so that its money was compared. */
  readonly compared: boolean
  /** Steps that are not published, and what the operator has yet to do. */
  readonly unfinished: number
  readonly findings: readonly Finding[]
}

/** Compares every order with the reservations that were made for it and with what its provider has. */
export function auditOrders({ orders, orderReservations, paymentLists, now }: OrderFacts): OrderBooks[] {
  const own = Map.groupBy(orderReservations, ({ orderUid }) => orderUid)
  return orders.map((order) => {
    const reservations = (own.get(order.uid) ?? []).filter(({ namespace }) => namespace === order.namespace)
    const { compared, messages } = auditPayment(order, paymentLists)
    const all = [...attention(order), ...several(reservations), ...stockOf({ order, reservations, now }), ...messages]
    return { order, compared, unfinished: unfinishedOf(order), findings: all.map((text) => findingOf(order, text)) }
  })
}

/** Stock that is out or asked for, and whose order is not there. */
export function auditOrderStock({
  orderReservations,
  orderUids,
}: Pick<OrderFacts, 'orderReservations' | 'orderUids'>): Finding[] {
  const orphaned = orderReservations.filter((one) => isHeld(one) && !orderUids.has(one.orderUid))
  return orphaned.map((reservation) =>
    findingOf(reservation, `is ${phaseOf(reservation)} for an order (uid ${reservation.orderUid}) that does not exist`),
  )
}

function findingOf(
  { namespace, name }: { readonly namespace: string; readonly name: string },
  message: string,
): Finding {
  return { about: keyOf(namespace, name), message, runbook: 'orders-and-money' }
}

function phaseOf({ status }: Reservation): string {
  return status?.phase ?? 'not decided'
}

/** Sold stock stays Confirmed for good, with its order or without. */
function isHeld({ status, deleting }: Reservation): boolean {
  return !deleting && status?.phase !== 'Confirmed' && !isFinished(status?.phase)
}

function isOut({ status, deleting }: Reservation): boolean {
  return !deleting && !isFinished(status?.phase)
}

function unfinishedOf({ status }: Order): number {
  if (!status) return 1
  return status.steps - status.published + (isOver(status) || status.phase === 'NeedsAttention' ? 0 : 1)
}

function attention({ status }: Order): string[] {
  if (status?.phase !== 'NeedsAttention') return []
  return [`needs attention since ${status.phaseSince}: ${status.reason}: ${status.message}`]
}

function several(reservations: readonly Reservation[]): string[] {
  const out = reservations.filter(isOut)
  if (out.length < 2) return []
  return [`has ${out.length} reservations: ${out.map(({ name }) => name).join(', ')}; it needs one`]
}

interface OrderFound {
  readonly order: Order
  /** All that were made for it. */
  readonly reservations: readonly Reservation[]
  readonly now: number
}

/** Of an order that is over; what is under way may be anything. */
function stockOf(found: OrderFound): string[] {
  const { status } = found.order
  if (!status || !isOver(status)) return []
  return status.phase === 'Completed' ? soldOf(found, status) : givenBack(found, status)
}

/** Its reservation may be gone by now, and its stock is sold all the same. */
function soldOf({ reservations }: OrderFound, status: OrderStatus): string[] {
  if (!isTrue(status, 'StockSold')) return ['is Completed, and does not say that its stock was sold']
  const own = reservations.find(({ name }) => name === status.reservation)
  if (!own || own.deleting || own.status?.phase === 'Confirmed') return []
  return [`is Completed and paid, but its reservation ${own.name} is ${phaseOf(own)}: its stock is not sold`]
}

function givenBack({ reservations, now }: OrderFound, { finishedAt, reason }: OrderStatus): string[] {
  const isLate = Date.parse(finishedAt ?? '') + LATE_MS < now
  if (!isLate || reason === 'StockSoldByOthers') return []
  const out = reservations.filter(isOut)
  return out.map((one) => `is Cancelled, and its reservation ${one.name} is still ${phaseOf(one)}`)
}
