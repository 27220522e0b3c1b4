import { readFileSync } from 'node:fs'
import pg from 'pg'
import type { ConnectionOptions } from '../operator/infrastructure/postgres/connection.ts'
import { poolAt } from '../operator/infrastructure/postgres/pool.ts'
import { readSettings } from '../operator/infrastructure/settings/read-settings.ts'
import { badUsage, commandLine } from './command-line.ts'
import { rowsIn, settle } from './consumption/consumption-rows.ts'
import { rowLine } from './consumption/row-line.ts'

const usage = `Shows what the flow integration has told somebody else's API, event by event.

  npm run consumption -- [flags]

  --stock NAMESPACE/NAME       the events of this stock, in their order
  --event ID                   this event
  --failed                     what was not told: it comes again, or is a dead letter
  --needs-attention            what was told, and nobody knows whether it has arrived: look there, then settle it
  --target NAME                of this target only
  --last N                     so many at most, the latest; default 100
  --settle ID                  says that you have seen to an event that failed or needs attention, as --as has it:
  --as processed|skipped         processed: it is there; skipped: it never will be, and what follows goes on without it
  --external-id ID               their id of the stock, where it was created
  --config FILE                the worker's settings: where its database is
  --postgres URL               that database; the password: $PGPASSWORD, or ~/.pgpass

Ends with 0, with 1 when there was nothing to settle, and with 2 when the log can't be read.
`

const LONGEST_WAIT_MS = 10_000

process.exit(await main())

async function main(): Promise<number> {
  const values = asked()
  const pool = poolAt(connectionOf(values.config, values.postgres), {
    ...{ max: 1, connectionTimeoutMillis: LONGEST_WAIT_MS, query_timeout: LONGEST_WAIT_MS },
    application_name: 'kbnt consumption',
  })
  try {
    return values.settle === undefined ? await list(pool, values) : await settled(pool, values.settle, values)
  } catch (error) {
    process.stderr.write(`consumption: ${wordsOf(error)}\n`)
    return 2
  } finally {
    await pool.end()
  }
}

type Asked = ReturnType<typeof asked>

function asked() {
  const { values } = commandLine(usage, {
    options: {
      stock: { type: 'string' },
      event: { type: 'string' },
      failed: { type: 'boolean', default: false },
      'needs-attention': { type: 'boolean', default: false },
      target: { type: 'string' },
      last: { type: 'string', default: '100' },
      settle: { type: 'string' },
      as: { type: 'string' },
      'external-id': { type: 'string' },
      config: { type: 'string' },
      postgres: { type: 'string' },
    },
  })
  const most = Number(values.last)
  if (!Number.isSafeInteger(most) || most < 1 || most > 100_000)
    badUsage(usage, `--last: "${values.last}" is not a number from 1 to 100000`)
  return { ...values, most, status: settledAs(values.settle, values.as) }
}

async function list(pool: pg.Pool, { failed, 'needs-attention': doubtful, ...others }: Asked): Promise<number> {
  const statuses = [...(failed ? ['FAILED'] : []), ...(doubtful ? ['NEEDS_ATTENTION'] : [])]
  const rows = await rowsIn(pool, { ...others, statuses })
  for (const row of rows) say(rowLine(row))
  say(`${rows.length} ${rows.length === 1 ? 'event' : 'events'}`)
  return 0
}

function settledAs(settling: string | undefined, as: string | undefined): 'PROCESSED' | 'SKIPPED' {
  if (settling !== undefined && as !== 'processed' && as !== 'skipped')
    badUsage(usage, `--as: "${as ?? ''}" is not one of processed, skipped`)
  return as === 'skipped' ? 'SKIPPED' : 'PROCESSED'
}

async function settled(
  pool: pg.Pool,
  event: string,
  { target, status, 'external-id': externalId }: Asked,
): Promise<number> {
  const rows = await settle(pool, { event, target, status, externalId })
  say(rows > 0 ? `settled: ${event}` : `nothing to settle: ${event} has not failed, and needs no attention`)
  return rows > 0 ? 0 : 1
}

function connectionOf(config: string | undefined, url: string | undefined): ConnectionOptions {
  if (url !== undefined) return { url }
  if (config === undefined) return badUsage(usage, 'which database? --postgres or --config says it')
  const settings = readSettings({ argv: ['--config', config], env: {}, readFile: (path) => readFileSync(path, 'utf8') })
  const name = settings.worker.database
  return settings.databases[name] ?? badUsage(usage, `worker.database is ${name}, and databases has none of that name`)
}

/** Of several addresses that don't answer, the library says nothing in its own message. */
function wordsOf(error: unknown): string {
  if (error instanceof pg.DatabaseError && error.code === '42P01')
    return 'this database has no consumption log yet: a worker with the flow integration makes it'
  if (error instanceof AggregateError) return error.errors.map((each) => (each as Error).message).join('; ')
  return error instanceof Error ? error.message : String(error)
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
