import { type Answer, LedgerAway, LedgerBusy, type Order } from '../order.ts'
import type { RowLedger } from '../row-ledger.ts'

export type LedgerOf = Pick<RowLedger, 'order'>

/** Answers that nothing was done, and why, where the same may be asked for again; throws what else goes wrong. */
export async function askLedger(
  ledger: LedgerOf,
  order: Order,
): Promise<Answer | { readonly kind: 'away'; readonly reason: string }> {
  try {
    return await ledger.order(order)
  } catch (error) {
    if (error instanceof LedgerAway) return { kind: 'away', reason: error.told }
    if (error instanceof LedgerBusy) return { kind: 'away', reason: error.message }
    throw error
  }
}
