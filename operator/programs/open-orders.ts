import { inLanes } from '../application/in-lanes.ts'
import type { KubernetesClient } from '../infrastructure/kubernetes/client.ts'
import { buildClusterEvent, type ClusterEvent, EVENTS } from '../infrastructure/kubernetes/cluster-event.ts'
import { resourceClient } from '../infrastructure/kubernetes/resource-client.ts'
import type { Order } from '../infrastructure/kubernetes/resources/generated/order.ts'

const SOURCE = { controller: 'kbnt.io/operator', instance: 'kbnt-operator-uninstall' }
const NOTE =
  'its operator has gone and has left its finalizer on, because its money is not settled: docs/runbooks/orders-and-money.md says how to find out where it is; then take the finalizer kbnt.io/order off'
const AT_ONCE = 16

/**
 * Tells by an Event on each of these orders that nobody looks after its money any more: whoever does the uninstall may never
 * read what it has printed. Events are a courtesy: what is refused is left out. Never throws.
 */
export async function tellOpenOrders(client: KubernetesClient, orders: readonly Order[]): Promise<void> {
  const events = resourceClient<ClusterEvent>(client, EVENTS)
  const tell = ([serial, order]: readonly [number, Order]) => events.create(eventOf(order, serial))
  await inLanes(orders.entries(), AT_ONCE, tell).catch(() => undefined)
}

function eventOf({ metadata }: Order, serial: number): ClusterEvent {
  const { namespace = '', name = '', uid = '' } = metadata
  const regarding = { apiVersion: 'kbnt.io/v1beta1', kind: 'Order', namespace, name, uid }
  const occurrence = { regarding, type: 'Warning', reason: 'MoneyNotSettled', action: 'Uninstall', note: NOTE } as const
  return buildClusterEvent(occurrence, SOURCE, Date.now(), serial)
}
