import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ClientBase } from 'pg'
import { PlainFault } from '../../application/rows/failure.ts'

/** Names our lock among a database's advisory locks: "kbnt" in ASCII. */
export const LOCK = 0x6b_62_6e_74
/** Partitions of what is finished that are made ahead. */
const DAYS_AHEAD = 14
/** A session that says nothing for so long is ended, and its lock with it: a process that freezes with it keeps nobody. */
const SILENT_FOR_MS = 10_000
/** A lock was not had in time. */
const LOCK_NOT_AVAILABLE = '55P03'
const folder = join(import.meta.dirname, 'migrations')

/** The version of the tables, and the newest that this program knows. */
export interface Migrated {
  readonly from: number
  readonly to: number
}

/**
 * Brings the tables to the newest version, one transaction a step; whoever comes at the same time waits for it. Throws,
 * and changes nothing, where they are newer than this program knows, and where another is not done in time.
 */
export async function migrate(client: ClientBase): Promise<Migrated> {
  const steps = await readSteps()
  await client.query(`SET idle_session_timeout = ${SILENT_FOR_MS}`)
  await lock(client)
  try {
    await client.query('CREATE SCHEMA IF NOT EXISTS kbnt')
    await client.query('CREATE TABLE IF NOT EXISTS kbnt.version (number integer PRIMARY KEY, at timestamptz NOT NULL)')
    const from = await versionOf(client)
    if (from > steps.length)
      throw new PlainFault(
        `the tables of this database are of version ${from}, and this program knows them up to ${steps.length}: a newer one has been here; run that one`,
      )
    for (const [index, sql] of steps.entries()) if (index >= from) await step(client, index + 1, sql)
    await client.query('SELECT kbnt.add_days($1)', [DAYS_AHEAD])
    return { from, to: steps.length }
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

/** Throws a sentence where there are no tables, or those of another version than this program writes. */
export async function refuseOtherTables(client: ClientBase): Promise<void> {
  const newest = (await stepFiles()).length
  const { rows } = await client.query<{ there: boolean }>("SELECT to_regclass('kbnt.version') IS NOT NULL AS there")
  const version = rows[0]?.there ? await versionOf(client) : 0
  if (version === newest) return
  if (version === 0) throw new PlainFault('this database has no tables yet; the operator makes them when it leads')
  const who = version > newest ? 'a newer one of this program' : 'the operator, which brings them up to it,'
  throw new PlainFault(
    `the tables of this database are of version ${version}, and this program writes version ${newest}: run ${who}`,
  )
}

/** The version of the tables; 0 where there are none. */
async function versionOf(client: ClientBase): Promise<number> {
  const { rows } = await client.query<{ number: number }>('SELECT coalesce(max(number), 0) AS number FROM kbnt.version')
  return rows[0]?.number ?? 0
}

async function stepFiles(): Promise<string[]> {
  return (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort()
}

async function readSteps(): Promise<string[]> {
  return Promise.all((await stepFiles()).map((file) => readFile(join(folder, file), 'utf8')))
}

async function step(client: ClientBase, number: number, sql: string): Promise<void> {
  await client.query('BEGIN')
  try {
    await client.query(sql)
    await client.query('INSERT INTO kbnt.version VALUES ($1, clock_timestamp())', [number])
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  }
}
