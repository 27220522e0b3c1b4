/** The part of all room that is kept for namespaces that have less than it. */
const KEPT_PART = 1 / 4

export interface TakenRoom {
  /** In all namespaces together. */
  readonly all: number
  /** In the namespace that asks. */
  readonly own: number
}

/**
 * Whether a namespace may have one more of `most`. Where there may be others, a quarter is left for those that have less
 * than that, however many objects one of them is flooded with.
 */
export function hasSharedRoom({ all, own }: TakenRoom, most: number, shared: boolean): boolean {
  const kept = shared ? Math.ceil(most * KEPT_PART) : 0
  return all < most - kept || (all < most && own < kept)
}
