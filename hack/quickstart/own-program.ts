import { join } from 'node:path'
import { projectDirectory } from '../testbed/places.ts'
import { type Server, server } from '../testbed/server.ts'

export interface OwnProgramParts {
  readonly name: 'operator' | 'gateway' | 'worker'
  /** Its output goes into a file of its name here. */
  readonly directory: string
  readonly flags: readonly string[]
  /** What it logs once it does its work. */
  readonly started: string
}

/** One of our programs as a process of its own. */
export interface OwnProgram extends Server {
  /** What it has logged since it was started. */
  logged(): Promise<string>
}

const START_MS = 60_000
const STOP_MS = 20_000

export function ownProgram({ name, directory, flags, started }: OwnProgramParts): OwnProgram {
  const log = { text: () => Promise.resolve('') }
  const ports = ['--metrics-port', '0', '--health-port', '0']
  const program = server({
    ...{ name, command: process.execPath, logPath: join(directory, `${name}.log`), detached: false },
    arguments: [join(projectDirectory, 'operator/main.ts'), name, ...flags, ...ports],
    async ready(logged) {
      log.text = logged
      return (await logged()).includes(`"message":"${started}"`)
    },
    readyTimeoutMs: START_MS,
    stopTimeoutMs: STOP_MS,
  })
  return { ...program, logged: () => log.text() }
}
