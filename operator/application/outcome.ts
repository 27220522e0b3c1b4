/** How a reconcile ended well: nothing more to do until something changes, or look again after a while. */
export type Outcome = { readonly kind: 'settled' } | { readonly kind: 'recheckAfter'; readonly delayMs: number }

export const settled: Outcome = { kind: 'settled' }

/** The clock by which a date looked far away may have been wrong. */
const LONGEST_WAIT_MS = 60_000

/** Look again at a date, and before it once a minute. Both are ms since 1970. */
export function recheckAt(at: number, now: number): Outcome {
  return recheckAfter(Math.min(at - now, LONGEST_WAIT_MS))
}

export function recheckAfter(delayMs: number): Outcome {
  return { kind: 'recheckAfter', delayMs: Math.max(0, delayMs) }
}
