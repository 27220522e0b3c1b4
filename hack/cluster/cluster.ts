import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Progress } from '../testbed/progress.ts'
import { mustRun } from '../testbed/run-program.ts'
import { serverBinaries } from '../testbed/server-binaries.ts'
import { configure } from './configuration.ts'
import { makeIdentities } from './identities.ts'
import { type ClusterPlaces, clusterPlaces, NODE } from './layout.ts'
import { nodeImage, nodeImages } from './node-images.ts'
import { nodePrograms } from './node-programs.ts'
import { endSandbox, findSandbox, type Sandbox, startSandbox } from './sandbox.ts'

/** A Kubernetes of one node, with real pods, Services and DNS. It goes on when we end, until `down`. */
export interface Cluster {
  readonly kubeconfig: string
  readonly kubectl: string
  /** Makes an image known to the node, from its OCI archive. */
  importImage(archive: string): Promise<void>
  /** Ends it and deletes everything that it had. */
  down(): Promise<void>
}

const POLL_MS = 200
const READY_WITHIN_MS = 120_000

/** The cluster that runs; undefined when none does. */
export async function findCluster(environment: NodeJS.ProcessEnv): Promise<Cluster | undefined> {
  const places = clusterPlaces(environment)
  const sandbox = await findSandbox(places)
  if (!sandbox) return undefined
  const { kubectl } = await serverBinaries(environment, () => undefined)
  return clusterOf(places, kubectl, sandbox)
}

/** Builds what is missing, starts the node, and resolves when it takes pods and answers names. */
export async function startCluster(environment: NodeJS.ProcessEnv, progress: Progress): Promise<Cluster> {
  const places = clusterPlaces(environment)
  const { kubectl } = await serverBinaries(environment, progress)
  await nodePrograms(places.programs, environment, progress)
  await endSandbox(places) // what an earlier one may have left
  await configure(places.run)
  await makeIdentities(join(places.run, 'pki'))
  progress('starting the node')
  const sandbox = await startSandbox(places, join(kubectl, '..'))
  const cluster = clusterOf(places, kubectl, sandbox)
  await untilWell(() => sandbox.run('ctr', 'version'), 'containerd')
  for (const name of Object.keys(nodeImages) as (keyof typeof nodeImages)[]) {
    const archive = join(places.run, `${name}.tar`)
    await writeFile(archive, await nodeImage(name, places.programs))
    await cluster.importImage(archive)
  }
  progress('waiting for the node')
  const run = (...args: string[]) =>
    mustRun({ command: kubectl, arguments: ['--kubeconfig', places.kubeconfig, ...args] })
  await untilWell(() => run('get', 'node', NODE), 'the node')
  await run('wait', '--for=condition=Ready', `node/${NODE}`, '--timeout=120s')
  await run('apply', '-f', join(import.meta.dirname, 'coredns.yaml'))
  await run('-n', 'kube-system', 'rollout', 'status', 'deployment/coredns', '--timeout=120s')
  return cluster
}

function clusterOf(places: ClusterPlaces, kubectl: string, sandbox: Sandbox): Cluster {
  return {
    kubeconfig: places.kubeconfig,
    kubectl,
    importImage: async (archive) => void (await sandbox.run('ctr', '-n', 'k8s.io', 'images', 'import', archive)),
    down: () => endSandbox(places),
  }
}

async function untilWell(look: () => Promise<unknown>, what: string): Promise<void> {
  const until = Date.now() + READY_WITHIN_MS
  for (;;) {
    try {
      await look()
      return
    } catch (error) {
      if (Date.now() > until)
        throw new Error(`${what} did not come within ${READY_WITHIN_MS / 1_000} s`, { cause: error })
      await pause(POLL_MS)
    }
  }
}
