import type { Pool } from 'pg'

/** What the clock of the database says, in ms since 1970. Throws where it does not answer. */
export async function databaseTime(pool: Pick<Pool, 'query'>): Promise<number> {
  const { rows } = await pool.query<{ readonly now: string | number }>({
    name: 'database-time',
    text: 'SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now',
  })
  return Number(rows[0]?.now)
}
