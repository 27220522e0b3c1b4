import { isApiError } from '../../operator/infrastructure/kubernetes/api-error.ts'
import { resourceClient } from '../../operator/infrastructure/kubernetes/resource-client.ts'
import type { Reservation } from '../../operator/infrastructure/kubernetes/resources/generated/reservation.ts'
import { reservationsResource } from '../../operator/infrastructure/kubernetes/resources/reservations.ts'
import { consumerOf, type LoadOrders, nameOf } from './orders.ts'
import type { LoadTarget } from './run-load.ts'

/** Reservations as objects, as kubectl and GitOps make them; the operator decides them when it comes to them. */
export function objectOrders({ client, namespace }: LoadTarget): LoadOrders {
  const reservations = resourceClient<Reservation>(client, reservationsResource)
  return {
    reserve(order, stock) {
      const spec = { items: [{ stockNamespace: '', stock, quantity: 1 }], ttl: '4h', consumer: consumerOf(order) }
      const metadata = { namespace, name: nameOf(order) }
      const body = { apiVersion: 'kbnt.io/v1beta1', kind: 'Reservation', metadata, spec }
      return reservations.create(body as unknown as Reservation)
    },
    async end(order, state) {
      try {
        await reservations.mergePatch(namespace, nameOf(order), { spec: { state } })
        return true
      } catch (error) {
        if (!isApiError(error, 404)) throw error
        return false
      }
    },
    /** Pending ones have none. */
    async phases() {
      const { items } = await reservations.list({ namespace })
      const phases = Object.groupBy(items, ({ status }) => status?.phase ?? 'Pending')
      return Object.fromEntries(Object.entries(phases).map(([phase, all]) => [phase, all?.length ?? 0]))
    },
    close: () => Promise.resolve(),
  }
}
