import type { Admin, ConfigResourceTypes } from 'kafkajs'
import { hitchOf } from '../../../application/patience.ts'
import type { ConsumerTopics } from './consumer-options.ts'

/** The library's own word for it is not among what it exports to modules. */
const TOPIC: ConfigResourceTypes.TOPIC = 2

/** What a topic promises of its records. */
export interface TopicTerms {
  /** Whether brokers date them, and not whoever writes them. */
  readonly appendTime: boolean
  /** Infinity = for ever. */
  readonly retentionMs: number
}

/**
 * What is wrong with the topics of a flow that goes by the age of messages: each would be found out when something is lost
 * or done twice. Where brokers don't say, that is told, and nothing is held to be wrong.
 */
export async function mustSuit(
  admin: Pick<Admin, 'describeConfigs'>,
  { topics, retryTopic }: ConsumerTopics,
  warn: (message: string, fields: Record<string, unknown>) => void,
): Promise<void> {
  const asked = [...topics, ...(retryTopic === undefined ? [] : [retryTopic])]
  const terms = await termsOf(admin, asked).catch((error: unknown) => {
    const { reason } = hitchOf(error)
    warn("what the topics promise can't be read, so it is not checked; grant DescribeConfigs", {
      topics: asked,
      reason,
    })
    return undefined
  })
  const faults = terms ? faultsOf(terms, topics, retryTopic) : []
  if (faults.length > 0) throw new Error(faults.join('; '))
}

async function termsOf(
  admin: Pick<Admin, 'describeConfigs'>,
  topics: readonly string[],
): Promise<ReadonlyMap<string, TopicTerms>> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: topics.map((name) => ({
      ...{ type: TOPIC, name },
      configNames: ['message.timestamp.type', 'retention.ms'],
    })),
  })
  return new Map(
    resources.map(({ resourceName, configEntries }) => {
      const given = (name: string) => configEntries.find(({ configName }) => configName === name)?.configValue
      const retention = Number(given('retention.ms') ?? -1)
      return [
        resourceName,
        {
          appendTime: given('message.timestamp.type') === 'LogAppendTime',
          retentionMs: retention < 0 ? Number.POSITIVE_INFINITY : retention,
        },
      ]
    }),
  )
}

function faultsOf(
  terms: ReadonlyMap<string, TopicTerms>,
  topics: readonly string[],
  retryTopic: string | undefined,
): string[] {
  const dated = topics.filter((topic) => terms.get(topic)?.appendTime === false)
  const kept = retryTopic === undefined ? undefined : terms.get(retryTopic)?.retentionMs
  const longer = topics.filter((topic) => kept !== undefined && (terms.get(topic)?.retentionMs ?? 0) > kept)
  return [
    ...dated.map((topic) => `whoever writes to ${topic} dates its messages: set message.timestamp.type=LogAppendTime`),
    ...longer.map((topic) => `${retryTopic} keeps its records for less time than ${topic}: raise its retention.ms`),
  ]
}
