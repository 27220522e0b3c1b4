import type { OrderReservation } from '../../operator/application/audit/audit-orders.ts'
import type { PaymentList, PaymentLists } from '../../operator/application/audit/audit-payment.ts'
import type { PaymentProvider, ProviderPayment } from '../../operator/application/order/payment-provider.ts'
import type { Order } from '../../operator/domain/order/order.ts'
import { systemClock } from '../../operator/infrastructure/clock/system-clock.ts'
import { isApiError } from '../../operator/infrastructure/kubernetes/api-error.ts'
import type { KubernetesClient } from '../../operator/infrastructure/kubernetes/client.ts'
import { resourceClient } from '../../operator/infrastructure/kubernetes/resource-client.ts'
import type { Order as OrderResource } from '../../operator/infrastructure/kubernetes/resources/generated/order.ts'
import type { Reservation } from '../../operator/infrastructure/kubernetes/resources/generated/reservation.ts'
import { orderFromResource, ordersResource } from '../../operator/infrastructure/kubernetes/resources/orders.ts'
import { reservationFromResource } from '../../operator/infrastructure/kubernetes/resources/reservations.ts'
import type { OrderSettings } from '../../operator/infrastructure/settings/order-settings.ts'
import { orderServices } from '../../operator/programs/order-services.ts'
import { quiet } from '../quiet-logger.ts'

const ORDER_UID = 'kbnt.io/order-uid'
/** Clocks of providers may be so far from ours. */
const CLOCKS_APART_MS = 3_600_000
/** For the whole list of one provider. */
const LONGEST_LIST_MS = 300_000

/** None on a cluster that does not know the kind: it was installed before there were orders. */
export async function readOrders(client: KubernetesClient): Promise<Order[]> {
  try {
    return (await resourceClient<OrderResource>(client, ordersResource).list()).items.map(orderFromResource)
  } catch (error) {
    if (isApiError(error, 404)) return []
    throw error
  }
}

/** One that says by its label that it was made for an order. */
export function forOrder(reservation: Reservation): OrderReservation[] {
  const orderUid = reservation.metadata.labels?.[ORDER_UID]
  return orderUid === undefined ? [] : [{ ...reservationFromResource(reservation), orderUid }]
}

/**
 * What each provider that orders name says of itself since the first of them was made. One that is paid by the book has
 * nothing to say, and is left out. Throws where one does not answer.
 */
export async function readPaymentLists(
  orders: readonly Order[],
  settings: OrderSettings | undefined,
): Promise<PaymentLists> {
  if (!settings || orders.length === 0) return new Map()
  const observer = { called: () => undefined, breaker: () => undefined }
  const services = orderServices(settings, { clock: systemClock(), logger: quiet, observer })
  const from = Math.min(...orders.map(({ createdAt }) => createdAt)) - CLOCKS_APART_MS
  const named = new Set(orders.map(({ spec, status }) => status?.payment?.provider ?? spec.payment.provider))
  const asked = [...services.payments.values()].filter(
    ({ name }) => named.has(name) && settings.payments[name]?.adapter === 'http',
  )
  try {
    return new Map(await Promise.all(asked.map(async (one) => [one.name, await listOf(one, from)] as const)))
  } finally {
    await services.close()
  }
}

async function listOf(provider: PaymentProvider, from: number): Promise<PaymentList> {
  const byReference = new Map<string, ProviderPayment[]>()
  const list = provider.list(from, Date.now() + CLOCKS_APART_MS, AbortSignal.timeout(LONGEST_LIST_MS))
  for await (const payment of list) {
    const known = byReference.get(payment.reference)
    if (known) known.push(payment)
    else byReference.set(payment.reference, [payment])
  }
  return byReference
}
