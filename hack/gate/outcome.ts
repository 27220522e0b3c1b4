import type { Progress } from '../testbed/progress.ts'

/** What one step of the gate found. A step that is not a suite of tests counts as one. */
export interface Outcome {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** All it said; shown when it failed. */
  readonly output: string
}

export interface GateStep {
  readonly name: string
  readonly run: (progress: Progress) => Promise<Outcome>
}

export function checked(passed: boolean, output: string): Outcome {
  return { passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0, output }
}
