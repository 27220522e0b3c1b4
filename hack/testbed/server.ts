import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

const pollMs = 100
const tailLines = 15
const setpriv = '/usr/bin/setpriv'

export interface ServerProgram {
  readonly name: string
  readonly command: string
  readonly arguments: readonly string[]
  readonly environment?: NodeJS.ProcessEnv
  readonly logPath: string
  /** True once it does its work; a throw or false means not yet. Given what it has logged since it was started. */
  readonly ready: (logged: () => Promise<string>) => Promise<boolean>
  readonly readyTimeoutMs: number
  /** After SIGTERM; then it is killed. */
  readonly stopTimeoutMs: number
  /** It outlives us. Otherwise it dies with us, however we die. */
  readonly detached: boolean
  /** Linux: it runs as this user and group, which only root may ask for. */
  readonly user?: number
}

/** One process that can be stopped, killed and started again on the same data and ports. */
export interface Server {
  readonly name: string
  readonly logPath: string
  /** undefined while it does not run. */
  pid(): number | undefined
  /** Resolves when it is ready; nothing happens when it runs already. Throws with the log's tail when it ends first. */
  start(): Promise<void>
  /** SIGTERM, and SIGKILL if that takes too long; resolves when it has ended. */
  stop(): Promise<void>
  /** SIGKILL; resolves when it has ended. */
  kill(): Promise<void>
  /** For SIGSTOP and SIGCONT. */
  signal(name: NodeJS.Signals): void
}

export function server(program: ServerProgram): Server {
  let child: ChildProcess | undefined
  if (!program.detached && !existsSync(setpriv)) process.on('exit', () => child?.kill('SIGKILL'))

  async function end(signal: NodeJS.Signals): Promise<void> {
    const ending = child
    if (!ending) return
    const ended = once(ending, 'exit')
    if (hasEnded(ending)) return
    ending.kill(signal)
    const timer = setTimeout(() => ending.kill('SIGKILL'), program.stopTimeoutMs)
    await ended // its ports are free only now
    clearTimeout(timer)
  }

  return {
    name: program.name,
    logPath: program.logPath,
    pid: () => (child && !hasEnded(child) ? child.pid : undefined),
    async start() {
      if (child && !hasEnded(child)) return
      const logStart = existsSync(program.logPath) ? statSync(program.logPath).size : 0
      child = launch(program)
      await waitUntilReady(program, child, async () => (await readFile(program.logPath)).toString('utf8', logStart))
    },
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    signal: (name) => void child?.kill(name),
  }
}

function launch(program: ServerProgram): ChildProcess {
  const log = openSync(program.logPath, 'a')
  const [command, ...given] = commandOf(program)
  const child = spawn(command as string, given, {
    stdio: ['ignore', log, log],
    detached: program.detached,
    env: program.environment ?? process.env,
  })
  closeSync(log)
  child.on('error', () => undefined) // seen as an end without an exit code by whoever waits
  if (program.detached) child.unref()
  return child
}

/** On Linux the kernel kills it with us even when we are killed; elsewhere the exit handler must do. */
function commandOf({ command, arguments: given, detached, user }: ServerProgram): readonly string[] {
  // both by one setpriv: who becomes another user loses what it was to be told of its parent
  const privileges = [
    ...(user === undefined ? [] : asUser(user)),
    ...(detached || !existsSync(setpriv) ? [] : ['--pdeathsig', 'KILL']),
  ]
  return privileges.length > 0 ? [setpriv, ...privileges, command, ...given] : [command, ...given]
}

/** The options of setpriv that make a program run as an ordinary user. */
export function asUser(user: number): readonly string[] {
  return [`--reuid=${user}`, `--regid=${user}`, '--clear-groups']
}

async function waitUntilReady(
  program: ServerProgram,
  child: ChildProcess,
  logged: () => Promise<string>,
): Promise<void> {
  const deadline = Date.now() + program.readyTimeoutMs
  while (!(await program.ready(logged).catch(() => false))) {
    if (hasEnded(child)) throw new Error(`${program.name} ended while starting\n${await logTail(program.logPath)}`)
    if (Date.now() > deadline) {
      child.kill('SIGKILL')
      const waited = `${program.readyTimeoutMs / 1000} s`
      throw new Error(`${program.name} was not ready after ${waited}\n${await logTail(program.logPath)}`)
    }
    await sleep(pollMs)
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null
}

async function logTail(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => '')
  return `${path} ends with:\n${text.trimEnd().split('\n').slice(-tailLines).join('\n')}`
}
