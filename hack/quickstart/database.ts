import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { TerminalSteps } from '../terminal-steps.ts'
import { startPostgres } from '../testbed/postgres.ts'
import { findPostgresPrograms, type PostgresPrograms } from '../testbed/postgres-programs.ts'
import { silent } from '../testbed/progress.ts'

export interface DatabaseParts {
  readonly steps: TerminalSteps
  readonly environment: NodeJS.ProcessEnv
  /** As that of a shop's opening. */
  readonly onEnd: (end: () => Promise<void>) => void
}

/** Starts PostgreSQL; answers its URL. Undefined where this machine has none or can't run it, which it says: all else goes on. */
export async function startDatabase({ steps, environment, onEnd }: DatabaseParts): Promise<string | undefined> {
  const programs = await findPostgresPrograms(environment, silent)
  if (!programs) {
    console.log('  – no PostgreSQL: none on PATH, and npm has none for this machine; its part is left out')
    return undefined
  }
  const starting = steps.run({
    doing: 'PostgreSQL starting',
    run: () => startAside(programs),
    done: ({ url }) => `PostgreSQL ready on ${new URL(url).host}`,
  })
  // also when the end comes while it starts: its files are not in the folder that goes then
  onEnd(() =>
    starting.then(
      ({ end }) => end(),
      () => undefined,
    ),
  )
  try {
    return (await starting).url
  } catch (error) {
    console.log(`    ${error instanceof Error ? error.message : error}\n    Its part is left out.`)
    return undefined
  }
}

interface Started {
  readonly url: string
  /** Stops it and deletes its files. */
  end(): Promise<void>
}

/** In a folder of its own: that of the quickstart is closed to the user that root runs it as. */
async function startAside(programs: PostgresPrograms): Promise<Started> {
  const directory = await mkdtemp(join(tmpdir(), 'kbnt-postgres-'))
  const clear = () => rm(directory, { recursive: true, force: true, maxRetries: 3 })
  try {
    const postgres = await startPostgres({ programs, directory })
    await makeDatabase(postgres.url)
    return { url: postgres.url, end: () => postgres.stop().then(clear) }
  } catch (error) {
    await clear()
    throw error
  }
}

/** One for flows that keep rows: none may be in that of the stocks. */
async function makeDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  try {
    await client.connect()
    await client.query('CREATE DATABASE flows')
  } finally {
    await client.end()
  }
}
