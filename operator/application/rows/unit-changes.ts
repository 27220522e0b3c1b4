import { type Claim, unitsTowardsLimit } from '../../domain/stock/claim.ts'
import type { StockBook } from '../../domain/stock/stock-book.ts'
import type { About, ConsumerUnits } from './row-books.ts'

interface Touched {
  readonly uid: string
  readonly about: About
  readonly stocks: readonly string[]
  readonly before: ReadonlyMap<string, Claim>
}

/** By how much consumers have more or less of stocks that limit it; nobody is named whose units have not changed. */
export function unitChanges(
  touched: readonly Touched[],
  open: ReadonlyMap<string, { readonly book: StockBook }>,
): ConsumerUnits[] {
  const sums = new Map<string, Map<string, number>>()
  for (const { uid, about, stocks, before } of touched) {
    if (about.consumer === undefined) continue
    for (const stock of stocks) {
      const book = open.get(stock)?.book
      if (book?.terms.limits.perConsumer === undefined) continue
      const { reclaimPolicy } = book.terms
      const more =
        unitsTowardsLimit(book.claims.get(uid), reclaimPolicy) - unitsTowardsLimit(before.get(stock), reclaimPolicy)
      const of = sums.get(stock) ?? new Map<string, number>()
      sums.set(stock, of.set(about.consumer, (of.get(about.consumer) ?? 0) + more))
    }
  }
  return [...sums].flatMap(([stock, of]) =>
    [...of].flatMap(([consumer, units]) => (units === 0 ? [] : [{ stock, consumer, units }])),
  )
}
