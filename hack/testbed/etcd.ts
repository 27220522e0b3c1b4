import { join } from 'node:path'
import { type Server, server } from './server.ts'

export interface EtcdOptions {
  readonly binary: string
  readonly directory: string
  readonly clientPort: number
  readonly peerPort: number
  readonly detached: boolean
}

/** One etcd on loopback. Without fsync: its data survives the death of any process, not that of the machine. */
export function etcd(options: EtcdOptions): Server {
  const clientUrl = `http://127.0.0.1:${options.clientPort}`
  const peerUrl = `http://127.0.0.1:${options.peerPort}`
  return server({
    name: 'etcd',
    command: options.binary,
    arguments: [
      '--name=testbed',
      `--data-dir=${join(options.directory, 'etcd')}`,
      `--listen-client-urls=${clientUrl}`,
      `--advertise-client-urls=${clientUrl}`,
      `--listen-peer-urls=${peerUrl}`,
      `--initial-advertise-peer-urls=${peerUrl}`,
      `--initial-cluster=testbed=${peerUrl}`,
      '--unsafe-no-fsync',
      '--log-level=warn',
    ],
    logPath: join(options.directory, 'etcd.log'),
    ready: async () => (await fetch(`${clientUrl}/health`)).ok,
    readyTimeoutMs: 30_000,
    stopTimeoutMs: 10_000,
    detached: options.detached,
  })
}
