import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { withFileLock } from './file-lock.ts'
import { projectDirectory } from './places.ts'
import type { Progress } from './progress.ts'
import { findOnPath, isExecutable, mustRun } from './run-program.ts'

export interface MavenLibraries {
  /** As people know what runs of them. */
  readonly name: string
  /** In the checkout; its runtime dependencies are the libraries. */
  readonly pom: string
  /** Of the cache; the jars are in `libs`. */
  readonly cache: string
}

/** The folder with the jars, fetched by Maven on a miss. Throws when there is no Java (or, on a miss, no Maven). */
export async function mavenLibraries(
  { name, pom, cache }: MavenLibraries,
  environment: NodeJS.ProcessEnv,
  progress: Progress,
): Promise<string> {
  await mustFind('java', name, environment)
  const directory = join(cache, 'libs')
  if (await isExecutable(directory)) return directory

  await mustFind('mvn', name, environment)
  return withFileLock(join(cache, 'lock'), progress, async () => {
    if (await isExecutable(directory)) return directory // the run we waited for fetched them
    progress(`fetching ${name} with Maven, usually about 15 seconds`)
    const unfinished = `${directory}.${process.pid}`
    await rm(unfinished, { recursive: true, force: true })
    await mkdir(unfinished, { recursive: true })
    await mustRun({
      command: 'mvn',
      arguments: [
        '--quiet',
        '--batch-mode',
        '--file',
        join(projectDirectory, pom),
        'dependency:copy-dependencies',
        '-DincludeScope=runtime',
        `-DoutputDirectory=${unfinished}`,
      ],
      environment,
    })
    await rename(unfinished, directory)
    return directory
  })
}

async function mustFind(program: 'java' | 'mvn', name: string, environment: NodeJS.ProcessEnv): Promise<void> {
  if (await findOnPath(program, environment)) return
  const what = program === 'java' ? 'Java 17 or newer' : 'Maven'
  throw new Error(`${name} needs ${what}, and there is no ${program} on PATH (Debian: apt install default-jdk maven)`)
}
