import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Counts } from '../../test/reporters/counting-spec.ts'
import { projectDirectory } from '../testbed/places.ts'
import { runProgram } from '../testbed/run-program.ts'
import type { GateStep, Outcome } from './outcome.ts'
import { logPath, reportsDirectory } from './program-check.ts'

export interface MochaSuite {
  readonly name: string
  /** Default: all tests in the folder of that name under test/. */
  readonly files?: readonly string[]
  readonly options?: readonly string[]
  /** Where V8 puts what was covered; absent = nobody asks. */
  readonly coverageDirectory?: string
  readonly abort: AbortSignal
}

/** How many files are named with what they take, and from how many milliseconds on. */
const LONGEST = 8
const LONG = 2_000

/** Runs all files of one suite. A suite without a single test has failed. */
export function mochaSuite(suite: MochaSuite): GateStep {
  return { name: suite.name, run: () => run(suite) }
}

async function run({ name, files = [`test/${name}/**/*.test.ts`], ...suite }: MochaSuite): Promise<Outcome> {
  const { options = [], coverageDirectory, abort } = suite
  const countsPath = join(reportsDirectory, `${name}.json`)
  await rm(countsPath, { force: true })
  const { exitCode, stdout, stderr } = await runProgram({
    command: 'mocha',
    arguments: [
      ...['--reporter', 'test/reporters/counting-spec.ts', '--reporter-option', `counts=${countsPath}`],
      '--forbid-only',
      ...options,
      ...files,
    ],
    directory: projectDirectory,
    environment: coverageDirectory ? { ...process.env, ...covering(coverageDirectory) } : process.env,
    logPath: logPath(name),
    abort,
  })
  const counts = await readCounts(countsPath)
  const output = `${stdout}${stderr}\n${whereTheTimeWent(name, counts.files)}`
  if (counts.passed + counts.failed === 0) return { ...counts, failed: 1, failures: ['no test has run'], output }
  if (exitCode === 0 || counts.failed > 0) return { ...counts, output }
  // Mocha may also end badly outside of any test: an import that throws, servers that don't start
  return { ...counts, failed: 1, failures: [`ended with exit code ${exitCode}`], output }
}

/** V8 tells precisely what was covered only of code that it has compiled itself. */
function covering(directory: string): NodeJS.ProcessEnv {
  return { NODE_V8_COVERAGE: directory, NODE_DISABLE_COMPILE_CACHE: '1' }
}

async function readCounts(path: string): Promise<Counts> {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  return text === undefined ? { passed: 0, failed: 0, skipped: 0, failures: [], files: {} } : JSON.parse(text)
}

/** One line for the reader of a green run, too: which files a suite should first be relieved of. */
function whereTheTimeWent(name: string, files: Counts['files']): string {
  const all = Object.entries(files).sort(([, a], [, b]) => b - a)
  const seconds = (milliseconds: number) => `${Math.round(milliseconds / 1000)} s`
  const whole = all.reduce((sum, [, milliseconds]) => sum + milliseconds, 0)
  const longest = all.slice(0, LONGEST).filter(([, took]) => took >= LONG)
  const named = longest.map(([file, took]) => `${file.replace(/^test\//, '')} ${seconds(took)}`)
  return `» ${name}: ${[`${seconds(whole)} in ${all.length} files`, ...named].join(', ')}`
}
