import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, relative } from 'node:path'
import mocha, { type MochaOptions, type Runner, type Suite } from 'mocha'

export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** Each test that failed, by its full title, and why. */
  readonly failures: readonly string[]
  /** Milliseconds of each file, what it prepares and takes away included. */
  readonly files: Readonly<Record<string, number>>
}

/** Characters; room for what a program under test had to say, last. */
const MOST_OF_WHY = 6_000

/** How long after the last test a run may take to let go of what it has, in ms. */
const MOST_TO_END_MS = 60_000

/**
 * Mocha's spec, and the counts in a JSON file: `--reporter-option counts=FILE`. A run that doesn't end by itself, for
 * what some test has left open, is ended and has failed.
 */
class CountingSpec extends mocha.reporters.Spec {
  constructor(runner: Runner, options: MochaOptions) {
    super(runner, options)
    const path: string | undefined = options.reporterOptions?.counts
    if (!path) return
    const endsWithin = Number(options.reporterOptions.ends ?? MOST_TO_END_MS)
    const files = timesOfFiles(runner)
    runner.once('end', () => {
      const { passes: passed, failures: failed, pending: skipped } = this.stats
      const failures = this.failures.map(
        (test) => `${test.fullTitle()}: ${String(test.err?.message).slice(0, MOST_OF_WHY)}`,
      )
      const counts: Counts = { passed, failed, skipped, failures, files }
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, JSON.stringify(counts))
      setTimeout(() => endAsFailed(path, counts, endsWithin), endsWithin).unref()
    })
  }
}

function endAsFailed(path: string, counts: Counts, waitedMs: number): never {
  const open = [...new Set(process.getActiveResourcesInfo())].join(', ')
  const why = `the tests have ended, but ${waitedMs / 1000} s later the run has not: something is left open (${open})`
  console.error(why)
  writeFileSync(path, JSON.stringify({ ...counts, failed: counts.failed + 1, failures: [...counts.failures, why] }))
  process.once('exit', () => {
    process.exitCode = 1 // after mocha, which sets it by what has failed
  })
  process.exit()
}

function timesOfFiles(runner: Runner): Record<string, number> {
  const files: Record<string, number> = {}
  let began = 0
  runner.on('suite', (suite: Suite) => {
    if (suite.parent?.root) began = performance.now()
  })
  runner.on('suite end', (suite: Suite) => {
    if (!suite.parent?.root || !suite.file) return
    const file = relative(process.cwd(), suite.file)
    files[file] = (files[file] ?? 0) + Math.round(performance.now() - began)
  })
  return files
}

// Mocha requires a reporter and takes what it gets for the class itself
export { CountingSpec as 'module.exports' }
