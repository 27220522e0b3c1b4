import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** What the test bed is made of. A change here makes a new folder in the cache, so old builds never mix with new ones. */
export const versions = {
  kubernetes: '1.35.4',
  etcd: '3.6.5',
  kafka: '4.1.1',
  openSearch: '2.19.6',
  apicurio: '3.3.3',
  jmxExporter: '1.0.1',
  helm: '4.3.1',
  coredns: '1.15.0',
  operatorVerify: '0.9.1',
  kubeScore: '1.20.0',
} as const

/** The checkout that this file belongs to. */
export const projectDirectory = resolve(import.meta.dirname, '../..')

/** Builds and downloads live outside the checkout, so that the next clone on this machine starts in seconds. */
export function cacheDirectory(environment: NodeJS.ProcessEnv): string {
  return join(environment['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'kbnt-operator')
}

export function serverCache(environment: NodeJS.ProcessEnv): string {
  return join(cacheDirectory(environment), `kube-${versions.kubernetes}-etcd-${versions.etcd}`)
}

export function kafkaCache(environment: NodeJS.ProcessEnv): string {
  return join(cacheDirectory(environment), `kafka-${versions.kafka}`)
}
