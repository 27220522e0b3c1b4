import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import type { RequestOptions } from 'node:https'
import { delimiter } from 'node:path'
import type { ConnectionOptions } from 'node:tls'
import { KubeConfig } from '@kubernetes/client-node'
import { UnknownOutcomeError } from './api-error.ts'
import { type Environment, environmentProxy } from './environment-proxy.ts'
import type { Clock } from './timers.ts'

/** The part of Node's TLS options that a kubeconfig speaks of. */
export type TlsSettings = Pick<
  ConnectionOptions,
  'ca' | 'cert' | 'key' | 'pfx' | 'passphrase' | 'rejectUnauthorized' | 'servername'
>

/** Where the API server is and who we are, ready for use by a connection. */
export interface Access {
  /** `https://host:port`. */
  readonly origin: string
  readonly host: string
  /** Path before `/api`, without a slash at its end; mostly empty. */
  readonly basePath: string
  readonly headers: Readonly<Record<string, string>>
  readonly tls: TlsSettings
  readonly proxy: string | undefined
  /** Changes when existing connections may not be used any more: other server, CA or client certificate. */
  readonly fingerprint: string
}

export interface AccessSource {
  /** What to use now; at most about ten seconds behind the files. Throws when it was never readable. */
  current(): Access | Promise<Access>
  /** Reads everything again, also what an exec plugin cached: for after a 401. Throws when that fails. */
  renew(): Promise<Access>
}

/** Tokens and certificates on disk are rotated long before they end, so this may be generous. */
const FRESH_MS = 10_000

/** What the library takes where it finds no cluster at all. */
const MADE_UP_SERVER = 'http://localhost:8080'

/**
 * The kubeconfig at `path`, or several as $KUBECONFIG may name them; without one, what kubectl would take, or the service
 * account when inside a cluster. Where it names no proxy for its cluster, the environment may. Throws when there is none, it
 * can't be read, or it says of no cluster that it is to be used.
 */
export function readKubeConfig(path = '', environment: Environment = {}): KubeConfig {
  const files = path.split(delimiter).filter((file) => file !== '')
  const kubeConfig = files.length > 0 ? fromFiles(files) : fromWhereKubectlLooks()
  const cluster = kubeConfig.getCurrentCluster()
  if (cluster === null) throw new Error(`kubeconfig ${path || '~/.kube/config'}: its current-context names no cluster`)
  const proxyUrl = cluster.proxyUrl || environmentProxy(cluster.server, environment)
  if (proxyUrl) Object.assign(cluster, { proxyUrl })
  return kubeConfig
}

/** As kubectl does it: who names something first is right, of one name and of the context; files that are not there are passed over. */
function fromFiles(files: readonly string[]): KubeConfig {
  const there = files.filter((file) => existsSync(file))
  const configs = (there.length > 0 ? there : files).map(fromFile)
  const [only, ...others] = configs
  if (only && others.length === 0) return only
  const merged = new KubeConfig()
  merged.loadFromOptions({
    clusters: firstOfEachName(configs.flatMap(({ clusters }) => clusters)),
    users: firstOfEachName(configs.flatMap(({ users }) => users)),
    contexts: firstOfEachName(configs.flatMap(({ contexts }) => contexts)),
    currentContext: configs.find(({ currentContext }) => currentContext)?.currentContext ?? '',
  })
  return merged
}

function firstOfEachName<T extends { readonly name: string }>(entries: readonly T[]): T[] {
  return entries.filter(({ name }, index) => entries.findIndex((other) => other.name === name) === index)
}

function fromFile(file: string): KubeConfig {
  return loaded(file, (kubeConfig) => kubeConfig.loadFromFile(file))
}

function fromWhereKubectlLooks(): KubeConfig {
  const kubeConfig = loaded('~/.kube/config', (empty) => empty.loadFromDefault())
  if (kubeConfig.getCurrentCluster()?.server === MADE_UP_SERVER)
    throw new Error(
      'no cluster is configured: set KUBECONFIG or pass --kubeconfig (there is no ~/.kube/config, and this is no pod)',
    )
  return kubeConfig
}

function loaded(name: string, load: (empty: KubeConfig) => void): KubeConfig {
  const kubeConfig = new KubeConfig()
  try {
    load(kubeConfig)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new Error(`kubeconfig ${name}: ${code === 'ENOENT' ? 'there is no such file' : message}`)
  }
  return kubeConfig
}

