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
    const isBack = mayBeBack(order) && !reservations.some(isOut)
    const { compared, isRefunded, messages } = auditPayment(order, paymentLists, isBack)
    const stock = isBack && (isRefunded || !compared) ? [] : stockOf({ order, reservations, now })
    const all = [...attention(order), ...several(reservations), ...stock, ...messages]
    return { order, compared, unfinished: unfinishedOf(order), findings: all.map((text) => findingOf(order, text)) }
  })
}

/** Cancelled once it was paid and sold: both may be given back by hand, and are to be then. */
function mayBeBack({ status }: Order): boolean {
  return status?.phase === 'Completed' && status.reason === 'CancelledTooLate'
}

/** Stock that is out or asked for, or sold and by what its provider has not paid, and whose order is not there. */
export function auditOrderStock({
  orderReservations,
  orderUids,
  paymentLists,
}: Pick<OrderFacts, 'orderReservations' | 'orderUids' | 'paymentLists'>): Finding[] {
  const orphaned = orderReservations.filter(({ orderUid }) => !orderUids.has(orderUid))
  return orphaned.flatMap((one) => {
    const gone = `for an order (uid ${one.orderUid}) that does not exist`
    if (isHeld(one)) return [findingOf(one, `is ${phaseOf(one)} ${gone}`)]
    const unpaid = isOut(one) && isUnpaid(one.orderUid, paymentLists)
    return unpaid ? [findingOf(one, `is ${phaseOf(one)} ${gone}, and what was to be paid for it was not taken`)] : []
  })
}

/** Somebody knows its payment, and nobody has taken it: of one that nobody knows, what was taken may be older than the lists. */
function isUnpaid(reference: string, lists: OrderFacts['paymentLists']): boolean {
  const payments = [...lists.values()].flatMap((list) => list.get(reference) ?? [])
  return payments.length > 0 && payments.every(({ state }) => state !== 'taken')
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
  if (status.reservationUid !== undefined && status.reservationUid !== own.uid)
    return isOut(own)
      ? [`is Completed, and ${own.name}, which is ${phaseOf(own)}, is another reservation than was sold`]
      : []
  return [`is Completed and paid, but its reservation ${own.name} is ${phaseOf(own)}: its stock is not sold`]
}

function givenBack({ reservations, now }: OrderFound, { finishedAt }: OrderStatus): string[] {
  if (Date.parse(finishedAt ?? '') + LATE_MS >= now) return []
  const out = reservations.filter(isOut)
  return out.map((one) => `is Cancelled, and its reservation ${one.name} is still ${phaseOf(one)}`)
}
