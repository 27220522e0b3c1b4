import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTopics, topicsFromYaml } from '../../operator/infrastructure/kafka/topics.ts'
import { quiet } from '../quiet-logger.ts'
import { projectDirectory } from './places.ts'

/** Creates those topics of config/topics.yaml that the brokers lack, and answers how many there are. Safe to repeat. */
export async function projectTopics(brokers: string): Promise<number> {
  const topics = topicsFromYaml(await readFile(join(projectDirectory, 'config/topics.yaml'), 'utf8'))
  await createTopics({ brokers: brokers.split(','), clientId: 'testbed' }, topics, quiet)
  return topics.length
}
