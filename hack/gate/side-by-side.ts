import type { GateStep, Outcome } from './outcome.ts'

/**
 * Runs steps at the same time, as one: for those that mostly wait for others. With `room` only as many at once as their
 * weights leave it, in their order.
 */
export function sideBySide(name: string, steps: readonly GateStep[], room = Infinity): GateStep {
  return {
    name,
    async run(progress) {
      const outcomes: Outcome[] = []
      const running = new Set<Promise<void>>()
      let left = room
      for (const step of steps) {
        const { weight = 1 } = step
        while (left < weight && running.size > 0) await Promise.race(running)
        left -= weight
        const run = step.run(progress).then((outcome) => {
          outcomes.push(outcome)
          running.delete(run)
          left += weight
        })
        running.add(run)
      }
      await Promise.all(running)
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
