import { hitchOf, patiently } from '../../application/patience.ts'
import { createTopics, type TopicSpec } from '../../infrastructure/kafka/topics.ts'
import type { FlowParts } from './running-flow.ts'

const PARTITIONS = 3
/** What a topic takes where nobody says otherwise, and room for the headers that say why a letter is dead. */
const LETTER_BYTES = 1_048_588 + 64 * 1024

/** What a flow's dead-letter topic needs to be. */
export function deadLetters(name: string): TopicSpec {
  return { name, partitions: PARTITIONS, maxMessageBytes: LETTER_BYTES }
}

/** Makes the topics that are a flow's own, where settings let it; for as long as it takes, beside everything else. */
export function flowTopics(
  { kafka, clock, logger }: Pick<FlowParts, 'kafka' | 'clock' | 'logger'>,
  wanted: readonly TopicSpec[],
): void {
  if (!kafka.createTopics) return
  const onTrouble = (message: string, fields: Record<string, unknown>) => logger.warn(message, fields)
  const parts = { clock, onRetry: () => undefined, onTrouble }
  void patiently(parts, { operation: 'create topics', fields: {} }, async () => {
    try {
      return { kind: 'done', value: await createTopics(kafka, wanted, logger) }
    } catch (error) {
      return { kind: 'failed', hitch: hitchOf(error) }
    }
  })
}
