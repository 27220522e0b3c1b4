import { existsSync } from 'node:fs'
import { mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { withFileLock } from './file-lock.ts'
import { startKafka } from './kafka.ts'
import { classArchive } from './kafka-java.ts'
import type { Progress } from './progress.ts'

/**
 * Has Kafka's classes kept as Java maps them into memory, which halves every later start. Once for each Java and Kafka:
 * one node is started and stopped for it.
 */
export async function keepKafkaClasses(libraries: string, progress: Progress): Promise<void> {
  const classes = await classArchive(libraries)
  if (existsSync(classes)) return
  await withFileLock(`${classes}.lock`, progress, async () => {
    if (existsSync(classes)) return // the run we waited for made it
    progress("keeping Kafka's classes for quicker starts, about 10 seconds")
    const unfinished = `${classes}.${process.pid}`
    const directory = await mkdtemp(join(tmpdir(), 'kbnt-kafka-classes-'))
    try {
      const kafka = await startKafka({ directory, libraries, javaOptions: [`-XX:ArchiveClassesAtExit=${unfinished}`] })
      await kafka.stop()
      await rename(unfinished, classes)
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  })
}
