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

/** Tables that belong together, in a schema of their own. */
export interface Tables {
  /** A plain name. Its table `version` says which steps were taken. */
  readonly schema: string
  /** Of the steps, in SQL; taken in the order of their names. What a step does not call by its schema is in this one. */
  readonly folder: string
  /** The table that whoever writes locks first: with it a step has all others. */
  readonly first: string
  /** The number of the advisory lock under which they are made. */
  readonly lock: number
  /** Who makes them, in words. */
  readonly maker: string
  /** Run after the steps each time, with the days that are made ahead as its parameter: what partitions need. */
  readonly each?: string
}

/** The books of stocks. */
export const books: Tables = {
  schema: 'kbnt',
  folder: join(import.meta.dirname, 'migrations'),
  first: 'kbnt.stock',
  lock: LOCK,
  maker: 'the operator that leads',
  each: 'SELECT kbnt.add_days($1)',
}

/** The line of a step that only adds: programs from this version on write its tables, too. Without it none but its own does. */
const WRITERS_FROM = /^-- writers from (\d+)$/m

/** The first tables did not say it. Only where it is missing: even to find it there, an ALTER waits for whoever reads, such as a dump. */
const saysWhoWrites = (schema: string) => `DO $$ BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = '${schema}.version'::regclass AND attname = 'writers_from') THEN
    ALTER TABLE ${schema}.version ADD COLUMN writers_from integer NOT NULL DEFAULT 1;
  END IF;
END $$`

/** The version that the tables had, and the one that they have now. */
export interface Migrated {
  readonly from: number
  readonly to: number
}

/** How tables are found: their version, 0 = there are none, and from which version on a program may write what it doesn't know of them. */
interface Found {
  readonly version: number
  readonly writersFrom: number
}

/**
 * Brings the tables to the newest version, one transaction a step; whoever comes at the same time waits for it. Newer ones
 * that only have more than this program knows stay as they are. Throws, and changes nothing, where they are no longer what
 * it writes, where another is not done in time, and where readers stand in a step's way: then the same may be tried again.
 */
export async function migrate(client: ClientBase, tables: Tables = books): Promise<Migrated> {
  const { schema, each } = tables
  const steps = await readSteps(tables.folder)
  await client.query(`SET idle_session_timeout = ${SILENT_FOR_MS}`)
  await lock(client, tables.lock)
  try {
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`)
    await client.query(`CREATE TABLE IF NOT EXISTS ${schema}.version
      (number integer PRIMARY KEY, at timestamptz NOT NULL, writers_from integer NOT NULL)`)
    await client.query(saysWhoWrites(schema))
    const found = await foundIn(client, schema, steps.length)
    const { version: from } = found
    refuseLater(found, steps.length)
    for (const [index, sql] of steps.entries())
      if (index >= from) await step(client, tables, { number: index + 1, sql })
    if (each !== undefined) await client.query(each, [DAYS_AHEAD])
    return { from, to: Math.max(from, steps.length) }
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [tables.lock])
    await client.query('RESET idle_session_timeout')
  }
}

/** Waits for as long as the session's lock_timeout lets it. */
async function lock(client: ClientBase, number: number): Promise<void> {
  try {
    await client.query('SELECT pg_advisory_lock($1)', [number])
  } catch (error) {
    if ((error as { code?: unknown }).code !== LOCK_NOT_AVAILABLE) throw error
    throw new PlainFault(
      `another program is making the tables of this database, and was not done in time; this one tries again. One that has died is out of the way within ${SILENT_FOR_MS / 1_000} s; where this goes on, find it: SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = ${number}`,
      { cause: error },
    )
  }
}

/** Throws a sentence where there are no tables, older ones than this program writes, or later ones that it may not. */
export async function refuseOtherTables(client: ClientBase, { schema, folder, maker }: Tables = books): Promise<void> {
  const own = (await stepFiles(folder)).length
  const { rows } = await client.query<{ there: boolean }>('SELECT to_regclass($1) IS NOT NULL AS there', [
    `${schema}.version`,
  ])
  const found = rows[0]?.there ? await foundIn(client, schema, own) : { version: 0, writersFrom: 0 }
  if (found.version === 0) throw new PlainFault(`this database has no tables yet; ${maker} makes them`)
  if (found.version < own)
    throw new PlainFault(
      `the tables of this database are of version ${found.version}, and this program writes version ${own}: ${maker} brings them up to it: is there one of this version?`,
    )
  refuseLater(found, own)
}

/** Tables with more than a program knows are written by it all the same; those that lack what it writes are not. */
function refuseLater({ version, writersFrom }: Found, own: number): void {
  if (version <= own || writersFrom <= own) return
  throw new PlainFault(
    `the tables of this database are of version ${version}, which programs from version ${writersFrom} on may write, and this program knows them up to ${own}: a newer one has been here; run that one`,
  )
}

/** Each step that a program doesn't know has to let it write. */
async function foundIn(client: ClientBase, schema: string, own: number): Promise<Found> {
  const { rows } = await client.query<Found>(
    `SELECT coalesce(max(number), 0) AS version, coalesce(max(writers_from) FILTER (WHERE number > $1), 0) AS "writersFrom"
    FROM ${schema}.version`,
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

async function step(
  client: ClientBase,
  { schema, first }: Tables,
  { number, sql }: { readonly number: number; readonly sql: string },
): Promise<void> {
  const writersFrom = Number(WRITERS_FROM.exec(sql)?.[1] ?? number)
  await client.query('BEGIN')
  try {
    // whoever writes has a row of it first: with this table ours, none is halfway when others are changed
    if (number > 1) await client.query(`LOCK TABLE ${first}`)
    await client.query(`SET LOCAL search_path TO ${schema}`)
    await client.query({ text: sql, ...within(STEP_ANSWERED_WITHIN_MS) })
    await client.query(`INSERT INTO ${schema}.version VALUES ($1, clock_timestamp(), $2)`, [number, writersFrom])
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  }
}
