import type { KubeConfig } from '@kubernetes/client-node'
import { ApiError } from './api-error.ts'
import {
  type ApiCall,
  type ApiResult,
  type ExchangeContext,
  exchangeLines,
  exchangeWhole,
  type RequestObservation,
} from './exchange.ts'
import { type Access, accessSource, currentAccess } from './kube-config.ts'
import { rebuiltConnections } from './rebuilt-connections.ts'
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
  /** How often a connection of watches is asked whether it still answers; lost after five times. Default 5 s. */
  readonly pingEveryMs?: number
  readonly clock?: Clock
}

/** Speaks to one API server over few connections; watches have their own, so that they never wait behind writes. */
export function kubernetesClient(options: ClientOptions): KubernetesClient {
  const { kubeConfig, userAgent, onRequest, requestTimeoutMs = 30_000, clock = steadyClock() } = options
  const source = accessSource(kubeConfig, clock)
  const connections = rebuiltConnections(options.maxConnections ?? 4, options.pingEveryMs)
  const contextFor = (kind: 'calls' | 'streams', access: Access): ExchangeContext => ({
    access,
    pool: connections.of(access)[kind],
    userAgent,
    clock,
    onRequest,
  })

  /** A 401 is surely not applied, and mostly a token that was rotated a moment ago. */
  const withAccess = async <T>(run: (access: Access) => Promise<T>): Promise<T> => {
    const access = await currentAccess(source)
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

function sameIdentity(one: Access, other: Access): boolean {
  return one.fingerprint === other.fingerprint && JSON.stringify(one.headers) === JSON.stringify(other.headers)
}
