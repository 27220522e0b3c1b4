import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { withFileLock } from './file-lock.ts'
import { kafkaCache, projectDirectory, versions } from './places.ts'
import type { Progress } from './progress.ts'
import { findOnPath, isExecutable, mustRun } from './run-program.ts'

/** The folder with Kafka's jars, fetched by Maven on a miss. Throws when there is no Java (or, on a miss, no Maven). */
export async function kafkaLibraries(environment: NodeJS.ProcessEnv, progress: Progress): Promise<string> {
  await mustFind('java', environment)
  const directory = join(kafkaCache(environment), 'libs')
  if (await isExecutable(directory)) return directory

  await mustFind('mvn', environment)
  return withFileLock(join(kafkaCache(environment), 'lock'), progress, async () => {
    if (await isExecutable(directory)) return directory // the run we waited for fetched them
    progress(`fetching Apache Kafka ${versions.kafka} with Maven, usually about 15 seconds`)
    const unfinished = `${directory}.${process.pid}`
    await rm(unfinished, { recursive: true, force: true })
    await mkdir(unfinished, { recursive: true })
    await mustRun({
      command: 'mvn',
      arguments: [
        '--quiet',
        '--batch-mode',
        '--file',
        join(projectDirectory, 'hack/kafka/pom.xml'),
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

async function mustFind(program: 'java' | 'mvn', environment: NodeJS.ProcessEnv): Promise<void> {
  if (await findOnPath(program, environment)) return
  const what = program === 'java' ? 'Java 17 or newer' : 'Maven'
  throw new Error(
    `Apache Kafka needs ${what}, and there is no ${program} on PATH (Debian: apt install default-jdk maven)`,
  )
}
