import { UnknownOutcomeError } from './api-error.ts'
import { type ConnectionPool, connectionPool } from './connection-pool.ts'
import type { Access } from './kube-config.ts'

interface Connections {
  readonly calls: ConnectionPool
  readonly streams: ConnectionPool
}

export interface RebuiltConnections {
  /** Throws UnknownOutcomeError once they are closed. */
  of(access: Access): Connections
  /** Ends all of them; running calls fail. */
  close(): Promise<void>
}

/** A watch that is cut without a word is to be found out before what it feeds is too old to be told (30 s). */
const PING_EVERY_MS = 5_000

/** The connections for an access; when its server or certificates change, new ones, while the old ones finish. */
export function rebuiltConnections(maxConnections: number, pingEveryMs = PING_EVERY_MS): RebuiltConnections {
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
        streams: connectionPool(access, { fillUpTo: 80, maxConnections: 64, pingEveryMs }),
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
