import type { RowBooks } from './row-books.ts'
import type { RowLedger } from './row-ledger.ts'

/** Looked for at once; where there are so many, there may be more. */
const TOGETHER = 500

/**
 * Ends every hold whose time is up, wherever its stocks are; whoever does so at the same time does no harm. Answers how
 * many were looked at. Throws as the ledger does: what was not ended is found again.
 */
export async function endOver(books: Pick<RowBooks, 'over'>, ledger: Pick<RowLedger, 'order'>): Promise<number> {
  let looked = 0
  for (;;) {
    const uids = await books.over(TOGETHER)
    await Promise.all(uids.map((uid) => ledger.order({ kind: 'expire', uid })))
    looked += uids.length
    if (uids.length < TOGETHER) return looked
  }
}
