/** As from the API server's clock: beyond it, nobody knows whose hold is over. */
const MOST_MS = 5_000

/** When a database was asked and when it answered, by the clock of this process, and what its own said meanwhile; in ms. */
export interface TimeAsked {
  readonly from: number
  readonly to: number
  readonly at: number
}

/**
 * How far our clock is ahead of a database's, in ms, where that is too far to decide anything; else 0. However long the
 * answer took, that alone is no difference: its time must lie between question and answer.
 */
export function aheadMs({ from, to, at }: TimeAsked): number {
  if (from - at > MOST_MS) return from - at
  return at - to > MOST_MS ? to - at : 0
}

/** In words, with both times: which of the two is wrong can't be told here. */
export function whyApart({ to, at }: TimeAsked): string {
  const [theirs, ours] = [at, to].map((ms) => new Date(ms).toISOString())
  return `the database's clock says ${theirs}, and that of this process ${ours}; nothing is decided until they agree`
}
