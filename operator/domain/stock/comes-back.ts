import type { Claim } from './claim.ts'
import { decideRelease } from './decide.ts'
import { type HomeDecision, heldLine } from './decide-together.ts'
import type { StockBook } from './stock-book.ts'

/** Whether units come back when nobody has their reservation any more: holds do, and what is lent; what is sold stays sold. */
export function comesBack(claim: Claim, { terms }: StockBook): boolean {
  return claim.phase !== 'Confirmed' || terms.reclaimPolicy === 'Return'
}

/**
 * Gives back what comes back of a reservation whose object is gone; `others` are those of its other books where something
 * does. The home says so first, even when nothing of its own is in it.
 */
export function decideEnd(others: readonly StockBook[]): HomeDecision {
  return (claim, book) => {
    if (!claim) return []
    const lines = others.flatMap((other) => heldLine(other, claim.uid))
    const isBack = comesBack(claim, book)
    if (!isBack && lines.length === 0) return []
    return decideRelease(claim, book, 'Deleted').map(({ lines: _, ...draft }) => ({
      ...(isBack ? draft : withoutUnits(draft)),
      ...(lines.length > 0 && { lines }),
    }))
  }
}

function withoutUnits<Draft extends { readonly moves?: unknown }>({ moves: _, ...draft }: Draft) {
  return { ...draft, quantity: 0 }
}
