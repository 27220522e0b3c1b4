import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Certificates, makeCertificates } from './certificates.ts'
import { etcd } from './etcd.ts'
import { freePorts } from './free-ports.ts'
import { kubeApiServer } from './kube-api-server.ts'
import { type Credentials, kubeconfigText } from './kubeconfig.ts'
import type { Server } from './server.ts'
import type { ServerBinaries } from './server-binaries.ts'

export interface ApiServerOptions {
  /** Everything it writes goes here: data, keys, logs, kubeconfigs. */
  readonly directory: string
  readonly binaries: ServerBinaries
  /** A free one when absent. It stays the same over restarts. */
  readonly port?: number
  /** More flags of kube-apiserver; they win over ours. */
  readonly flags?: readonly string[]
  /** It goes on when we end. Default: it dies with us. */
  readonly detached?: boolean
}

/** A kube-apiserver with its etcd. */
export interface ApiServer {
  readonly url: string
  /** Speaks as an admin. */
  readonly kubeconfigPath: string
  readonly token: string
  readonly certificateAuthorityPem: string
  readonly apiServer: Server
  readonly etcd: Server
  /** Stops the API server alone, waits, and starts it on the same port and data. */
  restart(pauseMs?: number): Promise<void>
  /** Both, gracefully. `start` brings them back on the same data. */
  stop(): Promise<void>
  /** Both, by SIGKILL. */
  kill(): Promise<void>
  start(): Promise<void>
  /** Writes a kubeconfig for somebody else and gives its path; what they may do is up to RBAC. */
  kubeconfigFor(user: string, groups?: readonly string[]): Promise<string>
}

/** Starts etcd and kube-apiserver; resolves when /readyz says so. */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  await mkdir(options.directory, { recursive: true })
  const certificates = await makeCertificates(options.directory)
  const [clientPort, peerPort, freePort] = (await freePorts(3)) as [number, number, number]
  const port = options.port ?? freePort
  const url = `https://127.0.0.1:${port}`
  const { directory, binaries, detached = false } = options
  const store = etcd({ binary: binaries.etcd, directory, clientPort, peerPort, detached })
  const apiServer = kubeApiServer({
    binary: binaries.kubeApiServer,
    directory,
    port,
    etcdPort: clientPort,
    certificates,
    flags: options.flags ?? [],
    detached,
  })
  const start = async (): Promise<void> => {
    await store.start()
    await apiServer.start()
  }
  try {
    await start()
  } catch (error) {
    await store.kill() // nobody has a handle to end it with
    throw error
  }
  const writeKubeconfig = kubeconfigWriter(directory, url, certificates)
  return {
    url,
    kubeconfigPath: await writeKubeconfig('kubeconfig', 'admin', { token: certificates.adminToken }),
    token: certificates.adminToken,
    certificateAuthorityPem: certificates.authorityPem,
    apiServer,
    etcd: store,
    start,
    ...endings(apiServer, store),
    kubeconfigFor: async (user, groups = []) =>
      writeKubeconfig(
        `kubeconfig-${user.replaceAll(/[^\w.-]/g, '-')}`,
        user,
        await certificates.clientCertificate(user, groups),
      ),
  }
}

function endings(apiServer: Server, store: Server): Pick<ApiServer, 'restart' | 'stop' | 'kill'> {
  return {
    async restart(pauseMs = 0) {
      await apiServer.stop()
      await sleep(pauseMs)
      await apiServer.start()
    },
    async stop() {
      await apiServer.stop() // first: without its etcd it would spend its last seconds on retries
      await store.stop()
    },
    async kill() {
      await Promise.all([apiServer.kill(), store.kill()])
    },
  }
}

type KubeconfigWriter = (fileName: string, user: string, credentials: Credentials) => Promise<string>

function kubeconfigWriter(directory: string, serverUrl: string, certificates: Certificates): KubeconfigWriter {
  return async (fileName, user, credentials) => {
    const path = join(directory, fileName)
    const text = kubeconfigText({ serverUrl, certificateAuthorityPem: certificates.authorityPem, user, credentials })
    await writeFile(path, text, { mode: 0o600 })
    return path
  }
}
