import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isAlive } from './file-lock.ts'
import { cacheDirectory } from './places.ts'
import { runProgram } from './run-program.ts'
import type { Server } from './server.ts'

const pollMs = 100
const stopTimeoutMs = 20_000

export interface BackgroundProcess {
  readonly name: string
  readonly pid: number
  readonly logPath: string
  /** What ends it without waiting for its clients. Default: SIGTERM. */
  readonly endedBy?: NodeJS.Signals
}

export interface BackgroundPostgres {
  readonly url: string
  /** Of its own, and outside of the cache: the user that it runs as must be able to walk there. */
  readonly directory: string
}

/** What `up` left running, as the state file in the cache tells it. */
export interface BackgroundTestbed {
  readonly url: string
  readonly kubeconfigPath: string
  readonly kubectl: string
  /** Absent when it runs without Kafka. */
  readonly brokers?: string
  /** Absent when it runs without PostgreSQL. */
  readonly postgres?: BackgroundPostgres
  readonly processes: readonly BackgroundProcess[]
}

/** Where its servers keep data, keys and logs. */
export function backgroundDirectory(environment: NodeJS.ProcessEnv): string {
  return join(cacheDirectory(environment), 'testbed')
}

function statePath(environment: NodeJS.ProcessEnv): string {
  return join(cacheDirectory(environment), 'testbed.json')
}

/** undefined when nothing was left running. What is named may have died since: ask `isRunning`. */
export async function findBackground(environment: NodeJS.ProcessEnv): Promise<BackgroundTestbed | undefined> {
  const text = await readFile(statePath(environment), 'utf8').catch(() => undefined)
  return text === undefined ? undefined : JSON.parse(text)
}

export async function rememberBackground(environment: NodeJS.ProcessEnv, testbed: BackgroundTestbed): Promise<void> {
  await mkdir(dirname(statePath(environment)), { recursive: true })
  await writeFile(statePath(environment), `${JSON.stringify(testbed, null, 2)}\n`)
}

export function backgroundProcess(server: Server): BackgroundProcess {
  const pid = server.pid()
  if (pid === undefined) throw new Error(`${server.name} has ended; see ${server.logPath}`)
  return { name: server.name, pid, logPath: server.logPath }
}

/** A process id alone may be somebody else's by now: its command line must name a directory of ours too. */
export async function isRunning(environment: NodeJS.ProcessEnv, found: BackgroundProcess): Promise<boolean> {
  if (!isAlive(found.pid)) return false
  const { stdout } = await runProgram({ command: 'ps', arguments: ['-ww', '-o', 'command=', '-p', String(found.pid)] })
  const { postgres } = (await findBackground(environment)) ?? {}
  const ours = [backgroundDirectory(environment), ...(postgres ? [postgres.directory] : [])]
  return ours.some((directory) => stdout.includes(`${directory}/`))
}

/** Ends all of it and deletes its data. Safe to repeat. */
export async function stopBackground(environment: NodeJS.ProcessEnv): Promise<void> {
  const testbed = await findBackground(environment)
  // from the last started to the first: an API server without its etcd would take long to end
  for (const found of testbed?.processes.toReversed() ?? []) {
    if (await isRunning(environment, found)) await end(found)
  }
  if (testbed?.postgres) await rm(testbed.postgres.directory, { recursive: true, force: true })
  await rm(statePath(environment), { force: true })
  await rm(backgroundDirectory(environment), { recursive: true, force: true })
}

async function end({ pid, endedBy = 'SIGTERM' }: BackgroundProcess): Promise<void> {
  const deadline = Date.now() + stopTimeoutMs
  process.kill(pid, endedBy)
  while (isAlive(pid)) {
    if (Date.now() > deadline) process.kill(pid, 'SIGKILL')
    await sleep(pollMs)
  }
}
