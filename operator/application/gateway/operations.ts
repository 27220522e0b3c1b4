import type { Operation } from './call.ts'
import { changeOperations } from './change-reservation.ts'
import { stockOperations } from './change-stock.ts'
import type { GatewayWorld } from './gateway-world.ts'
import { orderOperations } from './orders/order-operations.ts'
import { readOperations } from './read-objects.ts'
import { virtualizeOperations } from './requests/virtualize.ts'
import { reserveOperations } from './reserve.ts'
import { reserveBatch } from './rows/reserve-batch.ts'

/** Every operation of the contract, by its operationId. */
export function gatewayOperations(world: GatewayWorld): Readonly<Record<string, Operation>> {
  return {
    ...stockOperations(world),
    ...reserveOperations(world),
    createReservations: (call) => reserveBatch(world, call),
    ...changeOperations(world),
    ...orderOperations(world),
    ...virtualizeOperations(world),
    ...readOperations(world),
  }
}
