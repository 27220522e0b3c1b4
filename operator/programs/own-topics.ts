import { readFile } from 'node:fs/promises'
import type { Clock } from '../application/clock.ts'
import type { Logger } from '../application/logger.ts'
import { hitchOf, patiently } from '../application/patience.ts'
import { createTopics, type TopicSpec, topicsFromYaml } from '../infrastructure/kafka/topics.ts'
import type { Settings } from '../infrastructure/settings/settings.ts'

const DEFAULT_PARTITIONS = 3

/** Topics as `file` lists them, in the order of `names`; what it doesn't know is made as brokers have it. */
export async function listedTopics(file: string, names: Iterable<string>): Promise<TopicSpec[]> {
  const listed = topicsFromYaml(await readFile(file, 'utf8'))
  return [...new Set(names)].map(
    (name) => listed.find((topic) => topic.name === name) ?? { name, partitions: DEFAULT_PARTITIONS },
  )
}

export interface OwnTopicsParts {
  readonly kafka: NonNullable<Settings['kafka']>
  readonly clock: Clock
  readonly logger: Logger
}

/** Makes the topics that a program needs, where settings let it; for as long as it takes, beside everything else. */
export function createOwnTopics({ kafka, clock, logger }: OwnTopicsParts, wanted: () => Promise<TopicSpec[]>): void {
  if (!kafka.createTopics) return
  const parts = { clock, onRetry: () => undefined, onTrouble: logger.warn }
  void patiently(parts, { operation: 'create topics', fields: {} }, async () => {
    try {
      return { kind: 'done', value: await createTopics(kafka, await wanted(), logger) }
    } catch (error) {
      return { kind: 'failed', hitch: hitchOf(error) }
    }
  })
}