/** The namespace of the current context (inside a cluster: the pod's own); undefined = none is set. */
export function ownNamespace(kubeConfig: KubeConfig): string | undefined {
  return kubeConfig.getContextObject(kubeConfig.getCurrentContext())?.namespace
}

/** The same cluster, by the same ways, as nobody: no token, certificate, name or impersonation is left in it. */
export function withoutUser(kubeConfig: KubeConfig): KubeConfig {
  const cluster = kubeConfig.getCurrentCluster()
  const [name, user] = ['current', 'nobody']
  const nobody = new KubeConfig()
  nobody.loadFromOptions({
    clusters: cluster === null ? [] : [cluster],
    contexts: [{ name, user, cluster: cluster?.name ?? '' }],
    users: [{ name: user }], // without any user the library would pass over the cluster's CA too
    currentContext: name,
  })
  return nobody
}

/**
 * Access as the kubeconfig gives it. Files are read at most every ten seconds instead of at every request; while they
 * can't be read (in the middle of a rotation) the last access stays in use.
 */
export function accessSource(kubeConfig: KubeConfig, clock: Clock): AccessSource {
  let access: Access | undefined
  let readAt = 0
  let reading: Promise<Access> | undefined

  const read = (from: KubeConfig): Promise<Access> => {
    reading ??= readAccess(from)
      .then((fresh) => {
        access = fresh
        readAt = clock.now()
        return fresh
      })
      .finally(() => {
        reading = undefined
      })
    return reading
  }

  return {
    current() {
      if (access === undefined) return read(kubeConfig)
      if (clock.now() - readAt >= FRESH_MS) {
        readAt = clock.now()
        read(kubeConfig).catch(() => undefined)
      }
      return access
    },
    renew: () => read(withoutCachedTokens(kubeConfig)),
  }
}

/** Throws UnknownOutcomeError where there are no credentials to be had: nothing was sent. */
export async function currentAccess(source: Pick<AccessSource, 'current'>): Promise<Access> {
  try {
    return await source.current()
  } catch (error) {
    throw new UnknownOutcomeError(`credentials: ${error instanceof Error ? error.message : error}`, false, error)
  }
}

async function readAccess(kubeConfig: KubeConfig): Promise<Access> {
  const cluster = kubeConfig.getCurrentCluster()
  if (cluster === null) throw new Error('the kubeconfig has no current cluster')
  const options: RequestOptions = {}
  await kubeConfig.applyToHTTPSOptions(options)
  const server = new URL(cluster.server)
  const tls = tlsOf(options)
  return {
    origin: server.origin,
    host: server.host,
    basePath: server.pathname.replace(/\/+$/, ''),
    headers: headersOf(options),
    tls,
    proxy: cluster.proxyUrl === '' ? undefined : cluster.proxyUrl,
    fingerprint: fingerprintOf(cluster.server, cluster.proxyUrl, tls),
  }
}

function headersOf(options: RequestOptions): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(options.headers ?? {})) headers[name.toLowerCase()] = String(value).trim()
  if (options.auth) headers['authorization'] = `Basic ${Buffer.from(options.auth).toString('base64')}`
  return headers
}

function tlsOf(options: RequestOptions): TlsSettings {
  const { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername } = options
  const given = Object.entries({ ca, cert, key, pfx, passphrase, rejectUnauthorized, servername })
  return Object.fromEntries(given.filter(([, value]) => value !== undefined))
}

function fingerprintOf(server: string, proxy: string | undefined, tls: TlsSettings): string {
  const hash = createHash('sha256').update(`${server}\n${proxy ?? ''}\n`)
  for (const [name, value] of Object.entries(tls)) hash.update(`${name}=${String(value)}\n`)
  return hash.digest('base64')
}

/**
 * The library keeps the tokens of files and exec plugins inside the KubeConfig and offers no way to drop them; a fresh
 * one over the same entries starts without. Other kinds of users may rest on authenticators we can't carry over.
 */
function withoutCachedTokens(kubeConfig: KubeConfig): KubeConfig {
  const user = kubeConfig.getCurrentUser()
  if (!user?.exec && !user?.authProvider?.config?.tokenFile) return kubeConfig
  const fresh = new KubeConfig()
  const { clusters, contexts, users, currentContext } = kubeConfig
  fresh.loadFromOptions({ clusters, contexts, users, currentContext })
  return fresh
}
