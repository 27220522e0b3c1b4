import pg from 'pg'
import { dayUnits } from '../../operator/domain/history/fold-history.ts'
import type { HistoryRow } from '../../operator/domain/history/history-row.ts'
import { type ConnectionOptions, connectionConfig } from '../../operator/infrastructure/postgres/connection.ts'
import { HISTORY, historyTables } from '../../operator/infrastructure/postgres/history-tables.ts'
import { migrate } from '../../operator/infrastructure/postgres/migrate.ts'
import { types } from '../../operator/infrastructure/postgres/pool.ts'
import type { KeptHistory } from './live-stocks.ts'

/** Where histories are built anew. */
export const NEXT = `${HISTORY}_next`
const BEFORE = `${HISTORY}_before`
/** "kbnr" in ASCII: one replay at a time. */
const LOCK = 0x6b_62_6e_72
const PAGE = 2_000

/** A schema that is being built beside the one of every day, by way of one connection. */
export interface RebuiltSchema {
  /** Makes it anew and empty. Throws where another replay is at work. */
  make(): Promise<void>
  /** Takes over what the topic does not have any more: rows older than the first that it has of their stock. Answers how many. */
  keepOlder(): Promise<number>
  readonly history: KeptHistory
  /** What was found while it was built, as sentences; the first so many. */
  findings(): Promise<{ readonly count: number; readonly sentences: readonly string[] }>
  /** Has writers wait, gives what they have written meanwhile to `late`, and puts it in the place of the other, which goes. */
  swap(late: (rows: readonly HistoryRow[]) => Promise<unknown>): Promise<void>
  close(): Promise<void>
}

export async function rebuiltSchema(connection: ConnectionOptions): Promise<RebuiltSchema> {
  const client = new pg.Client({ ...connectionConfig(connection), types, application_name: 'kbnt-replay' })
  client.on('error', () => undefined) // the next query tells it
  await client.connect()
  const rows = async <T extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []) =>
    (await client.query<T>(text, [...values])).rows
  const isThere = async (schema: string) =>
    (await rows<{ there: boolean }>('SELECT to_regclass($1) IS NOT NULL AS there', [`${schema}.event`]))[0]?.there ===
    true

  return {
    async make() {
      const [lock] = await rows<{ mine: boolean }>('SELECT pg_try_advisory_lock($1) AS mine', [LOCK])
      if (!lock?.mine) throw new Error('another replay is at work in this database; wait for it')
      await client.query("SET TimeZone = 'UTC'")
      await client.query(`DROP SCHEMA IF EXISTS ${NEXT} CASCADE`) // what a replay that died has left
      await migrate(client, historyTables(NEXT))
    },
    async keepOlder() {
      if (!(await isThere(HISTORY))) return 0
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ') // workers write meanwhile, and sums go with their rows
      try {
        const kept = await takeOlder(client)
        await client.query('COMMIT')
        return kept
      } catch (error) {
        await client.query('ROLLBACK')
        throw error
      }
    },
    history: {
      async last(uid) {
        return (await rows<{ sequence: number }>(`SELECT sequence FROM ${NEXT}.stock WHERE uid = $1`, [uid]))[0]
          ?.sequence
      },
      async at(uid, sequence) {
        const text = `SELECT quantity, reserved, confirmed FROM ${NEXT}.event WHERE stock = $1 AND sequence = $2`
        return (await rows<{ quantity: number; reserved: number; confirmed: number }>(text, [uid, sequence]))[0]
      },
    },
    async findings() {
      const found = await rows<{ text: string; count: number }>(
        `SELECT s.namespace || '/' || s.name || ': ' || CASE f.kind WHEN 'gap'
            THEN 'decisions ' || f.first || ' to ' || f.last || ' are not in the topic'
            ELSE f.message || ', in decision ' || f.sequence END AS text, count(*) OVER () AS count
          FROM ${NEXT}.finding f JOIN ${NEXT}.stock s ON s.uid = f.stock WHERE f.closed_at IS NULL
          ORDER BY s.namespace, s.name, f.sequence LIMIT 20`,
      )
      return { count: found[0]?.count ?? 0, sentences: found.map(({ text }) => text) }
    },
    async swap(late) {
      await client.query('BEGIN')
      try {
        const isOther = await isThere(HISTORY)
        if (isOther) await takeMissing(client, late)
        await client.query(`DROP SCHEMA IF EXISTS ${BEFORE} CASCADE`)
        if (isOther) await giveRights(client)
        if (isOther) await client.query(`ALTER SCHEMA ${HISTORY} RENAME TO ${BEFORE}`)
        await client.query(`ALTER SCHEMA ${NEXT} RENAME TO ${HISTORY}`)
        await client.query('COMMIT')
      } catch (error) {
        await client.query('ROLLBACK').catch(() => undefined)
        throw error
      }
      await client.query(`DROP SCHEMA IF EXISTS ${BEFORE} CASCADE`)
    },
    close: () => client.end(),
  }
}

