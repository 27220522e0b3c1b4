import type { Request } from '../stock/request.ts'
import type { StockTerms } from '../stock/terms.ts'

/** The line of a reservation that its stock refuses, and what of that stock says why. */
export interface RefusedLine {
  /** As people of the reservation's namespace call it. */
  readonly stock: string
  readonly request: Pick<Request, 'quantity' | 'ttlMs'>
  readonly terms: StockTerms
  /** Units that its consumer has of the stock already. */
  readonly consumerHas: number
}

/** What the stock can hand out when nothing is out. */
export function mostText({ terms: { quantity, safetyStock } }: RefusedLine): string {
  const most = quantity - safetyStock
  if (most > 0)
    return `at most ${most}${safetyStock > 0 ? ` (${quantity} less ${safetyStock} safety stock)` : ''}; ask for less`
  return quantity === 0 ? 'it has none' : `nothing, for of its ${quantity} it keeps ${safetyStock} as safety stock`
}

export function lineLengthText({ terms: { waitlist } }: RefusedLine): string {
  if (waitlist.maxLength === 0) return 'nobody may wait'
  return waitlist.maxLength === 1 ? '1 is waiting' : `${waitlist.maxLength} are waiting`
}

/** Undefined where there is no such limit any more. */
export function atMost(limit: number | undefined): string | undefined {
  return limit === undefined ? undefined : `at most ${limit}`
}
