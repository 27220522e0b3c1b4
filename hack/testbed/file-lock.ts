import { mkdir, open, readFile, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Progress } from './progress.ts'

const pollMs = 500
/** A lock without a readable owner is being written this instant, or its owner died before it could sign. */
const unsignedGraceMs = 10_000

/** Runs `work` while no other process of this machine holds `path`. The lock of a process that died is taken over. */
export async function withFileLock<T>(path: string, progress: Progress, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(path), { recursive: true })
  while (!(await acquire(path))) {
    progress('another run is preparing the same files: waiting for it')
    await sleep(pollMs)
    await dropWhenStale(path)
  }
  try {
    return await work()
  } finally {
    await rm(path, { force: true })
  }
}

async function acquire(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx')
    await file.writeFile(String(process.pid))
    await file.close()
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

async function dropWhenStale(path: string): Promise<void> {
  const owner = Number(await readFile(path, 'utf8').catch(() => ''))
  if (owner > 0 ? isAlive(owner) : (await ageMs(path)) < unsignedGraceMs) return
  await rm(path, { force: true })
}

async function ageMs(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined)
  return found ? Date.now() - found.mtimeMs : 0
}

/** True while a process with this id exists, whoever owns it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
