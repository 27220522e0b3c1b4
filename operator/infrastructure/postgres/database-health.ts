import type { Pool } from 'pg'

/** What slows a database down or is late in it. Milliseconds; 0 = nothing. */
export interface DatabaseHealth {
  /** Age of the oldest transaction that keeps others from being cleared away, as far as our role may see them. */
  readonly oldestSnapshotMs: number
  /** How long ago the hold ended that is over for longest and not given back, of those made over HTTP. */
  readonly expiryLagMs: number
}

const statement = {
  name: 'database-health',
  text: `SELECT
      (SELECT extract(epoch FROM statement_timestamp() - min(xact_start)) * 1000 FROM pg_stat_activity
        WHERE backend_xmin IS NOT NULL AND datname = current_database() AND pid <> pg_backend_pid()
          AND backend_type = 'client backend')::float8 AS snapshot,
      (SELECT extract(epoch FROM statement_timestamp() - min(ended.deadline)) * 1000
        FROM kbnt.stock s CROSS JOIN LATERAL (
          SELECT c.deadline FROM kbnt.claim c
          WHERE c.stock = s.uid AND c.phase = 'Reserved' AND c.deadline <= statement_timestamp() AND c.source = 'http'
          ORDER BY c.deadline LIMIT 1
        ) AS ended WHERE s.state <> 'Halted')::float8 AS late`,
}

/** Looks once. Throws where the database does not answer. */
export async function databaseHealth(pool: Pool): Promise<DatabaseHealth> {
  const { rows } = await pool.query<{ snapshot: number | null; late: number | null }>({ ...statement })
  const { snapshot, late } = rows[0] ?? {}
  return { oldestSnapshotMs: snapshot ?? 0, expiryLagMs: late ?? 0 }
}
