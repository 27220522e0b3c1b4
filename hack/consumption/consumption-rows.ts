import type { Pool } from 'pg'

/** A row of the consumption log. */
export interface LoggedRow {
  readonly target: string
  readonly event_id: string
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly event_type: string
  readonly stock: string
  readonly status: 'PROCESSED' | 'FAILED' | 'SKIPPED' | 'NEEDS_ATTENTION'
  readonly external_id: string | null
  readonly attempts: number
  readonly duration_ms: number | null
  readonly error: string | null
  readonly at: Date
}

export interface Wanted {
  readonly stock?: string | undefined
  readonly event?: string | undefined
  readonly target?: string | undefined
  /** None = any. */
  readonly statuses: readonly string[]
  readonly most: number
}

export interface Settling {
  readonly event: string
  readonly target: string | undefined
  readonly status: 'PROCESSED' | 'SKIPPED'
  readonly externalId: string | undefined
}

/** What fits, the latest last: of one stock in the order of its life. */
export async function rowsIn(pool: Pick<Pool, 'query'>, wanted: Wanted): Promise<LoggedRow[]> {
  const { stock = null, event = null, target = null, statuses, most } = wanted
  const order = stock === null ? 'at' : 'sequence'
  const { rows } = await pool.query<LoggedRow>(
    `SELECT * FROM (
        SELECT * FROM kbnt_integration.consumption_log
        WHERE ($1::text IS NULL OR stock = $1) AND ($2::text IS NULL OR event_id = $2)
          AND ($3::text IS NULL OR target = $3) AND (cardinality($4::text[]) = 0 OR status = ANY ($4))
        ORDER BY ${order} DESC NULLS LAST LIMIT $5) AS latest
      ORDER BY ${order}`,
    [stock, event, target, [...statuses], most],
  )
  return rows
}

/** Says that a person has seen to an event; answers how many rows that are. One that is settled already stays as it is. */
export async function settle(
  pool: Pick<Pool, 'query'>,
  { event, target, status, externalId }: Settling,
): Promise<number> {
  const { rowCount } = await pool.query(
    `WITH seen AS (
        UPDATE kbnt_integration.consumption_log
        SET status = $3, blocks = false, external_id = coalesce($4, external_id), error = 'settled by hand', at = clock_timestamp()
        WHERE event_id = $1 AND ($2::text IS NULL OR target = $2) AND status IN ('FAILED', 'NEEDS_ATTENTION')
        RETURNING target, stock_uid),
      known AS (
        INSERT INTO kbnt_integration.external_ids (target, stock_uid, external_id)
        SELECT target, stock_uid, $4 FROM seen WHERE $4::text IS NOT NULL AND stock_uid IS NOT NULL
        ON CONFLICT (target, stock_uid) DO UPDATE SET external_id = excluded.external_id)
      SELECT 1 FROM seen`,
    [event, target ?? null, status, externalId ?? null],
  )
  return rowCount ?? 0
}
