import type { GateStep, Outcome } from './outcome.ts'

/** Runs steps at the same time, as one: for those that mostly wait for others. */
export function sideBySide(name: string, steps: readonly GateStep[]): GateStep {
  return {
    name,
    async run(progress) {
      const outcomes = await Promise.all(steps.map((step) => step.run(progress)))
      return outcomes.reduce(together)
    },
  }
}

function together(a: Outcome, b: Outcome): Outcome {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
    failures: [...a.failures, ...b.failures],
    output: `${a.output}\n${b.output}`,
  }
}
