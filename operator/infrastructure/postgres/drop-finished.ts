import type { Pool, PoolClient } from 'pg'

/** Keys that one statement takes away. */
const KEYS = 1_000

interface Day {
  /** Of its table, which the database itself has made of a date. */
  readonly name: string
  readonly isAttached: boolean
  /** Somebody began to detach it, and did not come to the end. */
  readonly isPending: boolean
}

/**
 * Drops the days whose reservations have all been over for longer than `keepMs`, with the keys that they were ordered by;
 * answers how many. Readers and writers don't wait for it: what can't be had at once is thrown, and done by the next call.
 */
export async function dropFinished(pool: Pool, keepMs: number): Promise<number> {
  const client = await pool.connect()
  let isWhole = false
  try {
    const days = await oldDays(client, keepMs)
    for (const day of days) await drop(client, day)
    isWhole = true
    return days.length
  } finally {
    client.release(!isWhole)
  }
}

async function oldDays(client: PoolClient, keepMs: number): Promise<Day[]> {
  const { rows } = await client.query<Day>(
    `SELECT c.relname AS name, i.inhrelid IS NOT NULL AS "isAttached", coalesce(i.inhdetachpending, false) AS "isPending"
      FROM pg_class c LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
      WHERE c.relnamespace = 'kbnt'::regnamespace AND c.relkind = 'r' AND c.relname ~ '^finished_[0-9]{8}$'
        AND c.relname < 'finished_' || to_char((clock_timestamp() - $1 * interval '1 millisecond') AT TIME ZONE 'UTC', 'YYYYMMDD')
      ORDER BY c.relname`,
    [keepMs],
  )
  return rows
}

/** Its keys first: without its rows nobody could tell any more which they are. */
async function drop(client: PoolClient, { name, isAttached, isPending }: Day): Promise<void> {
  await dropKeys(client, name)
  if (isPending) await client.query(`ALTER TABLE kbnt.finished DETACH PARTITION kbnt.${name} FINALIZE`)
  else if (isAttached) await client.query(`ALTER TABLE kbnt.finished DETACH PARTITION kbnt.${name} CONCURRENTLY`)
  await client.query(`DROP TABLE kbnt.${name}`)
}

async function dropKeys(client: PoolClient, name: string): Promise<void> {
  let last: string | undefined = '00000000-0000-0000-0000-000000000000'
  while (last !== undefined) {
    const { rows }: { rows: { uid: string }[] } = await client.query(
      `WITH page AS (SELECT uid FROM kbnt.${name} WHERE uid > $1 ORDER BY uid LIMIT ${KEYS}),
        gone AS (DELETE FROM kbnt.request_key AS k USING page WHERE k.uid = page.uid)
      SELECT uid FROM page ORDER BY uid DESC LIMIT 1`,
      [last],
    )
    last = rows[0]?.uid
  }
}
