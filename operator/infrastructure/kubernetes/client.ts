import type { KubeConfig } from '@kubernetes/client-node'
import { ApiError, UnknownOutcomeError } from './api-error.ts'
import { type ConnectionPool, connectionPool } from './connection-pool.ts'
import {
  type ApiCall,
  type ApiResult,
  type ExchangeContext,
  exchangeLines,
  exchangeWhole,
  type RequestObservation,
} from './exchange.ts'
import { type Access, accessSource } from './kube-config.ts'
import { type Clock, steadyClock } from './timers.ts'

export interface KubernetesClient {
  /**
   * One request, one whole answer. Throws ApiError for an answer from 400 on, UnknownOutcomeError when none came. Nothing
   * is ever sent twice, except after a 401 with renewed credentials.
   */
  call<T>(call: ApiCall): Promise<ApiResult<T>>
  /**
   * Hands over each JSON line of an endless answer as it arrives, and resolves when the server ends it. Throws as `call`
   * does, and whatever `onDocument` throws. `timeoutMs` is the longest silence (default: none).
   */
  stream<T>(call: ApiCall, onDocument: (document: T) => void): Promise<void>
  /** Ends all connections; running calls fail. */
  close(): Promise<void>
}

export interface ClientOptions {
  readonly kubeConfig: KubeConfig
  readonly userAgent: string
  readonly onRequest?: (observation: RequestObservation) => void
  /** Default 30 s. */
  readonly requestTimeoutMs?: number
  /** HTTP/2 connections for everything but watches. Default 4. */
  readonly maxConnections?: number
  readonly clock?: Clock
}

/** Speaks to one API server over few connections; watches have their own, so that they never wait behind writes. */
export function kubernetesClient(options: ClientOptions): KubernetesClient {
  const { kubeConfig, userAgent, onRequest, requestTimeoutMs = 30_000, clock = steadyClock() } = options
  const source = accessSource(kubeConfig, clock)
  const connections = rebuiltConnections(options.maxConnections ?? 4)
  const contextFor = (kind: 'calls' | 'streams', access: Access): ExchangeContext => ({
    access,
    pool: connections.of(access)[kind],
    userAgent,
    clock,
    onRequest,
  })

  /** A 401 is surely not applied, and mostly a token that was rotated a moment ago. */
  const withAccess = async <T>(run: (access: Access) => Promise<T>): Promise<T> => {
    const access = await known(source.current())
    try {
      return await run(access)
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error
      const renewed = await source.renew().catch(() => access)
      if (sameIdentity(access, renewed)) throw error
      return run(renewed)
    }
  }

  return {
    call: <T>(call: ApiCall) => {
      const bounded = { ...call, timeoutMs: call.timeoutMs ?? requestTimeoutMs }
      return withAccess((access) => exchangeWhole<T>(contextFor('calls', access), bounded))
    },
    stream: <T>(call: ApiCall, onDocument: (document: T) => void) =>
      withAccess((access) => exchangeLines(contextFor('streams', access), call, onDocument)),
    close: () => connections.close(),
  }
}

interface Connections {
  readonly calls: ConnectionPool
  readonly streams: ConnectionPool
}

/** The connections for an access; when its server or certificates change, new ones, while the old ones finish. */
function rebuiltConnections(maxConnections: number) {
  const retired = new Set<Connections>()
  let current: (Connections & { readonly fingerprint: string }) | undefined
  let closed = false
  const retire = (old: Connections): void => {
    retired.add(old)
    Promise.all([old.calls.retire(), old.streams.retire()])
      .finally(() => retired.delete(old))
      .catch(() => undefined)
  }
  return {
    of(access: Access): Connections {
      if (closed) throw new UnknownOutcomeError('the client is closed', false)
      if (current?.fingerprint === access.fingerprint) return current
      if (current !== undefined) retire(current)
      current = {
        fingerprint: access.fingerprint,
        calls: connectionPool(access, { fillUpTo: 1, maxConnections }),
        streams: connectionPool(access, { fillUpTo: 80, maxConnections: 64 }),
      }
      return current
    },
    async close(): Promise<void> {
      closed = true
      const all = current === undefined ? [...retired] : [...retired, current]
      await Promise.all(all.flatMap(({ calls, streams }) => [calls.destroy(), streams.destroy()]))
    },
  }
}

async function known(access: Access | Promise<Access>): Promise<Access> {
  try {
    return await access
  } catch (error) {
    throw new UnknownOutcomeError(`credentials: ${error instanceof Error ? error.message : error}`, false, error)
  }
}

function sameIdentity(one: Access, other: Access): boolean {
  return one.fingerprint === other.fingerprint && JSON.stringify(one.headers) === JSON.stringify(other.headers)
}
