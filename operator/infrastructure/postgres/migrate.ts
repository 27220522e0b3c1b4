import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ClientBase } from 'pg'
import { PlainFault } from '../../application/rows/failure.ts'
import { within } from './writer-pool.ts'

/** Names our lock among a database's advisory locks: "kbnt" in ASCII. */
export const LOCK = 0x6b_62_6e_74
/** Partitions of what is finished that are made ahead. */
const DAYS_AHEAD = 14
/** A session that says nothing for so long is ended, and its lock with it: a process that freezes with it keeps nobody. */
const SILENT_FOR_MS = 10_000
/** A step may take longer than any other statement, and bounds itself; who gave up before would begin it anew, again and again. */
const STEP_ANSWERED_WITHIN_MS = 120_000
/** A lock was not had in time. */
const LOCK_NOT_AVAILABLE = '55P03'
const ownSteps = join(import.meta.dirname, 'migrations')
/** The line of a step that only adds: programs from this version on write its tables, too. Without it none but its own does. */
const WRITERS_FROM = /^-- writers from (\d+)$/m

/** The first tables did not say it. Only where it is missing: even to find it there, an ALTER waits for whoever reads, such as a dump. */
const SAYS_WHO_WRITES = `DO $$ BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = 'kbnt.version'::regclass AND attname = 'writers_from') THEN
    ALTER TABLE kbnt.version ADD COLUMN writers_from integer NOT NULL DEFAULT 1;
  END IF;
END $$`

/** The version that the tables had, and the one that they have now. */
export interface Migrated {
  readonly from: number
  readonly to: number
}

/** How a database's tables are: their version, 0 = there are none, and from which version on a program may write what it doesn't know of them. */
interface Tables {
  readonly version: number
  readonly writersFrom: number
}

/**
 * Brings the tables to the newest version, one transaction a step; whoever comes at the same time waits for it. Newer ones
 * that only have more than this program knows stay as they are. Throws, and changes nothing, where they are no longer what
 * it writes, where another is not done in time, and where readers stand in a step's way: then the same may be tried again.
 * `folder`: of the steps.
 */
export async function migrate(client: ClientBase, folder = ownSteps): Promise<Migrated> {
  const steps = await readSteps(folder)
  await client.query(`SET idle_session_timeout = ${SILENT_FOR_MS}`)
  await lock(client)
  try {
    await client.query('CREATE SCHEMA IF NOT EXISTS kbnt')
    await client.query(`CREATE TABLE IF NOT EXISTS kbnt.version
      (number integer PRIMARY KEY, at timestamptz NOT NULL, writers_from integer NOT NULL)`)
    await client.query(SAYS_WHO_WRITES)
    const tables = await tablesOf(client, steps.length)
    const { version: from } = tables
    refuseLater(tables, steps.length)
    for (const [index, sql] of steps.entries()) if (index >= from) await step(client, index + 1, sql)
    await client.query('SELECT kbnt.add_days($1)', [DAYS_AHEAD])
    return { from, to: Math.max(from, steps.length) }
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [LOCK])
    await client.query('RESET idle_session_timeout')
  }
}

/** Waits for as long as the session's lock_timeout lets it. */
async function lock(client: ClientBase): Promise<void> {
  try {
    await client.query('SELECT pg_advisory_lock($1)', [LOCK])
  } catch (error) {
    if ((error as { code?: unknown }).code !== LOCK_NOT_AVAILABLE) throw error
    throw new PlainFault(
      `another operator is making the tables of this database, and was not done in time; this one tries again. One that has died is out of the way within ${SILENT_FOR_MS / 1_000} s; where this goes on, find it: SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = ${LOCK}`,
      { cause: error },
    )
  }
}

/** Throws a sentence where there are no tables, older ones than this program writes, or later ones that it may not. */
export async function refuseOtherTables(client: ClientBase): Promise<void> {
  const own = (await stepFiles(ownSteps)).length
  const { rows } = await client.query<{ there: boolean }>("SELECT to_regclass('kbnt.version') IS NOT NULL AS there")
  const tables = rows[0]?.there ? await tablesOf(client, own) : { version: 0, writersFrom: 0 }
  if (tables.version === 0)
    throw new PlainFault('this database has no tables yet; the operator makes them when it leads')
  if (tables.version < own)
    throw new PlainFault(
      `the tables of this database are of version ${tables.version}, and this program writes version ${own}: run the operator, which brings them up to it`,
    )
  refuseLater(tables, own)
}

/** Tables with more than a program knows are written by it all the same; those that lack what it writes are not. */
function refuseLater({ version, writersFrom }: Tables, own: number): void {
  if (version <= own || writersFrom <= own) return
  throw new PlainFault(
    `the tables of this database are of version ${version}, which programs from version ${writersFrom} on may write, and this program knows them up to ${own}: a newer one has been here; run that one`,
  )
}

/** Each step that a program doesn't know has to let it write. */
async function tablesOf(client: ClientBase, own: number): Promise<Tables> {
  const { rows } = await client.query<Tables>(
    `SELECT coalesce(max(number), 0) AS version, coalesce(max(writers_from) FILTER (WHERE number > $1), 0) AS "writersFrom"
    FROM kbnt.version`,
    [own],
  )
  return rows[0] ?? { version: 0, writersFrom: 0 }
}

async function stepFiles(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort()
}

async function readSteps(folder: string): Promise<string[]> {
  return Promise.all((await stepFiles(folder)).map((file) => readFile(join(folder, file), 'utf8')))
}

async function step(client: ClientBase, number: number, sql: string): Promise<void> {
  const writersFrom = Number(WRITERS_FROM.exec(sql)?.[1] ?? number)
  await client.query('BEGIN')
  try {
    // whoever writes has a stock's row first: with this table ours, none is halfway when others are changed
    if (number > 1) await client.query('LOCK TABLE kbnt.stock')
    await client.query({ text: sql, ...within(STEP_ANSWERED_WITHIN_MS) })
    await client.query('INSERT INTO kbnt.version VALUES ($1, clock_timestamp(), $2)', [number, writersFrom])
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  }
}
