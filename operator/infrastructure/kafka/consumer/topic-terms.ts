import type { ConsumerTopics } from './consumer-options.ts'
import { type ConfigAdmin, configsOf, type Warn } from './topic-configs.ts'

const [DATED_BY, KEPT] = ['message.timestamp.type', 'retention.ms']

/** What a topic promises of its records. */
export interface TopicTerms {
  /** Whether brokers date them, and not whoever writes them. */
  readonly appendTime: boolean
  /** Infinity = for ever. */
  readonly retentionMs: number
}

/**
 * What is wrong with the topics of a flow: each would be found out when something is lost or done twice. It throws where the
 * flow goes by the age of messages, and else tells that its retry topic may lose some. Where brokers don't say, that is
 * told, and nothing is held to be wrong.
 */
export async function mustSuit(
  admin: ConfigAdmin,
  { topics, retryTopic, goesByAge }: ConsumerTopics,
  warn: Warn,
): Promise<void> {
  const asked = [...topics, ...(retryTopic === undefined ? [] : [retryTopic])]
  const configs = await configsOf(admin, { topics: asked, names: [DATED_BY, KEPT] }, warn)
  const terms = configs && new Map([...configs].map(([topic, config]) => [topic, termsIn(config)]))
  const { undated, forgetful } = terms ? faultsOf(terms, topics, retryTopic) : { undated: [], forgetful: [] }
  const faults = [...undated, ...forgetful]
  if (goesByAge && faults.length > 0) throw new Error(faults.join('; '))
  for (const fault of forgetful) warn(fault, { topic: retryTopic })
}

export interface KeptTopic {
  readonly topic: string
  readonly ms: number
}

/** How long topics keep their messages, of those that don't for ever. Where brokers don't say, none: others have told that. */
export async function keptFor(admin: ConfigAdmin, topics: readonly string[]): Promise<readonly KeptTopic[]> {
  const configs = await configsOf(admin, { topics, names: [KEPT] }, () => undefined)
  return [...(configs ?? [])].flatMap(([topic, config]) => {
    const { retentionMs: ms } = termsIn(config)
    return Number.isFinite(ms) ? [{ topic, ms }] : []
  })
}

function termsIn(config: ReadonlyMap<string, string>): TopicTerms {
  const retention = Number(config.get(KEPT) ?? -1)
  return {
    appendTime: config.get(DATED_BY) === 'LogAppendTime',
    retentionMs: retention < 0 ? Number.POSITIVE_INFINITY : retention,
  }
}

function faultsOf(terms: ReadonlyMap<string, TopicTerms>, topics: readonly string[], retryTopic: string | undefined) {
  const dated = topics.filter((topic) => terms.get(topic)?.appendTime === false)
  const kept = retryTopic === undefined ? undefined : terms.get(retryTopic)?.retentionMs
  const longer = topics.filter((topic) => kept !== undefined && (terms.get(topic)?.retentionMs ?? 0) > kept)
  return {
    undated: dated.map(
      (topic) => `whoever writes to ${topic} dates its messages: set message.timestamp.type=LogAppendTime`,
    ),
    forgetful: longer.map(
      (topic) => `${retryTopic} keeps its records for less time than ${topic}: raise its retention.ms`,
    ),
  }
}
