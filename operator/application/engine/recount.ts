import type { EntryDraft } from '../../domain/stock/entry.ts'
import type { StockBook } from '../../domain/stock/stock-book.ts'

/** What a comparison of counters and holds asks for. */
export type Recounting =
  | { readonly kind: 'closed' }
  | { readonly kind: 'recount'; readonly draft: EntryDraft }
  | { readonly kind: 'open'; readonly message: string }

/**
 * Compares a stock's counters with the sum of its holds. Above it: a holder was deleted unseen, and its units come
 * back; but sold ones have no holder any more, and stay sold. Below it: the status was restored or edited; counted up
 * where the stock has that much. `uncertain`: somebody may have more than its claims tell, so nothing comes back.
 */
export function decideRecount(book: StockBook, uncertain = false): Recounting {
  const { balances, terms } = book
  const sums = book.sums()
  const least = uncertain ? 0 : -Infinity
  const reserved = Math.max(least, sums.reserved - balances.reserved)
  const counted = terms.reclaimPolicy === 'Return' || sums.confirmed > balances.confirmed
  const confirmed = counted ? Math.max(least, sums.confirmed - balances.confirmed) : 0
  if (reserved === 0 && confirmed === 0) return { kind: 'closed' }
  const out = balances.reserved + reserved + balances.confirmed + confirmed
  const rises = out > balances.reserved + balances.confirmed
  if (rises && out + terms.safetyStock > balances.quantity) {
    return {
      kind: 'open',
      message: `reservations hold ${out}, the books say ${balances.reserved + balances.confirmed} of ${balances.quantity}; see the runbook books-do-not-close`,
    }
  }
  return {
    kind: 'recount',
    draft: { verb: 'Recount', quantity: Math.abs(reserved) + Math.abs(confirmed), moves: { reserved, confirmed } },
  }
}
