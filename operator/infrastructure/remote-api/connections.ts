import { readFileSync } from 'node:fs'
import { Agent, buildConnector } from 'undici'
import type { RemoteApiOptions } from './remote-api-options.ts'

/** Connections to the other side. */
export interface Connections {
  readonly agent: Agent
  /** Whether this is why a connection could not be made: nothing was sent then. */
  isUnmade(error: unknown): boolean
  close(): Promise<void>
}

const LONGEST_CONNECT_MS = 10_000
/** Less than others wait before they close one: a call that is sent just then would be lost. */
const IDLE_MS = 3_000

/** A pool for which certificates are read again with each new connection. */
export function connections({ tls, concurrency, timeoutMs }: RemoteApiOptions): Connections {
  const unmade = new WeakSet<object>()
  const connect: buildConnector.connector = (options, done) => {
    const failed = (error: Error) => {
      unmade.add(error)
      done(error, null)
    }
    try {
      const make = buildConnector({ timeout: Math.min(timeoutMs, LONGEST_CONNECT_MS), ...(tls && certificatesOf(tls)) })
      make(options, (...made) => (made[0] ? failed(made[0]) : done(...made)))
    } catch (error) {
      failed(error as Error)
    }
  }
  const agent = new Agent({
    ...{ connect, connections: concurrency, pipelining: 1, keepAliveTimeout: IDLE_MS, keepAliveMaxTimeout: IDLE_MS },
    ...{ headersTimeout: timeoutMs, bodyTimeout: timeoutMs },
  })
  return {
    agent,
    isUnmade: (error) => typeof error === 'object' && error !== null && unmade.has(error),
    close: () => agent.destroy(),
  }
}

function certificatesOf({ caFile, certFile, keyFile }: NonNullable<RemoteApiOptions['tls']>) {
  return {
    ...(caFile !== undefined && { ca: readFileSync(caFile) }),
    ...(certFile !== undefined && { cert: readFileSync(certFile) }),
    ...(keyFile !== undefined && { key: readFileSync(keyFile) }),
  }
}
