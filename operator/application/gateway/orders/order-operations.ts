import type { Operation } from '../call.ts'
import type { GatewayWorld } from '../gateway-world.ts'
import { cancelOrder } from './cancel-order.ts'
import { orderWorld } from './order-world.ts'
import { placeOrder } from './place-order.ts'

/** The operations that write orders. */
export function orderOperations(world: GatewayWorld): Readonly<Record<string, Operation>> {
  return {
    createOrder: async (call) => placeOrder(orderWorld(world), call),
    cancelOrder: async (call) => cancelOrder(orderWorld(world), call),
  }
}
