import type { Progress } from '../testbed/progress.ts'

/** What one step of the gate found. A step that is not a suite of tests counts as one. */
export interface Outcome {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** What failed, and why; the last thing that a red run says. */
  readonly failures: readonly string[]
  /** All it said; shown when it failed. */
  readonly output: string
}

export interface GateStep {
  readonly name: string
  readonly run: (progress: Progress) => Promise<Outcome>
}

export function checked(passed: boolean, output: string): Outcome {
  const failures = passed ? [] : ['see above']
  return { passed: passed ? 1 : 0, failed: failures.length, skipped: 0, failures, output }
}
