import { join, resolve } from 'node:path'
import { cacheDirectory, versions } from '../testbed/places.ts'

/** Private addresses that nothing else on a machine is likely to have. The host sees the node, its pods and services by routes. */
export const network = {
  hostAddress: '10.123.0.1',
  nodeAddress: '10.123.0.2',
  pods: '10.244.0.0/24',
  services: '10.96.0.0/16',
  kubernetesService: '10.96.0.1',
  dnsService: '10.96.0.10',
  apiPort: 6443, // what the chart lets pods reach
} as const

export const NODE = 'kbnt-node'

export interface ClusterPlaces {
  /** What is built once for a machine. */
  readonly programs: string
  /** What runs: configuration, data, logs. Removed when the cluster ends. */
  readonly run: string
  readonly logs: string
  readonly kubeconfig: string
}

export function clusterPlaces(environment: NodeJS.ProcessEnv): ClusterPlaces {
  const cache = cacheDirectory(environment)
  const run = join(cache, 'cluster')
  return {
    programs: join(cache, `node-${versions.kubernetes}-coredns-${versions.coredns}`, 'bin'),
    run,
    logs: join(run, 'log'),
    kubeconfig: join(run, 'pki', 'admin.kubeconfig'),
  }
}

/** Where the shell scripts and manifests of the node are. */
export const sources = resolve(import.meta.dirname)
