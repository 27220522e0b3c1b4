import { isOver, type Order } from '../../domain/order/order.ts'

/** Whether an order may still go by its reservation. `order`: as last seen. `isSeen`: all orders of its namespace were. */
export function mayNeedHold(order: Pick<Order, 'status'> | undefined, isSeen: boolean): boolean {
  return order ? !isOver(order.status) : !isSeen
}
