import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TerminalSteps } from '../terminal-steps.ts'
import { startApiServer } from '../testbed/api-server.ts'
import { crdsInWords, installCrds } from '../testbed/install-crds.ts'
import { startKafka } from '../testbed/kafka.ts'
import { kafkaLibraries } from '../testbed/kafka-libraries.ts'
import { projectDirectory, versions } from '../testbed/places.ts'
import { projectTopics } from '../testbed/project-topics.ts'
import { mustRun, runProgram } from '../testbed/run-program.ts'
import type { Server } from '../testbed/server.ts'
import { serverBinaries } from '../testbed/server-binaries.ts'
import { startDatabase } from './database.ts'
import { type HttpDoor, httpDoor } from './http-door.ts'
import { standIn } from './order-services/stand-in.ts'
import { orderSettings } from './orders.ts'
import { ownProgram } from './own-program.ts'
import { requestSettings } from './request-desk.ts'

export interface ShopFloor {
  readonly kubeconfigPath: string
  readonly kubectl: string
  /** Absent: events go to the operator's own output. */
  readonly brokers?: string
  /** Absent: this machine has no PostgreSQL, or can't run it. */
  readonly postgresUrl?: string
  readonly operator: Server
  readonly gateway: HttpDoor
  /** Its files go when the quickstart ends. */
  readonly directory: string
  /** Of all programs. */
  readonly settingsPath: string
  /** Ends what was started besides, when the quickstart ends. */
  onEnd(end: () => Promise<void>): void
  /** Applies files or folders of config/samples. */
  apply(path: string): Promise<void>
  /** What kubectl prints; of a command that fails, nothing. */
  show(args: readonly string[]): Promise<string>
}

export interface OpeningParts {
  readonly directory: string
  readonly withKafka: boolean
  readonly steps: TerminalSteps
  readonly environment: NodeJS.ProcessEnv
  /** Ends what was started, newest first, when the quickstart ends, however far it came. */
  readonly onEnd: (end: () => Promise<void>) => void
}

/** Starts everything that a shop needs: API server, Kafka, PostgreSQL, CRDs, operator, gateway. */
export async function openShop(parts: OpeningParts): Promise<ShopFloor> {
  const { directory, steps, environment, onEnd } = parts
  onEnd(() => rm(directory, { recursive: true, force: true, maxRetries: 3 }))
  const binaries = await steps.run({
    doing: `kube-apiserver ${versions.kubernetes}, etcd ${versions.etcd}`,
    run: (progress) => serverBinaries(environment, progress),
    done: ({ origin }) => `kube-apiserver ${versions.kubernetes}, etcd ${versions.etcd} (${origin})`,
  })
  const api = await steps.run({
    doing: 'API server starting',
    run: () => startApiServer({ directory: join(directory, 'api-server'), binaries }),
    done: ({ url }) => `API server ready on ${url}`,
  })
  onEnd(() => api.stop())
  const brokers = parts.withKafka ? await startBroker(parts) : undefined
  const postgresUrl = await startDatabase(parts)
  await steps.run({
    doing: 'CRDs',
    run: () => installCrds(binaries.kubectl, api.kubeconfigPath, join(projectDirectory, 'crds')),
    done: crdsInWords,
  })
  const services = await standIn({ now: Date.now })
  onEnd(() => services.close())
  const settingsPath = await writeSettings(directory, { services: services.url, withKafka: brokers !== undefined })
  const kafka = brokers === undefined ? [] : ['--kafka-brokers', brokers]
  const postgres = postgresUrl === undefined ? [] : ['--postgres', postgresUrl]
  const flags = ['--config', settingsPath, '--kubeconfig', api.kubeconfigPath, ...kafka, ...postgres]
  const operator = ownProgram({ name: 'operator', directory, flags, started: 'leading' })
  onEnd(() => operator.stop())
  await steps.run({ doing: 'operator leading, caches synced', run: () => operator.start() })
  const gateway = httpDoor(directory, flags)
  onEnd(() => gateway.stop())
  await steps.run({ doing: 'HTTP gateway', run: () => gateway.start() })
  const kubectl = (args: readonly string[]) => ({
    command: binaries.kubectl,
    arguments: ['--kubeconfig', api.kubeconfigPath, ...args],
  })
  return {
    kubeconfigPath: api.kubeconfigPath,
    kubectl: binaries.kubectl,
    ...{ operator, gateway, directory, settingsPath, onEnd },
    ...(brokers !== undefined && { brokers }),
    ...(postgresUrl !== undefined && { postgresUrl }),
    async apply(path) {
      await mustRun(kubectl(['apply', '-f', join(projectDirectory, 'config/samples', path)]))
    },
    show: async (args) => (await runProgram(kubectl(args))).stdout,
  }
}

async function startBroker({ directory, steps, environment, onEnd }: OpeningParts): Promise<string> {
  const libraries = await steps.run({
    doing: `Apache Kafka ${versions.kafka}`,
    run: (progress) => kafkaLibraries(environment, progress),
    done: () => `Apache Kafka ${versions.kafka}, its libraries`,
  })
  const kafka = await steps.run({
    doing: 'Kafka starting',
    run: () => startKafka({ directory: join(directory, 'kafka'), libraries }),
    done: ({ brokers }) => `Kafka ready on ${brokers}`,
  })
  onEnd(() => kafka.stop())
  await steps.run({
    doing: 'topics',
    run: () => projectTopics(kafka.brokers),
    done: (count) => `${count} topics`,
  })
  return kafka.brokers
}

/** There is no KubeVirt here, so machines that name no provider are to run all the same. */
async function writeSettings(
  directory: string,
  { services, withKafka }: { readonly services: string; readonly withKafka: boolean },
): Promise<string> {
  const path = join(directory, 'settings.yaml')
  const byKafka = withKafka ? { ...(await requestSettings(directory)), kafka: { createTopics: true } } : {}
  const settings = { machines: { provider: 'Simulated' }, orders: orderSettings(services), ...byKafka }
  await writeFile(path, JSON.stringify(settings))
  return path
}
