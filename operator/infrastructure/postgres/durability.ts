import type { PoolClient as ClientBase } from 'pg'
import { NotWritten } from '../../application/rows/row-books.ts'
import { explained } from './faults.ts'

/**
 * What an answer promises. `required`: what is told is on two nodes at least, or nothing is decided; `local`: on the disk of
 * this one.
 */
export type Durability = 'required' | 'local'

/** The server process of a connection, and what its commits wait for at present. */
export interface Session {
  readonly pid: number
  readonly standbys: string
  readonly commits: string
}

export const sessionStatement = {
  name: 'session',
  text: `SELECT pg_backend_pid() AS pid, current_setting('synchronous_standby_names') AS standbys,
    current_setting('synchronous_commit') AS commits`,
} as const

/** Sent with what else is sent now. Both settings may change at any time, under the connections that are open. */
export function sessionOf(client: ClientBase, timeouts: { readonly query_timeout?: number } = {}): Promise<Session> {
  return client.query<Session>({ ...sessionStatement, ...timeouts }).then(
    ({ rows }) => rows[0] as Session,
    (error) => Promise.reject(explained(error)),
  )
}

/** Why what is committed may be lost with one node; undefined = it may not. */
export function lostWithOneNode({ standbys, commits }: Session): string | undefined {
  if (standbys.trim() === '')
    return 'durability is required, and synchronous_standby_names is empty: what is committed is on one node only. Name a standby there (CloudNativePG: spec.postgresql.synchronous), or set durability: local'
  if (commits !== 'on' && commits !== 'remote_apply')
    return `durability is required, and synchronous_commit is ${commits}: what is committed may not be on the standby's disk. Set it to on, or set durability: local`
  return undefined
}

/** Sessions hear of a setting before the process that has commits wait for it, by milliseconds. */
const SETTLED_AFTER_MS = 2_000

/** Looks whether promises can be kept, for all transactions of one process. */
export class DurabilityCheck {
  readonly #durability: Durability
  #lostAt = Number.NEGATIVE_INFINITY

  constructor(durability: Durability) {
    this.#durability = durability
  }

  /** Throws where a promise could not be kept. */
  demand(session: Session): void {
    if (this.#durability === 'local') return
    const reason = lostWithOneNode(session)
    if (reason !== undefined) this.#lostAt = performance.now()
    if (reason !== undefined) throw new NotWritten(reason, { told: reason })
    if (performance.now() - this.#lostAt >= SETTLED_AFTER_MS) return
    const soon = 'a standby was named a moment ago, and commits may not wait for it yet'
    throw new NotWritten(soon, { told: soon })
  }
}
