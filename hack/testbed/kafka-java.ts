import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { findOnPath } from './run-program.ts'

/** Two cores are shared with everything else under test. */
const collector = '-XX:+UseSerialGC'
/** Code that is quick to compile, not quick to run: half of a start is compiling what is used for seconds. */
const quickToCompile = '-XX:TieredStopAtLevel=1'

/**
 * The options of Java that one of Kafka's programs is run with. `steady`: it works for minutes and is to become as quick
 * as it can.
 */
export async function kafkaJava(libraries: string, { steady = false } = {}): Promise<readonly string[]> {
  const classes = await classArchive(libraries)
  return [
    collector,
    ...(steady ? [] : [quickToCompile]),
    ...(existsSync(classes) ? [`-XX:SharedArchiveFile=${classes}`] : []),
    ...['-cp', join(libraries, '*')],
  ]
}

/** Where Kafka's classes are kept, if they are: Java takes an archive of its own build alone. */
export async function classArchive(libraries: string): Promise<string> {
  const java = await realpath((await findOnPath('java', process.env)) ?? 'java')
  const { mtimeMs, size } = await stat(java)
  const build = createHash('sha256').update(`${java} ${mtimeMs} ${size}`).digest('hex').slice(0, 12)
  return join(libraries, '..', `classes-${build}.jsa`)
}
