import type { Pool } from 'pg'

/** Rows that one statement takes away. */
const PAGE = 1_000
const MOST_PAGES = 20

/** Takes away rows of a table that are older than they are kept, some thousands at most; answers how many. What is left is for the next call. */
export async function forgetOlder(
  pool: Pick<Pool, 'query'>,
  { table, column }: { readonly table: string; readonly column: string },
  keptMs: number,
): Promise<number> {
  const statement = `DELETE FROM ${table} WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM ${table} WHERE ${column} < clock_timestamp() - $1 * interval '1 millisecond'
    ORDER BY ${column} LIMIT ${PAGE}))`
  let gone = 0
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const { rowCount } = await pool.query(statement, [keptMs])
    gone += rowCount ?? 0
    if ((rowCount ?? 0) < PAGE) break
  }
  return gone
}
