import { Problem } from '../answer.ts'
import type { GatewayWorld } from '../gateway-world.ts'
import type { PaidOrders } from './paid-orders.ts'

/** A world in which there are orders. */
export type OrderWorld = GatewayWorld & { readonly orders: PaidOrders }

/** Throws a Problem where this gateway serves none. */
export function orderWorld(world: GatewayWorld): OrderWorld {
  const { orders } = world
  if (orders) return { ...world, orders }
  throw new Problem('NotFound', {
    detail: 'this gateway serves no orders: its settings name no payment provider (orders.payments)',
  })
}
