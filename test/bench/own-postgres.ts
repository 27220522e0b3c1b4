import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgres } from '../../hack/testbed/postgres.ts'
import { postgresPrograms } from '../../hack/testbed/postgres-programs.ts'
import { silent } from '../../hack/testbed/progress.ts'

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

type Settings = Readonly<Record<string, unknown>>

/** Settings of an operator or a gateway that name it `default`. `particular`: more of it. */
export function databaseSettings({ url }: Pick<OwnPostgres, 'url'>, particular: Settings = {}): Settings {
  return { databases: { default: { url, durability: 'local', allowUnencrypted: true, ...particular } } }
}
