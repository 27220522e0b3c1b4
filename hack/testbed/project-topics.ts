import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from '../../operator/application/logger.ts'
import { createTopics, topicsFromYaml } from '../../operator/infrastructure/kafka/topics.ts'
import { projectDirectory } from './places.ts'

const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => quiet, enabled: () => false }

/** Creates those topics of config/topics.yaml that the brokers lack, and answers how many there are. Safe to repeat. */
export async function projectTopics(brokers: string): Promise<number> {
  const topics = topicsFromYaml(await readFile(join(projectDirectory, 'config/topics.yaml'), 'utf8'))
  await createTopics({ brokers: brokers.split(','), clientId: 'testbed' }, topics, quiet)
  return topics.length
}
