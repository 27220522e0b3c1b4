import type { StockBook } from './stock-book.ts'

/**
 * Units that are out and that no claim accounts for: somebody has them whose reservation can't be read, or in a namespace
 * that can't be listed. What was sold keeps no claim, and doesn't count.
 */
export function unseenUnits(book: StockBook): number {
  const { reserved, confirmed } = book.sums()
  const lent = book.terms.reclaimPolicy === 'Return' ? book.balances.confirmed - confirmed : 0
  return Math.max(0, book.balances.reserved - reserved) + Math.max(0, lent)
}
