import type { ConsumerTopics } from './consumer-options.ts'
import { type ConfigAdmin, configsOf, type Warn } from './topic-configs.ts'

/** What headers of ours add to a message, at most. */
const HEADER_BYTES = 64 * 1024
const SIZE = 'max.message.bytes'

/**
 * Tells of topics that don't take what a flow may have to put there, with its headers: nothing stops for that, and it would
 * be found out when a message is needed whole. Where brokers don't say, that is told.
 */
export async function tellTooSmall(
  admin: ConfigAdmin,
  { topics, retryTopic, deadLetterTopic }: ConsumerTopics,
  warn: Warn,
): Promise<void> {
  const others = [
    { topic: deadLetterTopic, what: 'larger ones are cut there' },
    ...(retryTopic === undefined ? [] : [{ topic: retryTopic, what: 'larger ones are dead without a retry' }]),
  ]
  const asked = [...topics, ...others.map(({ topic }) => topic)]
  const configs = await configsOf(admin, { topics: asked, names: [SIZE] }, warn)
  const bytesOf = (topic: string) => Number(configs?.get(topic)?.get(SIZE) ?? Number.NaN) // unknown: never too small
  const known = topics.filter((topic) => !Number.isNaN(bytesOf(topic)))
  const [largest] = known.toSorted((one, other) => bytesOf(other) - bytesOf(one))
  if (largest === undefined) return
  const neededBytes = bytesOf(largest) + HEADER_BYTES
  for (const { topic, what } of others) {
    const bytes = bytesOf(topic)
    if (bytes < neededBytes)
      warn(`${topic} takes smaller messages than ${largest} has: ${what}; raise its ${SIZE}`, {
        ...{ topic, bytes, neededBytes },
      })
  }
}
