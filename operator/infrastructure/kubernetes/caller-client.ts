import type { ClientOptions, KubernetesClient } from './client.ts'
import { type ApiCall, exchangeWhole } from './exchange.ts'
import { accessSource, currentAccess, withoutUser } from './kube-config.ts'
import { rebuiltConnections } from './rebuilt-connections.ts'
import { steadyClock } from './timers.ts'

export interface CallerClient {
  /**
   * Calls in the name of whoever the bearer token is of, and of nobody else: a token that counts for nothing is a 401,
   * also where our own credentials would be granted the call. All callers share the connections.
   */
  as(token: string): Pick<KubernetesClient, 'call'>
  /** Ends all connections; running calls fail. */
  close(): Promise<void>
}

/**
 * The cluster of a kubeconfig without its user. An API server goes by a client certificate before it looks at any bearer
 * token, so one that rode along would make every caller as mighty as we are.
 */
export function callerClient(options: ClientOptions): CallerClient {
  const { kubeConfig, userAgent, onRequest, requestTimeoutMs = 30_000, clock = steadyClock() } = options
  const source = accessSource(withoutUser(kubeConfig), clock)
  const connections = rebuiltConnections(options.maxConnections ?? 4)
  return {
    as: (token) => ({
      async call<T>(call: ApiCall) {
        const cluster = await currentAccess(source)
        const access = { ...cluster, headers: { authorization: `Bearer ${token}` } }
        const pool = connections.of(cluster).calls
        const bounded = { ...call, timeoutMs: call.timeoutMs ?? requestTimeoutMs }
        return exchangeWhole<T>({ access, pool, userAgent, clock, onRequest }, bounded)
      },
    }),
    close: () => connections.close(),
  }
}
