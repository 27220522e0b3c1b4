import type { GateStep, Outcome } from './outcome.ts'

/**
 * Runs steps at the same time, as one: for those that mostly wait for others. With `most` at most so many at once, in
 * their order: the longest go first.
 */
export function sideBySide(name: string, steps: readonly GateStep[], most = steps.length): GateStep {
  return {
    name,
    async run(progress) {
      const waiting = steps.values()
      const outcomes: Outcome[] = []
      async function inTurn(): Promise<void> {
        for (const step of waiting) outcomes.push(await step.run(progress)) // what others have taken, the iterator skips
      }
      await Promise.all(Array.from({ length: most }, inTurn))
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
