import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TerminalSteps } from '../terminal-steps.ts'
import { startApiServer } from './api-server.ts'
import {
  type BackgroundTestbed,
  backgroundDirectory,
  backgroundProcess,
  findBackground,
  isRunning,
  rememberBackground,
  stopBackground,
} from './background.ts'
import { withFileLock } from './file-lock.ts'
import { crdsInWords, installCrds } from './install-crds.ts'
import { startKafka } from './kafka.ts'
import { kafkaLibraries } from './kafka-libraries.ts'
import { cacheDirectory, projectDirectory, versions } from './places.ts'
import { startPostgres } from './postgres.ts'
import { postgresPrograms } from './postgres-programs.ts'
import { silent } from './progress.ts'
import { projectTopics } from './project-topics.ts'
import { serverBinaries } from './server-binaries.ts'

export interface BackgroundWishes {
  readonly environment: NodeJS.ProcessEnv
  readonly steps: TerminalSteps
  readonly withKafka: boolean
  readonly withPostgres: boolean
}

/** Makes the background test bed run: keeps what runs, adds what is missing, starts afresh when a part has died. */
export function startBackground(wishes: BackgroundWishes): Promise<BackgroundTestbed> {
  const lock = join(cacheDirectory(wishes.environment), 'testbed.lock')
  return withFileLock(lock, silent, async () => {
    const servers = (await findWhole(wishes.environment)) ?? (await startServers(wishes))
    const stored = wishes.withPostgres && !servers.postgres ? await addPostgres(wishes, servers) : servers
    if (!wishes.withKafka) return stored
    const whole = stored.brokers ? stored : await addKafka(wishes, stored)
    await wishes.steps.run({
      doing: 'topics',
      run: () => projectTopics(whole.brokers ?? ''), // also beside a Kafka that ran already: somebody may have deleted one
      done: (count) => `${count} topics`,
    })
    return whole
  })
}

async function findWhole(environment: NodeJS.ProcessEnv): Promise<BackgroundTestbed | undefined> {
  const found = await findBackground(environment)
  if (!found) return undefined
  const running = await Promise.all(found.processes.map((each) => isRunning(environment, each)))
  return running.every(Boolean) ? found : undefined
}

async function startServers({ environment, steps }: BackgroundWishes): Promise<BackgroundTestbed> {
  await stopBackground(environment) // what is left of one that died in part
  const binaries = await steps.run({
    doing: `kube-apiserver ${versions.kubernetes}, etcd ${versions.etcd}`,
    run: (progress) => serverBinaries(environment, progress),
    done: ({ origin }) => `kube-apiserver ${versions.kubernetes}, etcd ${versions.etcd} (${origin})`,
  })
  const server = await steps.run({
    doing: 'API server starting',
    run: () => startApiServer({ directory: backgroundDirectory(environment), binaries, detached: true }),
    done: ({ url }) => `API server ready on ${url}`,
  })
  await steps.run({
    doing: 'CRDs',
    run: () => installCrds(binaries.kubectl, server.kubeconfigPath, join(projectDirectory, 'crds')),
    done: crdsInWords,
  })
  const testbed = {
    url: server.url,
    kubeconfigPath: server.kubeconfigPath,
    kubectl: binaries.kubectl,
    processes: [backgroundProcess(server.etcd), backgroundProcess(server.apiServer)],
  }
  await rememberBackground(environment, testbed)
  return testbed
}

async function addKafka(
  { environment, steps }: BackgroundWishes,
  servers: BackgroundTestbed,
): Promise<BackgroundTestbed> {
  const kafka = await steps.run({
    doing: `Apache Kafka ${versions.kafka} starting`,
    run: async (progress) => {
      const libraries = await kafkaLibraries(environment, progress)
      return startKafka({ directory: backgroundDirectory(environment), libraries, detached: true })
    },
    done: ({ brokers }) => `Apache Kafka ${versions.kafka} ready on ${brokers}`,
  })
  const testbed = {
    ...servers,
    brokers: kafka.brokers,
    processes: [...servers.processes, backgroundProcess(kafka)],
  }
  await rememberBackground(environment, testbed)
  return testbed
}

async function addPostgres(
  { environment, steps }: BackgroundWishes,
  servers: BackgroundTestbed,
): Promise<BackgroundTestbed> {
  const directory = await mkdtemp(join(tmpdir(), 'kbnt-postgres-'))
  const postgres = await steps
    .run({
      doing: 'PostgreSQL starting',
      run: async (progress) => {
        const programs = await postgresPrograms(environment, progress)
        return startPostgres({ directory, programs, detached: true })
      },
      done: ({ url }) => `PostgreSQL ready on ${url}`,
    })
    .catch(async (error) => {
      await rm(directory, { recursive: true, force: true }) // nobody else knows of it
      throw error
    })
  const testbed = {
    ...servers,
    postgres: { url: postgres.url, directory },
    processes: [...servers.processes, { ...backgroundProcess(postgres), endedBy: 'SIGINT' as const }],
  }
  await rememberBackground(environment, testbed)
  return testbed
}
