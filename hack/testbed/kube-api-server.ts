import { readFileSync } from 'node:fs'
import { get } from 'node:https'
import { join } from 'node:path'
import type { Certificates } from './certificates.ts'
import { type Server, server } from './server.ts'

export interface KubeApiServerOptions {
  readonly binary: string
  readonly directory: string
  readonly port: number
  readonly etcdPort: number
  readonly certificates: Certificates
  /** Appended; a later flag wins over an earlier one of the same name. */
  readonly flags: readonly string[]
  readonly detached: boolean
}

/** One kube-apiserver on loopback with RBAC. Its limits of requests are the defaults: what tests meet is what users meet. */
export function kubeApiServer(options: KubeApiServerOptions): Server {
  const { certificates } = options
  return server({
    name: 'kube-apiserver',
    command: options.binary,
    arguments: [
      `--etcd-servers=http://127.0.0.1:${options.etcdPort}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      '--endpoint-reconciler-type=none', // nobody looks for the server through its own service here
      `--secure-port=${options.port}`,
      `--tls-cert-file=${certificates.servingCertificatePath}`,
      `--tls-private-key-file=${certificates.servingKeyPath}`,
      `--cert-dir=${join(options.directory, 'certificates')}`,
      `--client-ca-file=${certificates.authorityPath}`,
      `--token-auth-file=${certificates.tokensPath}`,
      `--service-account-key-file=${certificates.serviceAccountKeyPath}`,
      `--service-account-signing-key-file=${certificates.serviceAccountKeyPath}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      '--service-cluster-ip-range=10.0.0.0/24',
      '--authorization-mode=RBAC',
      '--disable-admission-plugins=ServiceAccount', // no controller makes the default accounts that it waits for
      ...options.flags,
    ],
    logPath: join(options.directory, 'kube-apiserver.log'),
    ready: () => isReady(options.port, certificates),
    readyTimeoutMs: 60_000,
    stopTimeoutMs: 15_000,
    detached: options.detached,
  })
}

function isReady(port: number, certificates: Certificates): Promise<boolean> {
  const { promise, resolve, reject } = Promise.withResolvers<boolean>()
  const request = get(
    {
      host: '127.0.0.1',
      port,
      path: '/readyz',
      ca: readFileSync(certificates.authorityPath),
      headers: { authorization: `Bearer ${certificates.adminToken}` },
      agent: false,
      timeout: 2_000,
    },
    (answer) => {
      answer.resume()
      resolve(answer.statusCode === 200)
    },
  )
  request.on('timeout', () => request.destroy(new Error('no answer')))
  request.on('error', reject)
  return promise
}
