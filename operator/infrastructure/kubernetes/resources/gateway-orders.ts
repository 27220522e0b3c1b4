import type { Caller } from '../../../application/gateway/caller.ts'
import type { OrderFilter, PaidOrderDraft, PaidOrders } from '../../../application/gateway/orders/paid-orders.ts'
import type { CallerCalls } from '../access/guest-calls.ts'
import { BY_NAMESPACE, type CachedObjects, gatewayObjects, written } from './gateway-objects.ts'
import type { Order } from './generated/order.ts'
import { ORDER_HASH } from './order-hash.ts'
import { seenOrder } from './shown-order.ts'

/** What the watch has brought, as far as there is room for it. */
export interface CachedOrders extends CachedObjects<Order> {
  readonly size: number
  isWhole(namespace: string): boolean
}

export interface GatewayOrdersParts {
  readonly cache: CachedOrders
  readonly as: (caller: Caller) => CallerCalls<Order>
  /** How many there may be in all. */
  readonly most: number
  /** There may be other namespaces than one. */
  readonly shared: boolean
}

/** The part of all room that is kept for namespaces that have less than it. */
const KEPT_PART = 1 / 4

/** Orders as the gateway reads them from its watch, and writes them in the caller's name. */
export function gatewayOrders({ cache, as, most, shared }: GatewayOrdersParts): PaidOrders {
  const kept = Math.ceil(most * KEPT_PART)
  const hasFew = (namespace: string) => [...cache.byIndex(BY_NAMESPACE, namespace)].length < kept
  return {
    ...gatewayObjects({ cache, as, seen: seenOrder, matches }),
    create: (caller, draft) => written(as(caller).create(resourceOf(draft)), seenOrder),
    cancel: (caller, namespace, name) =>
      written(as(caller).mergePatch(namespace, name, { spec: { cancel: true } }), seenOrder),
    hasRoom: (namespace) => cache.size < (shared ? most - kept : most) || (cache.size < most && hasFew(namespace)),
    isWhole: (namespace) => cache.isWhole(namespace),
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
