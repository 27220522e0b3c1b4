import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Pool } from 'pg'
import { startPostgres } from '../../hack/testbed/postgres.ts'
import { postgresPrograms } from '../../hack/testbed/postgres-programs.ts'
import { silent } from '../../hack/testbed/progress.ts'
import { migrate } from '../../operator/infrastructure/postgres/migrate.ts'
import { PostgresBooks } from '../../operator/infrastructure/postgres/postgres-books.ts'
import { writerPool } from '../../operator/infrastructure/postgres/writer-pool.ts'

/** A PostgreSQL for one run; all of it is gone when it is closed. */
export interface OwnPostgres {
  readonly url: string
  close(): Promise<void>
}

export async function ownPostgres(): Promise<OwnPostgres> {
  const directory = await mkdtemp(join(tmpdir(), 'kbnt-bench-postgres-'))
  const server = await startPostgres({ directory, programs: await postgresPrograms(process.env, silent) })
  return {
    url: server.url,
    async close() {
      await server.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** Books in a PostgreSQL of their own, with connections for so many lanes. */
export interface OwnBooks {
  readonly url: string
  readonly pool: Pool
  readonly books: PostgresBooks
  close(): Promise<void>
}

export async function ownBooks(lanes = 2): Promise<OwnBooks> {
  const server = await ownPostgres()
  const pool = writerPool({ connection: { url: server.url }, lanes })
  const client = await pool.connect()
  await migrate(client).finally(() => client.release())
  return {
    ...{ url: server.url, pool, books: new PostgresBooks(pool) },
    async close() {
      await pool.end()
      await server.close()
    },
  }
}

type Settings = Readonly<Record<string, unknown>>

/** Settings of an operator or a gateway that name it `default`. `particular`: more of it. */
export function databaseSettings({ url }: Pick<OwnPostgres, 'url'>, particular: Settings = {}): Settings {
  return { databases: { default: { url, durability: 'local', allowUnencrypted: true, ...particular } } }
}
