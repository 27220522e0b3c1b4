/** As many as the CRDs let a status keep. */
export const KEPT_STEPS = 16

/** What a status says of all that has happened to its object. */
export interface KeptSteps<Step> {
  /** How many there were in all. */
  readonly steps: number
  /** Up to which of them every topic is known to have the events. */
  readonly published: number
  /** The last ones. */
  readonly history: readonly Step[]
}

/** The same after `added`. `first`: what had happened before there was a status, which counts as no step of ours. */
export function stepsAfter<Step>(
  before: KeptSteps<Step> | undefined,
  added: readonly Step[],
  published: number,
  first: readonly Step[] = [],
): KeptSteps<Step> {
  return {
    steps: (before?.steps ?? 0) + added.length,
    published: Math.max(before?.published ?? 0, published),
    history: historyAfter(before?.history ?? first, added),
  }
}

export function historyAfter<Step>(before: readonly Step[], added: readonly Step[]): Step[] {
  return [...before, ...added].slice(-KEPT_STEPS)
}
