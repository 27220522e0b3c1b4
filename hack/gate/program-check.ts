import { join } from 'node:path'
import { projectDirectory } from '../testbed/places.ts'
import { runProgram } from '../testbed/run-program.ts'
import { checked, type GateStep, type Outcome } from './outcome.ts'

/** A step that is one program: well when it ends with 0. */
export function programCheck(name: string, command: readonly string[], abort: AbortSignal): GateStep {
  return { name, run: () => runCheck(name, command, abort) }
}

export async function runCheck(name: string, command: readonly string[], abort: AbortSignal): Promise<Outcome> {
  const [program = '', ...given] = command
  const { exitCode, stdout, stderr } = await runProgram({
    command: program,
    arguments: given,
    directory: projectDirectory,
    logPath: logPath(name),
    abort,
  })
  return checked(exitCode === 0, `${stdout}${stderr}`)
}

export const reportsDirectory = join(projectDirectory, 'reports')

export function logPath(name: string): string {
  return join(reportsDirectory, `${name}.log`)
}
