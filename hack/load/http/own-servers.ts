import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gatewayProcess } from '../../../test/fixtures/gateway-process.ts'
import { imageProgram } from '../../../test/fixtures/image-program.ts'
import { calmLease, operatorProcess } from '../../../test/fixtures/operator-process.ts'
import { until } from '../../../test/fixtures/until.ts'
import { startApiServer } from '../../testbed/api-server.ts'
import { installCrds } from '../../testbed/install-crds.ts'
import { projectDirectory } from '../../testbed/places.ts'
import type { Progress } from '../../testbed/progress.ts'
import { mustRun } from '../../testbed/run-program.ts'
import { serverBinaries } from '../../testbed/server-binaries.ts'

export interface ServerWishes {
  readonly namespace: string
  readonly gateways: number
  /** Tells where binaries are kept. */
  readonly environment: NodeJS.ProcessEnv
}

/** Servers that live as long as the load. */
export interface OwnServers {
  readonly kubeconfigPath: string
  /** Of the gateways. */
  readonly urls: readonly [string, ...string[]]
  readonly token: string
  /** Everything ends, and its files are gone. */
  close(): Promise<void>
}

const READY_WITHIN_MS = 60_000
/** One caller is the whole load here, so that limits for each caller would be measured, not the gateway. */
const noLimits = { requestsPerSecond: 1_000_000, readsPerSecond: 1_000_000, writesPerSecond: 1_000_000 }

/** An API server, an operator and so many gateways, as in the image; what was started is ended where one doesn't start. */
export async function ownServers(wishes: ServerWishes, progress: Progress): Promise<OwnServers> {
  const directory = await mkdtemp(join(tmpdir(), 'kbnt-load-'))
  const ends: (() => Promise<unknown>)[] = [() => rm(directory, { recursive: true, force: true, maxRetries: 3 })]
  const close = async () => {
    for (const end of ends.splice(0).reverse()) await end()
  }
  try {
    return { ...(await start({ ...wishes, directory }, ends, progress)), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function start(
  { directory, namespace, gateways, environment }: ServerWishes & { readonly directory: string },
  ends: (() => Promise<unknown>)[],
  progress: Progress,
): Promise<Omit<OwnServers, 'close'>> {
  const binaries = await serverBinaries(environment, progress)
  const { kubeconfigPath, stop } = await startApiServer({ directory: join(directory, 'api-server'), binaries })
  ends.push(stop)
  await installCrds(binaries.kubectl, kubeconfigPath, join(projectDirectory, 'crds'))
  const kubectl = async (...args: readonly string[]) => {
    const all = ['--kubeconfig', kubeconfigPath, ...args]
    return (await mustRun({ command: binaries.kubectl, arguments: all })).stdout.trim()
  }
  await kubectl('create', 'namespace', namespace)
  const program = await imageProgram(join(directory, 'app'))
  const parts = { kubeconfigPath, namespaces: [namespace] as const, program }

  const operator = operatorProcess({ ...parts, settings: { leaderElection: calmLease } })
  ends.push(operator.dispose)
  await operator.start()
  const urls: string[] = []
  for (let index = 0; index < gateways; index += 1) {
    const gateway = gatewayProcess({ ...parts, settings: { gateway: { port: 0, ...noLimits } } })
    ends.push(gateway.dispose)
    await gateway.start()
    const isReady = async () => (await gateway.health('/readyz')).status === 200 || undefined
    await until('a ready gateway', READY_WITHIN_MS, isReady)
    urls.push(new URL(gateway.url()).origin)
  }
  return { kubeconfigPath, urls: urls as [string, ...string[]], token: await shopToken(namespace, kubectl) }
}

/** Of an account that may do what a shop does. */
async function shopToken(namespace: string, kubectl: (...args: readonly string[]) => Promise<string>): Promise<string> {
  const there = (...args: readonly string[]) => kubectl('--namespace', namespace, 'create', ...args)
  const resources = 'virtualstocks.kbnt.io,reservations.kbnt.io'
  await there('serviceaccount', 'shop')
  await there('role', 'shop', '--verb=get,list,create,patch', `--resource=${resources}`)
  await there('rolebinding', 'shop', '--role=shop', `--serviceaccount=${namespace}:shop`)
  return there('token', 'shop', '--duration=24h')
}
