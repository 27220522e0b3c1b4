import { spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'

const tailCharacters = 4_000

export interface Program {
  readonly command: string
  readonly arguments: readonly string[]
  readonly directory?: string
  readonly environment?: NodeJS.ProcessEnv
  /** Given to the program as its standard input. */
  readonly input?: string
  /** Everything it says is also written here. */
  readonly logPath?: string
  /** Ends it by SIGTERM; then the call throws. */
  readonly abort?: AbortSignal
}

export interface Finished {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program to its end, whatever its exit code; throws only when it can't be started. */
export function runProgram(program: Program): Promise<Finished> {
  const { promise, resolve, reject } = Promise.withResolvers<Finished>()
  const child = spawn(program.command, [...program.arguments], {
    cwd: program.directory,
    env: program.environment ?? process.env,
    stdio: 'pipe',
    signal: program.abort,
  })
  const log = program.logPath ? createWriteStream(program.logPath) : undefined
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] += text
      log?.write(text)
    })
  }
  child.on('error', reject)
  child.on('close', (code, signal) => {
    log?.end()
    resolve({ ...said, exitCode: code ?? (signal ? 128 : 1) })
  })
  child.stdin.on('error', () => undefined) // a program may end without reading what it is given
  child.stdin.end(program.input ?? '')
  return promise
}

/** Like runProgram, but a non-zero exit code throws with the end of what the program said. */
export async function mustRun(program: Program): Promise<Finished> {
  const finished = await runProgram(program)
  if (finished.exitCode === 0) return finished
  const said = `${finished.stdout}${finished.stderr}`.trim().slice(-tailCharacters)
  throw new Error(`${program.command} ${program.arguments.join(' ')} ended with code ${finished.exitCode}:\n${said}`)
}

/** The path of a program on PATH; undefined when there is none. */
export async function findOnPath(name: string, environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  for (const folder of (environment['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, name)
    if (await isExecutable(path)) return path
  }
  return undefined
}

/** True when the file exists and may be run. */
export function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}
