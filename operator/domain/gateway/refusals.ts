import type { OrderReason } from '../order/order-reasons.ts'
import type { Reason } from '../reservation/reservation.ts'

/** Refused otherwise than by the books: not there, not shared, or asking for what no state of the books would allow. */
const others: Partial<Record<Reason, 403 | 404 | 422>> = {
  StockNotFound: 404,
  StockNotShared: 403,
  HoldTooLong: 422,
  WaitTooLong: 422,
  PriorityTooHigh: 422,
  NoWaitlist: 422,
  LedgersDiffer: 422,
}

/** The HTTP status of a reservation that is over: 409 where the same may succeed later. */
export function statusOfEnd(reason: Reason | undefined): 403 | 404 | 409 | 422 {
  return (reason && others[reason]) ?? 409
}

const ordersOthers: Partial<Record<OrderReason, 403 | 422>> = {
  UserRefused: 403,
  ProviderUnknown: 422,
  NotPayable: 422,
  SeveralCurrencies: 422,
}

/** The HTTP status of an order that came to nothing, for a reason of its own or of its reservation. */
export function statusOfCancelled(reason: OrderReason): 403 | 404 | 409 | 422 {
  return ordersOthers[reason] ?? others[reason as Reason] ?? 409
}
