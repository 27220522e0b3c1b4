/** How a reconcile ended well: nothing more to do until something changes, or look again after a while. */
export type Outcome = { readonly kind: 'settled' } | { readonly kind: 'recheckAfter'; readonly delayMs: number }

export const settled: Outcome = { kind: 'settled' }

export function recheckAfter(delayMs: number): Outcome {
  return { kind: 'recheckAfter', delayMs: Math.max(0, delayMs) }
}
