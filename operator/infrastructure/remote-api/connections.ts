import { Agent } from 'undici'
import type { RemoteApiOptions } from './remote-api-options.ts'
import { renewedTrust } from './renewed-trust.ts'

/** Connections to the other side. */
export interface Connections {
  readonly agent: Agent
  close(): Promise<void>
}

const LONGEST_CONNECT_MS = 10_000
/** Less than others wait before they close one: a call that is sent just then would be lost. */
const IDLE_MS = 3_000

/** A pool for which certificates are read again with each new connection. */
export function connections({ tls, concurrency, timeoutMs }: RemoteApiOptions): Connections {
  const connect = renewedTrust(tls, Math.min(timeoutMs, LONGEST_CONNECT_MS))
  const agent = new Agent({
    ...{ connect, connections: concurrency, pipelining: 1, keepAliveTimeout: IDLE_MS, keepAliveMaxTimeout: IDLE_MS },
    ...{ headersTimeout: timeoutMs, bodyTimeout: timeoutMs },
  })
  return { agent, close: () => agent.destroy() }
}