/** Rows that are older than the first of their stock, or of stocks that are not there at all; with the sums of their days. */
async function takeOlder(client: pg.ClientBase): Promise<number> {
  const sums = dayUnits.map((name) => `coalesce(sum(e.units) FILTER (WHERE e.type = 'reservation.${name}'), 0)`)
  const units = dayUnits.map((name) => `units_${name}`)
  const balances = 'quantity, reserved, confirmed, available'
  await client.query(`CREATE TEMP TABLE first ON COMMIT DROP AS SELECT DISTINCT ON (stock) stock, sequence, at::date AS day
    FROM ${NEXT}.event ORDER BY stock, sequence`)
  await client.query('CREATE UNIQUE INDEX ON first (stock)')
  const older = `LEFT JOIN first USING (stock) WHERE first.sequence IS NULL OR`
  await client.query(
    `INSERT INTO ${NEXT}.stock SELECT s.* FROM ${HISTORY}.stock s WHERE s.sequence > 0 ON CONFLICT DO NOTHING`,
  )
  await client.query(`INSERT INTO ${NEXT}.stock_day SELECT d.* FROM ${HISTORY}.stock_day d ${older} d.day < first.day
    ON CONFLICT DO NOTHING`)
  await client.query(`INSERT INTO ${NEXT}.finding SELECT f.* FROM ${HISTORY}.finding f ${older} f.sequence < first.sequence
    ON CONFLICT DO NOTHING`)
  await client.query(`INSERT INTO ${NEXT}.stock_day AS d (stock, day, events, ${units.join(', ')}, sequence, ${balances}, deleted, namespace, product)
    SELECT e.stock, first.day, count(*), ${sums.join(', ')}, 0, 0, 0, 0, 0, false, '', '' FROM ${HISTORY}.event e
    JOIN first USING (stock) WHERE e.sequence < first.sequence AND e.at >= first.day AND e.at < first.day + 1
    GROUP BY e.stock, first.day
    ON CONFLICT (stock, day) DO UPDATE SET ${['events', ...units].map((name) => `${name} = d.${name} + excluded.${name}`).join(', ')}`)
  const { rowCount } = await client.query(`INSERT INTO ${NEXT}.event SELECT e.* FROM ${HISTORY}.event e ${older}
    e.sequence < first.sequence ON CONFLICT DO NOTHING`)
  return rowCount ?? 0
}

/** What was kept since the topic was read, or came late, or lies in the topic no more; writers wait from now on. */
async function takeMissing(
  client: pg.ClientBase,
  late: (rows: readonly HistoryRow[]) => Promise<unknown>,
): Promise<void> {
  await client.query("SET LOCAL lock_timeout = '30s'")
  await client.query(`LOCK TABLE ${HISTORY}.stock IN EXCLUSIVE MODE`)
  for (let after: readonly [stock: string, sequence: number] = [FIRST, 0]; ; ) {
    const { rows } = await client.query<NewerColumns>(missing, [...after])
    for (const [, ofStock] of Map.groupBy(rows, ({ stock }) => stock)) await late(ofStock.map(historyRowOf))
    const last = rows.at(-1)
    if (!last || rows.length < PAGE) return
    after = [last.stock, last.sequence]
  }
}

const FIRST = '00000000-0000-0000-0000-000000000000'
const missing = `SELECT e.*, e.price::text AS amount, s.namespace, s.name, s.product FROM ${HISTORY}.event e
  JOIN ${HISTORY}.stock s ON s.uid = e.stock WHERE (e.stock, e.sequence) > ($1::uuid, $2::bigint)
  AND NOT EXISTS (SELECT 1 FROM ${NEXT}.event n WHERE n.stock = e.stock AND n.sequence = e.sequence)
  ORDER BY e.stock, e.sequence LIMIT ${PAGE}`

interface NewerColumns extends Omit<HistoryRow, 'atMs' | 'occasion' | 'price' | 'reservation'> {
  readonly at: Date
  readonly type: string
  readonly amount: string | null
  readonly currency: string | null
  readonly reservation_uid: string | null
  readonly reservation_namespace: string | null
  readonly reservation: string | null
  readonly consumer: string | null
}

function historyRowOf(row: NewerColumns): HistoryRow {
  const { stock, sequence, namespace, name, product, at, type, units, level, amount, currency } = row
  const { quantity, reserved, confirmed, available, reservation_uid: uid, consumer } = row
  return {
    ...{ stock, sequence, namespace, name, product, occasion: type, atMs: at.getTime(), units, level },
    ...{ quantity, reserved, confirmed, available },
    price: amount === null || currency === null ? null : { amount, currency },
    reservation:
      uid === null
        ? null
        : { uid, namespace: row.reservation_namespace ?? namespace, name: row.reservation ?? '', consumer },
  }
}

/** Whoever may read the tables of every day may read the new ones. */
async function giveRights(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ role: string }>(
    `SELECT DISTINCT quote_ident(grantee) AS role FROM information_schema.role_table_grants
    WHERE table_schema = $1 AND privilege_type = 'SELECT' AND grantee NOT IN (current_user, 'PUBLIC')`,
    [HISTORY],
  )
  for (const { role } of rows) {
    await client.query(`GRANT USAGE ON SCHEMA ${NEXT} TO ${role}`)
    await client.query(`GRANT SELECT ON ALL TABLES IN SCHEMA ${NEXT} TO ${role}`)
  }
}
