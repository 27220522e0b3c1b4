import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { withFileLock } from './file-lock.ts'
import { freePorts } from './free-ports.ts'
import { cacheDirectory, versions } from './places.ts'
import type { Progress } from './progress.ts'
import { findOnPath, isExecutable, mustRun, runProgram } from './run-program.ts'
import { type Server, server } from './server.ts'

/** A schema registry, with what it knows in memory: a restart knows nothing of it. */
export interface Apicurio extends Server {
  /** Where it speaks Confluent's API. */
  readonly url: string
}

const JAVA_HOMES = '/usr/lib/jvm'
const LEAST_JAVA = 21
const artifact = `io.apicurio:apicurio-registry-app:${versions.apicurio}:tar.gz:all`

/** Fetches Apicurio Registry by Maven on a miss, and starts it. Throws when there is no Java of 21 or newer. */
export async function startApicurio(
  { directory, environment }: { readonly directory: string; readonly environment: NodeJS.ProcessEnv },
  progress: Progress,
): Promise<Apicurio> {
  const java = await newJava(environment)
  const home = await apicurioFolder(environment, progress)
  await mkdir(directory, { recursive: true })
  const [port, managementPort] = (await freePorts(2)) as [number, number]
  const own = server({
    name: 'Apicurio Registry',
    command: java,
    arguments: ['-Xmx300m', '-XX:+UseSerialGC', '-jar', join(home, 'quarkus-run.jar')],
    environment: {
      ...environment,
      ...{ QUARKUS_HTTP_HOST: '127.0.0.1', QUARKUS_HTTP_PORT: String(port) },
      ...{ QUARKUS_MANAGEMENT_HOST: '127.0.0.1', QUARKUS_MANAGEMENT_PORT: String(managementPort) },
    },
    logPath: join(directory, 'apicurio.log'),
    ready: async () => (await fetch(`http://127.0.0.1:${managementPort}/health/ready`)).ok,
    readyTimeoutMs: 120_000,
    stopTimeoutMs: 20_000,
    detached: false,
  })
  await own.start()
  return { ...own, url: `http://127.0.0.1:${port}/apis/ccompat/v7` }
}

/** The one of the environment, or any that is installed. */
async function newJava(environment: NodeJS.ProcessEnv): Promise<string> {
  const homes = await readdir(JAVA_HOMES).catch(() => [])
  const candidates = [environment['JAVA_HOME'], ...homes.map((name) => join(JAVA_HOMES, name))]
  const programs = candidates.filter((home) => home !== undefined).map((home) => join(home, 'bin/java'))
  for (const java of [await findOnPath('java', environment), ...programs])
    if (java && (await isExecutable(java)) && (await versionOf(java)) >= LEAST_JAVA) return java
  throw new Error(
    `Apicurio Registry needs Java ${LEAST_JAVA} or newer, and neither PATH, JAVA_HOME nor ${JAVA_HOMES} has one`,
  )
}

async function versionOf(java: string): Promise<number> {
  const { stderr } = await runProgram({ command: java, arguments: ['-version'] })
  return Number(/version "(\d+)/.exec(stderr)?.[1] ?? 0)
}

/** The folder of the registry, fetched by Maven on a miss. */
export async function apicurioFolder(environment: NodeJS.ProcessEnv, progress: Progress): Promise<string> {
  const directory = join(cacheDirectory(environment), `apicurio-${versions.apicurio}`)
  const folder = join(directory, 'app')
  if (await isExecutable(folder)) return folder
  return withFileLock(join(directory, 'lock'), progress, async () => {
    if (await isExecutable(folder)) return folder // the run we waited for fetched it
    progress(`fetching Apicurio Registry ${versions.apicurio} with Maven, usually about 30 seconds`)
    const unfinished = `${folder}.${process.pid}`
    await rm(unfinished, { recursive: true, force: true })
    await mkdir(unfinished, { recursive: true })
    const copy = ['dependency:copy', `-Dartifact=${artifact}`, `-DoutputDirectory=${unfinished}`]
    await mustRun({ command: 'mvn', arguments: ['--quiet', '--batch-mode', ...copy], environment })
    const archive = join(unfinished, `apicurio-registry-app-${versions.apicurio}-all.tar.gz`)
    await mustRun({ command: 'tar', arguments: ['-xzf', archive, '-C', unfinished], environment })
    await rm(archive)
    await rename(unfinished, folder)
    return folder
  })
}
