import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readTopics } from '../../operator/infrastructure/kafka/topic-reader.ts'
import { topicsFromYaml } from '../../operator/infrastructure/kafka/topics.ts'
import { quiet } from '../quiet-logger.ts'
import { projectDirectory } from '../testbed/places.ts'

/** How many messages each topic has, in a line; topics without any are left out. */
export async function eventCounts(brokers: string): Promise<string> {
  const topics = topicsFromYaml(await readFile(join(projectDirectory, 'config/topics.yaml'), 'utf8')).map(
    ({ name }) => name,
  )
  const connection = { brokers: [brokers], clientId: 'quickstart' }
  const counts = new Map<string, number>()
  for (const { topic } of await readTopics({ connection, topics, logger: quiet }))
    counts.set(topic, (counts.get(topic) ?? 0) + 1)
  return `Events on Kafka: ${[...counts].map(([topic, count]) => `${topic} ${count}`).join(', ')}`
}
