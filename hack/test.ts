import { mkdir, rm } from 'node:fs/promises'
import { gateSteps } from './gate/gate-steps.ts'
import { checked, type GateStep, type Outcome } from './gate/outcome.ts'
import { reportsDirectory } from './gate/program-check.ts'
import { type TerminalSteps, terminalSteps } from './terminal-steps.ts'

const shownCharacters = 30_000
/** How seldom servers written in Go collect their garbage: memory is there, and processors are what a run waits for. */
const SELDOM = '300'

process.exitCode = await main(process.argv.slice(2))

/**
 * Runs every step, also after one has failed; names given run these alone. The last lines name what failed, and count all
 * of them together.
 */
async function main(names: readonly string[]): Promise<number> {
  process.env['GOGC'] ??= SELDOM
  const ending = new AbortController()
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.once(signal, () => ending.abort())
  const steps = gateSteps(names, ending.signal)
  const unknown = names.filter((name) => !steps.some((step) => step.name === name))
  if (unknown.length > 0) {
    console.error(`no such step: ${unknown.join(', ')}; there are ${steps.map((step) => step.name).join(' ')}`)
    return 2
  }

  await rm(reportsDirectory, { recursive: true, force: true })
  await mkdir(reportsDirectory, { recursive: true })
  const terminal = terminalSteps(process.stdout)
  let passed = 0
  let failed = 0
  const failures: string[] = []
  for (const step of steps) {
    if (names.length > 0 && !names.includes(step.name)) continue
    const outcome = await runStep(terminal, step)
    passed += outcome.passed
    failed += outcome.failed
    failures.push(...outcome.failures.map((failure) => `${step.name}: ${failure}`))
  }
  for (const failure of failures) console.log(`  ✗ ${failure.replaceAll('\n', '\n      ')}`)
  console.log(`${passed} passed, ${failed} failed`)
  return failed === 0 ? 0 : 1
}

async function runStep(terminal: TerminalSteps, step: GateStep): Promise<Outcome> {
  let outcome: Outcome | undefined
  try {
    await terminal.run({
      doing: step.name,
      run: async (progress) => {
        outcome = await step.run(progress).catch((error: unknown) => checked(false, String(error)))
        // the terminal marks a step as failed by its throw
        if (outcome.failed > 0) throw new Error(step.name)
        return outcome
      },
      done: (good) => `${step.name}${counted(good)}`,
    })
  } catch (error) {
    if (!outcome) throw error
    console.log(indented(outcome.output.slice(-shownCharacters)))
  }
  const found = outcome as Outcome
  if (found.failed === 0) for (const note of notesIn(found.output)) console.log(`      ${note}`)
  return found
}

function counted({ passed, skipped }: Outcome): string {
  const tests = passed > 1 ? `: ${passed} tests` : ''
  return skipped > 0 ? `${tests}, ${skipped} skipped` : tests
}

/** Measurements that also the reader of a green run should see. */
function notesIn(output: string): string[] {
  return output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('» '))
}

function indented(text: string): string {
  return text.trimEnd().replaceAll(/^/gm, '      ')
}
