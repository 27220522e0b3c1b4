import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
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

/** kubectl and helm as somebody runs them. */
export interface Programs {
  /** Gives what it says. Throws with it when it fails. */
  kubectl(...args: readonly string[]): Promise<string>
  /** Applies one object. */
  apply(object: object): Promise<string>
  helm(...args: readonly string[]): Promise<string>
  /** Runs a command of a page, with our image for the one that it names, and with more arguments. */
  run(command: readonly string[] | undefined, ...more: readonly string[]): Promise<string>
  /** Runs a command of a page that is one for a shell. Throws when it fails. */
  shell(command: readonly string[] | undefined): Promise<string>
  /** As kubectl; never throws for the exit code. */
  tryKubectl(...args: readonly string[]): Promise<Finished>
  /** What kubectl says as JSON. */
  json<T>(...args: readonly string[]): Promise<T>
}

/** A cluster of one node that knows our image, and a Kafka outside of it. What is not told otherwise is done by its owner. */
export interface ClusterSite extends Programs {
  readonly cluster: Cluster
  /** As the pods reach it. */
  readonly brokers: string
  readonly image: string
  /** The same programs for whom a kubeconfig speaks for. */
  as(kubeconfig: string): Programs
  /** Looks until nothing is under way; gives what does not agree, and the report. */
  audit(namespace: string): Promise<{ readonly findings: readonly unknown[]; readonly text: string }>
  close(): Promise<void>
}

const repository = 'kbnt.local/kbnt-operator'
const NAMED_IMAGE = 'registry.example.com/kbnt/kbnt-operator'
const SETTLED_WITHIN_MS = 60_000
const say = (line: string) => console.log(`    … ${line}`)

/**
 * Throws when somebody's cluster runs: it would have to be ended. With KBNT_KEEP_CLUSTER in the environment that cluster is
 * taken, and left running.
 */
export async function openClusterSite(): Promise<ClusterSite> {
  const keep = Boolean(process.env['KBNT_KEEP_CLUSTER'])
  const found = await findCluster(process.env)
  if (found && !keep) throw new Error('a cluster runs already; end it with: npm run cluster -- down')
  const cluster = found ?? (await startCluster(process.env, say))
  const directory = await mkdtemp(join(tmpdir(), 'kbnt-cluster-'))
  const kafka = await startKafka({
    ...{ directory: join(directory, 'kafka'), host: network.hostAddress },
    libraries: await kafkaLibraries(process.env, say),
  })
  const image = `${repository}:${manifest.version}`
  const archive = join(directory, 'operator.tar')
  await writeFile(archive, ociArchive(await operatorImage(image)).content)
  await cluster.importImage(archive)
  const helm = await helmBinary(process.env, say)
  const as = (kubeconfig: string) => programsFor({ kubectl: cluster.kubectl, helm, kubeconfig })
  const { kubeconfig } = cluster
  return { cluster, brokers: kafka.brokers, image, ...as(kubeconfig), as, audit: auditFor(kubeconfig, kafka), close }

  async function close(): Promise<void> {
    await kafka.kill()
    await rm(directory, { recursive: true, force: true })
    if (!keep) await cluster.down()
  }
}

function auditFor(kubeconfig: string, { brokers }: Kafka): ClusterSite['audit'] {
  return async (namespace) => {
    const sources = { kubeconfig, namespace, kafkaBrokers: [brokers], auditTopic: 'stock-audit-logs' }
    const { findings, unfinished, lines } = await settledReport(sources, SETTLED_WITHIN_MS)
    const left = unfinished > 0 ? [`${unfinished} not finished`] : []
    return { findings: [...findings, ...left], text: lines.join('\n') }
  }
}

interface Paths {
  readonly kubectl: string
  readonly helm: string
  readonly kubeconfig: string
}

function programsFor({ kubectl, helm, kubeconfig }: Paths): Programs {
  const path = [dirname(kubectl), process.env['PATH']].join(delimiter)
  const environment = { ...process.env, PATH: path, KUBECONFIG: kubeconfig }
  const program = (name: string, args: readonly string[], input?: string) => ({
    ...{ command: name, arguments: args, directory: projectDirectory, environment },
    ...(input !== undefined && { input }),
  })
  const done = async (...given: Parameters<typeof program>) => (await mustRun(program(...given))).stdout
  return {
    kubectl: (...args) => done(kubectl, args),
    apply: (object) => done(kubectl, ['apply', '-f', '-'], JSON.stringify(object)),
    helm: (...args) => done(helm, args),
    run([name, ...args] = [], ...more) {
      const ours = args.map((arg) => arg.replace(NAMED_IMAGE, repository))
      return done(name === 'helm' ? helm : kubectl, [...ours, ...more])
    },
    shell: (command = []) => done('bash', ['-euo', 'pipefail', '-c', command.join(' ')]),
    tryKubectl: (...args) => runProgram(program(kubectl, args)),
    json: async <T>(...args: readonly string[]) => JSON.parse(await done(kubectl, [...args, '-o', 'json'])) as T,
  }
}
