import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import mocha, { type MochaOptions, type Runner } from 'mocha'

export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** Each test that failed, by its full title, and why. */
  readonly failures: readonly string[]
}

/** Characters; room for what a program under test had to say, last. */
const MOST_OF_WHY = 6_000

/** Mocha's spec, and the counts in a JSON file: `--reporter-option counts=FILE`. */
class CountingSpec extends mocha.reporters.Spec {
  constructor(runner: Runner, options: MochaOptions) {
    super(runner, options)
    const path: string | undefined = options.reporterOptions?.counts
    if (!path) return
    runner.once('end', () => {
      const { passes: passed, failures: failed, pending: skipped } = this.stats
      const failures = this.failures.map(
        (test) => `${test.fullTitle()}: ${String(test.err?.message).slice(0, MOST_OF_WHY)}`,
      )
      const counts: Counts = { passed, failed, skipped, failures }
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, JSON.stringify(counts))
    })
  }
}

// Mocha requires a reporter and takes what it gets for the class itself
export { CountingSpec as 'module.exports' }
