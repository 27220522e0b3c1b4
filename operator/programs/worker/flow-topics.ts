import type { TopicSpec } from '../../infrastructure/kafka/topics.ts'
import { createOwnTopics, type OwnTopicsParts } from '../own-topics.ts'

const PARTITIONS = 3
/** What a topic takes where nobody says otherwise, and room for the headers that say why a letter is dead. */
const LETTER_BYTES = 1_048_588 + 64 * 1024

/** What a flow's dead-letter topic needs to be. */
export function deadLetters(name: string): TopicSpec {
  return { name, partitions: PARTITIONS, maxMessageBytes: LETTER_BYTES }
}

/** Makes the topics that are a flow's own. */
export function flowTopics(parts: OwnTopicsParts, wanted: readonly TopicSpec[]): void {
  createOwnTopics(parts, async () => [...wanted])
}
