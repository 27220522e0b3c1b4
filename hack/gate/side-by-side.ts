import { inLanes } from '../../operator/application/in-lanes.ts'
import type { GateStep, Outcome } from './outcome.ts'

/** Runs steps at the same time, as one: for those that mostly wait for others. With `room` only so many at once, in their order. */
export function sideBySide(name: string, steps: readonly GateStep[], room = steps.length): GateStep {
  return {
    name,
    async run(progress) {
      const outcomes: Outcome[] = []
      await inLanes(steps, room, async (step) => {
        outcomes.push(await step.run(progress))
      })
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
