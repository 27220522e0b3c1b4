import { existsSync } from 'node:fs'
import { chmod, chown, cp, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { freePorts } from './free-ports.ts'
import type { PostgresPrograms } from './postgres-programs.ts'
import { mustRun } from './run-program.ts'
import { asUser, type Server, server } from './server.ts'

export interface PostgresOptions {
  readonly programs: PostgresPrograms
  /** Everything it writes goes here: data, settings, log. Root's must be where everybody may walk to, so not at home. */
  readonly directory: string
  /** More lines of its postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>
  /** It goes on when we end. Default: it dies with us. */
  readonly detached?: boolean
}

/** One PostgreSQL on loopback, with fsync: what is committed survives whatever happens to its processes. */
export interface Postgres extends Server {
  /** As the operator's --postgres takes it; names the database `postgres`, and speaks as its superuser. */
  readonly url: string
  /** Stops it, waits, and starts it on the same port and data. */
  restart(): Promise<void>
}

/** PostgreSQL refuses to run as root; then it runs as this user and group, which Linux calls nobody. */
const NOBODY = 65_534
const USER = 'kbnt'
/** Twice the seconds that it takes on a busy machine. */
const STARTS = 40
const START_AGAIN_MS = 250

/** Starts PostgreSQL; resolves when it answers. */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const [port] = (await freePorts(1)) as [number]
  const url = `postgres://${USER}@127.0.0.1:${port}/postgres`
  const programs = await reachable(options)
  const data = await prepare(options, programs, port)
  const node = server({
    name: 'PostgreSQL',
    command: join(programs, 'postgres'),
    arguments: ['-D', data],
    ...(isRoot() && { user: NOBODY }),
    logPath: join(options.directory, 'postgres.log'),
    ready: () => answers(url),
    readyTimeoutMs: 30_000,
    stopTimeoutMs: 10_000,
    detached: options.detached ?? false,
  })
  const start = () => whenFree(node.start)
  await start()
  return {
    ...node,
    ...{ url, start },
    async restart() {
      await node.stop()
      await start()
    },
  }
}

/** Of one that was killed some processes live on for a moment, and keep its memory. */
async function whenFree(start: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await start()
    } catch (error) {
      if (tries === STARTS || !/pre-existing shared memory block/.test(String(error))) throw error
      await pause(START_AGAIN_MS)
    }
  }
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 })
  client.on('error', () => undefined) // seen as a query that fails
  try {
    await client.connect()
    await client.query('SELECT 1')
    return true
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** Where an ordinary user may run the programs: a cache in root's home folder is closed to others. */
async function reachable({ programs, directory }: PostgresOptions): Promise<string> {
  await mkdir(directory, { recursive: true })
  if (!isRoot()) return programs.directory
  await chmod(directory, 0o711)
  const copy = join(directory, 'postgres-programs')
  if (!existsSync(copy)) await cp(dirname(programs.directory), copy, { recursive: true, verbatimSymlinks: true })
  return join(copy, 'bin')
}

async function prepare({ directory, settings = {} }: PostgresOptions, programs: string, port: number): Promise<string> {
  const data = join(directory, 'postgres')
  await mkdir(data, { recursive: true, mode: 0o700 })
  if (isRoot()) await chown(data, NOBODY, NOBODY)
  if (!existsSync(join(data, 'PG_VERSION'))) {
    const wishes = ['--username', USER, '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync']
    const command = [join(programs, 'initdb'), '-D', data, ...wishes]
    const [program, ...given] = isRoot() ? ['setpriv', ...asUser(NOBODY), ...command] : command
    await mustRun({ command: program as string, arguments: given })
  }
  const lines = Object.entries({
    listen_addresses: "'127.0.0.1'",
    port: String(port),
    unix_socket_directories: "''",
    max_connections: '60',
    shared_buffers: "'64MB'",
    ...settings,
  })
  await writeFile(join(data, 'postgresql.auto.conf'), lines.map(([name, value]) => `${name} = ${value}\n`).join(''))
  return data
}

function isRoot(): boolean {
  return process.getuid?.() === 0
}
