import type { Pool } from 'pg'

export interface RowsKept {
  readonly rowsKeptMs: number
  readonly retriesKeptMs: number
}

/** Rows that one statement takes away. */
const PAGE = 1_000
const MOST_PAGES = 20

const older = (table: string, column: string) => `DELETE FROM kbnt_integration.${table} WHERE ctid = ANY (ARRAY(
  SELECT ctid FROM kbnt_integration.${table} WHERE ${column} < clock_timestamp() - $1 * interval '1 millisecond'
  ORDER BY ${column} LIMIT ${PAGE}))`

/** Takes away what is older than it is kept, some thousands at most; answers how many. What is left is for the next call. */
export async function forgetOldRows(
  pool: Pick<Pool, 'query'>,
  { rowsKeptMs, retriesKeptMs }: RowsKept,
): Promise<number> {
  const tables = [
    [older('consumption_log', 'first_at'), rowsKeptMs],
    [older('external_ids', 'ended_at'), rowsKeptMs],
    [older('key_in_retry', 'at'), retriesKeptMs],
  ] as const
  let gone = 0
  for (const [statement, keptMs] of tables) gone += await forgetIn(pool, statement, keptMs)
  return gone
}

async function forgetIn(pool: Pick<Pool, 'query'>, statement: string, keptMs: number): Promise<number> {
  let gone = 0
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const { rowCount } = await pool.query(statement, [keptMs])
    gone += rowCount ?? 0
    if ((rowCount ?? 0) < PAGE) break
  }
  return gone
}

/** Of a target: rows that nobody has settled for five minutes, counted up to 10,000. */
export interface UnsettledRows {
  readonly failed: number
  readonly needsAttention: number
}

const unsettledIn = (status: string) => `(SELECT count(*) FROM (
    SELECT 1 FROM kbnt_integration.consumption_log
    WHERE target = $1 AND status = '${status}' AND at < clock_timestamp() - interval '5 minutes' LIMIT 10000) AS counted)`

export async function unsettledRows(pool: Pick<Pool, 'query'>, target: string): Promise<UnsettledRows> {
  const { rows } = await pool.query<UnsettledRows>({
    name: 'unsettled-rows',
    text: `SELECT ${unsettledIn('FAILED')} AS failed, ${unsettledIn('NEEDS_ATTENTION')} AS "needsAttention"`,
    values: [target],
  })
  return rows[0] ?? { failed: 0, needsAttention: 0 }
}
