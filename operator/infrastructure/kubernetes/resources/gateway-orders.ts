import type { Caller } from '../../../application/gateway/caller.ts'
import type { OrderFilter, PaidOrderDraft, PaidOrders } from '../../../application/gateway/orders/paid-orders.ts'
import type { CallerCalls } from '../access/guest-calls.ts'
import { type CachedObjects, gatewayObjects, written } from './gateway-objects.ts'
import type { Order } from './generated/order.ts'
import { ORDER_HASH } from './order-hash.ts'
import { seenOrder } from './shown-order.ts'

/** What the watch has brought, as far as there is room for it. */
export interface CachedOrders extends CachedObjects<Order> {
  hasRoom(namespace: string): boolean
  isWhole(namespace: string): boolean
}

export interface GatewayOrdersParts {
  readonly cache: CachedOrders
  readonly as: (caller: Caller) => CallerCalls<Order>
}

/** Orders as the gateway reads them from its watch, and writes them in the caller's name. */
export function gatewayOrders({ cache, as }: GatewayOrdersParts): PaidOrders {
  return {
    ...gatewayObjects({ cache, as, seen: seenOrder, matches }),
    create: (caller, draft) => written(as(caller).create(resourceOf(draft)), seenOrder),
    cancel: (caller, namespace, name) =>
      written(as(caller).mergePatch(namespace, name, { spec: { cancel: true } }), seenOrder),
    hasRoom: cache.hasRoom,
    isWhole: cache.isWhole,
  }
}

function matches({ spec, status }: Order, { customer, phase }: OrderFilter): boolean {
  if (customer !== undefined && spec.customer !== customer) return false
  return phase === undefined || (status?.phase ?? 'Pending') === phase
}

/** Only what was given: what is absent gets the schema's defaults. */
function resourceOf({ namespace, name, order, orderHash, requestId }: PaidOrderDraft): Order {
  return {
    apiVersion: 'kbnt.io/v1beta1',
    kind: 'Order',
    metadata: { namespace, name, annotations: { [ORDER_HASH]: orderHash } },
    spec: { ...order, requestId } as Order['spec'],
  }
}
