import { readFileSync } from 'node:fs'
import { Agent, buildConnector } from 'undici'
import type { RemoteApiOptions } from './remote-api-options.ts'

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
  const connect: buildConnector.connector = (options, done) => {
    try {
      buildConnector({ timeout: Math.min(timeoutMs, LONGEST_CONNECT_MS), ...(tls && certificatesOf(tls)) })(
        options,
        done,
      )
    } catch (error) {
      done(error as Error, null)
    }
  }
  const agent = new Agent({
    ...{ connect, connections: concurrency, pipelining: 1, keepAliveTimeout: IDLE_MS, keepAliveMaxTimeout: IDLE_MS },
    ...{ headersTimeout: timeoutMs, bodyTimeout: timeoutMs },
  })
  return { agent, close: () => agent.destroy() }
}

function certificatesOf({ caFile, certFile, keyFile }: NonNullable<RemoteApiOptions['tls']>) {
  return {
    ...(caFile !== undefined && { ca: readFileSync(caFile) }),
    ...(certFile !== undefined && { cert: readFileSync(certFile) }),
    ...(keyFile !== undefined && { key: readFileSync(keyFile) }),
  }
}
