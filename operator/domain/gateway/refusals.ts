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
