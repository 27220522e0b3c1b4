import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { settledReport } from '../../hack/audit/settled-report.ts'
import { type Cluster, findCluster, startCluster } from '../../hack/cluster/cluster.ts'
import { network } from '../../hack/cluster/layout.ts'
import { ociArchive } from '../../hack/image/oci-archive.ts'
import { operatorImage } from '../../hack/image/operator-image.ts'
import { helmBinary } from '../../hack/testbed/helm-binary.ts'
import { type Kafka, startKafka } from '../../hack/testbed/kafka.ts'
import { kafkaLibraries } from '../../hack/testbed/kafka-libraries.ts'
import { projectDirectory } from '../../hack/testbed/places.ts'
import { type Finished, mustRun, runProgram } from '../../hack/testbed/run-program.ts'
import manifest from '../../package.json' with { type: 'json' }

/** A cluster of one node that knows our image, and a Kafka outside of it. */
export interface ClusterSite {
  readonly cluster: Cluster
  /** As the pods reach it. */
  readonly brokers: string
  readonly image: string
  /** Gives what it says. Throws with it when it fails. */
  kubectl(...args: readonly string[]): Promise<string>
  /** Applies one object. */
  apply(object: object): Promise<string>
  helm(...args: readonly string[]): Promise<string>
  /** Runs a command of a page, with our image for the one that it names, and with more arguments. */
  run(command: readonly string[] | undefined, ...more: readonly string[]): Promise<string>
  /** As kubectl; never throws for the exit code. */
  tryKubectl(...args: readonly string[]): Promise<Finished>
  /** What kubectl says as JSON. */
  json<T>(...args: readonly string[]): Promise<T>
  /** Looks until nothing is under way; gives what does not agree, and the report. */
  audit(namespace: string): Promise<{ readonly findings: readonly unknown[]; readonly text: string }>
  close(): Promise<void>
}

const repository = 'kbnt.local/kbnt-operator'
const NAMED_IMAGE = 'registry.example.com/kbnt/kbnt-operator'
const SETTLED_WITHIN_MS = 60_000
const say = (line: string) => console.log(`    … ${line}`)

/** Throws when somebody's cluster runs: it would have to be ended. */
export async function openClusterSite(): Promise<ClusterSite> {
  if (await findCluster(process.env)) throw new Error('a cluster runs already; end it with: npm run cluster -- down')
  const cluster = await startCluster(process.env, say)
  const directory = await mkdtemp(join(tmpdir(), 'kbnt-cluster-'))
  const kafka = await startKafka({
    ...{ directory: join(directory, 'kafka'), host: network.hostAddress },
    libraries: await kafkaLibraries(process.env, say),
  })
  const image = `${repository}:${manifest.version}`
  const archive = join(directory, 'operator.tar')
  await writeFile(archive, ociArchive(await operatorImage(image)).content)
  await cluster.importImage(archive)
  return { cluster, brokers: kafka.brokers, image, ...(await programsFor(cluster, kafka)), close }

  async function close(): Promise<void> {
    await kafka.kill()
    await rm(directory, { recursive: true, force: true })
    if (!process.env['KBNT_KEEP_CLUSTER']) await cluster.down()
  }
}

async function programsFor({ kubeconfig, kubectl: command }: Cluster, { brokers }: Kafka) {
  const helm = await helmBinary(process.env, say)
  const environment = { ...process.env, KUBECONFIG: kubeconfig }
  const program = (name: string, args: readonly string[], input?: string) => ({
    ...{ command: name, arguments: args, directory: projectDirectory, environment },
    ...(input !== undefined && { input }),
  })
  return {
    kubectl: async (...args: readonly string[]) => (await mustRun(program(command, args))).stdout,
    apply: async (object: object) => {
      return (await mustRun(program(command, ['apply', '-f', '-'], JSON.stringify(object)))).stdout
    },
    helm: async (...args: readonly string[]) => (await mustRun(program(helm, args))).stdout,
    run: async ([name, ...args]: readonly string[] = [], ...more: readonly string[]) => {
      const path = name === 'helm' ? helm : command
      const ours = args.map((arg) => arg.replace(NAMED_IMAGE, repository))
      return (await mustRun(program(path, [...ours, ...more]))).stdout
    },
    tryKubectl: (...args: readonly string[]) => runProgram(program(command, args)),
    json: async <T>(...args: readonly string[]) =>
      JSON.parse((await mustRun(program(command, [...args, '-o', 'json']))).stdout) as T,
    async audit(namespace: string) {
      const sources = { kubeconfig, namespace, kafkaBrokers: [brokers], auditTopic: 'stock-audit-logs' }
      const { findings, unfinished, lines } = await settledReport(sources, SETTLED_WITHIN_MS)
      const left = unfinished > 0 ? [`${unfinished} not finished`] : []
      return { findings: [...findings, ...left], text: lines.join('\n') }
    },
  }
}
