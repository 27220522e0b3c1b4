import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startApiServer } from '../../hack/testbed/api-server.ts'
import { installCrds } from '../../hack/testbed/install-crds.ts'
import { startKafka } from '../../hack/testbed/kafka.ts'
import { kafkaLibraries } from '../../hack/testbed/kafka-libraries.ts'
import { projectDirectory } from '../../hack/testbed/places.ts'
import { silent } from '../../hack/testbed/progress.ts'
import { mustRun } from '../../hack/testbed/run-program.ts'
import { serverBinaries } from '../../hack/testbed/server-binaries.ts'
import { type KubernetesClient, kubernetesClient } from '../../operator/infrastructure/kubernetes/client.ts'
import { readKubeConfig } from '../../operator/infrastructure/kubernetes/kube-config.ts'
import type { KubernetesObject } from '../../operator/infrastructure/kubernetes/kubernetes-object.ts'
import { type ResourceClient, resourceClient } from '../../operator/infrastructure/kubernetes/resource-client.ts'
import type { Reservation } from '../../operator/infrastructure/kubernetes/resources/generated/reservation.ts'
import type { VirtualStock } from '../../operator/infrastructure/kubernetes/resources/generated/virtual-stock.ts'
import { reservationsResource } from '../../operator/infrastructure/kubernetes/resources/reservations.ts'
import { virtualStocks } from '../../operator/infrastructure/kubernetes/resources/virtual-stocks.ts'
import { type GatewayProcess, gatewayProcess } from '../fixtures/gateway-process.ts'
import { imageProgram } from '../fixtures/image-program.ts'
import { type OperatorProcess, operatorProcess } from '../fixtures/operator-process.ts'

/** Servers for one run, and clients for them. Everything is gone at its end. */
export interface Site {
  readonly kubeconfigPath: string
  readonly brokers: string
  /** What Node is to run, flags included: the programs as the image has them. */
  readonly program: readonly string[]
  readonly client: KubernetesClient
  readonly stocks: ResourceClient<VirtualStock>
  readonly reservations: ResourceClient<Reservation>
  namespace(name: string): Promise<void>
  stock(namespace: string, name: string, spec?: object): Promise<void>
  reserve(namespace: string, name: string, items: Readonly<Record<string, number>>, spec?: object): Promise<Reservation>
  /** Bytes that etcd has on disk. */
  storageBytes(): Promise<number>
  /** Not started yet; disposed of at the end of the run. */
  operator(namespace: string, settings?: Readonly<Record<string, unknown>>): OperatorProcess
  /** Likewise; it needs an operator beside it. */
  gateway(namespace: string, settings?: Readonly<Record<string, unknown>>): GatewayProcess
  /** Of an account of the namespace that may do everything. */
  token(namespace: string): Promise<string>
  close(): Promise<void>
}

/** A lease that nobody loses while the operator is stopped for a measurement. */
const LONG_LEASE = { leaseDuration: '600s', renewDeadline: '590s', retryPeriod: '2s' }

export async function openSite(): Promise<Site> {
  const directory = await mkdtemp(join(tmpdir(), 'kbnt-bench-'))
  const binaries = await serverBinaries(process.env, silent)
  const api = await startApiServer({ directory: join(directory, 'api-server'), binaries })
  await installCrds(binaries.kubectl, api.kubeconfigPath, join(projectDirectory, 'crds'))
  const kafka = await startKafka({
    directory: join(directory, 'kafka'),
    libraries: await kafkaLibraries(process.env, silent),
    steady: true,
  })
  const client = kubernetesClient({ kubeConfig: readKubeConfig(api.kubeconfigPath), userAgent: 'kbnt-bench' })
  const program = await benchProgram(directory)
  const operators: OperatorProcess[] = []
  const { kubeconfigPath } = api
  return {
    kubeconfigPath: api.kubeconfigPath,
    brokers: kafka.brokers,
    program,
    client,
    ...clientsOf(client),
    async storageBytes() {
      const metrics = ['--kubeconfig', api.kubeconfigPath, 'get', '--raw', '/metrics']
      const { stdout } = await mustRun({ command: binaries.kubectl, arguments: metrics })
      return Number(/^apiserver_storage_size_bytes\{[^}]*\} (\S+)/m.exec(stdout)?.[1])
    },
    operator(namespace, settings = {}) {
      const operator = operatorProcess({
        kubeconfigPath: api.kubeconfigPath,
        namespaces: [namespace],
        kafkaBrokers: kafka.brokers,
        settings: { leaderElection: LONG_LEASE, kafka: { createTopics: true }, ...settings },
        until: 'started',
        program,
      })
      operators.push(operator)
      return operator
    },
    gateway(namespace, particular = {}) {
      const limits = { requestsPerSecond: 1_000_000, readsPerSecond: 1_000_000, writesPerSecond: 1_000_000 }
      const settings = { gateway: { port: 0, ...limits }, ...particular }
      const gateway = gatewayProcess({ kubeconfigPath, namespaces: [namespace], settings, program })
      operators.push(gateway)
      return gateway
    },
    async token(namespace) {
      const kubectl = (args: readonly string[]) =>
        mustRun({ command: binaries.kubectl, arguments: ['--kubeconfig', kubeconfigPath, '-n', namespace, ...args] })
      await kubectl(['create', 'serviceaccount', 'shop'])
      await kubectl([
        'create',
        'rolebinding',
        'shop',
        '--clusterrole=cluster-admin',
        `--serviceaccount=${namespace}:shop`,
      ])
      return (await kubectl(['create', 'token', 'shop', '--duration=8h'])).stdout.trim()
    },
    async close() {
      for (const operator of operators) {
        await operator.kill()
        await operator.dispose()
      }
      await client.close()
      await Promise.all([api.stop(), kafka.kill()])
      await rm(directory, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

/** As in the image, and with a signal that collects the garbage: Node leaves that for long, and it is nobody's need. */
async function benchProgram(directory: string): Promise<readonly string[]> {
  const program = await imageProgram(join(directory, 'app'))
  const collector = join(directory, 'collect-garbage.mjs')
  await writeFile(collector, "process.on('SIGUSR2', () => globalThis.gc())")
  return ['--expose-gc', '--import', collector, ...program]
}

const apiVersion = 'kbnt.io/v1beta1'

function clientsOf(
  client: KubernetesClient,
): Pick<Site, 'stocks' | 'reservations' | 'namespace' | 'stock' | 'reserve'> {
  const stocks = resourceClient<VirtualStock>(client, virtualStocks)
  const reservations = resourceClient<Reservation>(client, reservationsResource)
  const core = { group: '', version: 'v1', plural: 'namespaces', namespaced: false }
  const namespaces = resourceClient<KubernetesObject>(client, core)
  return {
    stocks,
    reservations,
    namespace: async (name) =>
      void (await namespaces.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
    async stock(namespace, name, spec = {}) {
      const body = {
        apiVersion,
        kind: 'VirtualStock',
        metadata: { namespace, name },
        spec: { quantity: 1_000_000, ...spec },
      }
      await stocks.create(body as unknown as VirtualStock)
    },
    async reserve(namespace, name, items, spec = {}) {
      const lines = Object.entries(items).map(([stock, quantity]) => ({ stockNamespace: '', stock, quantity }))
      const whole = { items: lines, ttl: '1h', ...spec }
      const body = { apiVersion, kind: 'Reservation', metadata: { namespace, name }, spec: whole }
      return (await reservations.create(body as unknown as Reservation)).body
    },
  }
}
