import type { Pool } from 'pg'
import { forgetOlder } from '../forget-older.ts'

export interface RowsKept {
  readonly rowsKeptMs: number
  readonly retriesKeptMs: number
}

/** Takes away what is older than it is kept, some thousands at most; answers how many. What is left is for the next call. */
export async function forgetOldRows(
  pool: Pick<Pool, 'query'>,
  { rowsKeptMs, retriesKeptMs }: RowsKept,
): Promise<number> {
  const tables = [
    [{ table: 'kbnt_integration.consumption_log', column: 'first_at' }, rowsKeptMs],
    [{ table: 'kbnt_integration.external_ids', column: 'ended_at' }, rowsKeptMs],
    [{ table: 'kbnt_integration.key_in_retry', column: 'at' }, retriesKeptMs],
  ] as const
  let gone = 0
  for (const [rows, keptMs] of tables) gone += await forgetOlder(pool, rows, keptMs)
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
