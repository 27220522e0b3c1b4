import type { BridgeConsumer, Subscription } from './bridge-consumer.ts'
import { BridgeError } from './bridge-error.ts'
import type { ConsumerDesk } from './consumer-desk.ts'
import { consumerWishes, type GivenConsumer } from './consumer-wishes.ts'
import { contentTypeOf, shownRecord } from './formats.ts'
import { queryInteger } from './query.ts'
import { asJson, type BridgeCall, type BridgeReply, noContent, type ServedCall } from './served-call.ts'

const INSTANCE = '/consumers/{groupid}/instances/{name}'
const POLL_MS = 100
const MOST_POLL_MS = 60_000
const MOST_ANSWER_BYTES = 64 * 1024 * 1024
const MOST_PATTERN = 256

/** What is served of consumers. */
export function consumerCalls(consumers: ConsumerDesk): readonly ServedCall[] {
  const consumerOf = ({ path }: BridgeCall) => consumers.find(path['groupid'] ?? '', path['name'] ?? '')
  return [
    {
      operation: { method: 'post', path: '/consumers/{groupid}' },
      answer: (call) => created(consumers, call),
    },
    {
      operation: { method: 'delete', path: INSTANCE },
      async answer({ path }) {
        await consumers.delete(path['groupid'] ?? '', path['name'] ?? '')
        return noContent
      },
    },
    {
      operation: { method: 'post', path: `${INSTANCE}/subscription` },
      async answer(call) {
        const consumer = consumerOf(call)
        const subscription = subscriptionOf(call.body as GivenSubscription)
        await (subscription ? consumer.subscribe(subscription) : consumer.unsubscribe())
        return noContent
      },
    },
    {
      operation: { method: 'delete', path: `${INSTANCE}/subscription` },
      async answer(call) {
        await consumerOf(call).unsubscribe()
        return noContent
      },
    },
    {
      operation: { method: 'get', path: `${INSTANCE}/records` },
      answer: (call) => records(consumerOf(call), call),
    },
    {
      operation: { method: 'post', path: `${INSTANCE}/offsets` },
      async answer(call) {
        await consumerOf(call).commit(offsetsOf(call.body as GivenOffsets | undefined))
        return noContent
      },
    },
  ]
}

function created(consumers: ConsumerDesk, { path, body, headers, sentPath }: BridgeCall): BridgeReply {
  const given = (body ?? {}) as GivenConsumer
  if (given.name === '') throw new BridgeError(422, 'Invalid value for name: it is empty, and no path could lead to it')
  const name = consumers.create(path['groupid'] ?? '', given.name, consumerWishes(given))
  const host = String(headers['host'] ?? '')
  const authority = /:\d+$/.test(host) ? host : `${host}:80`
  const base = `http://${authority}${sentPath.replace(/\/?$/, '/')}instances/${encodeURIComponent(name)}`
  return asJson({ instance_id: name, base_uri: base })
}

interface GivenSubscription {
  readonly topics?: readonly string[]
  readonly topic_pattern?: string
}

/** Undefined: to nothing any more. */
function subscriptionOf({ topics, topic_pattern }: GivenSubscription): Subscription | undefined {
  if (topics && topic_pattern !== undefined)
    throw new BridgeError(409, 'Subscriptions to topics, partitions, and patterns are mutually exclusive.')
  if (topics) return topics.length > 0 ? { topics } : undefined
  if (topic_pattern === undefined)
    throw new BridgeError(422, 'A list (of Topics type) or a topic_pattern must be specified.')
  return { pattern: patternOf(topic_pattern) }
}

/** For whole names, as Java has it. */
function patternOf(text: string): RegExp {
  try {
    if (text.length <= MOST_PATTERN) return new RegExp(`^(?:${text})$`)
  } catch {
    // said below
  }
  throw new BridgeError(422, `topic_pattern is no regular expression of at most ${MOST_PATTERN} characters`)
}

async function records(consumer: BridgeConsumer, { query, headers }: BridgeCall): Promise<BridgeReply> {
  const timeoutMs = queryInteger(query, 'timeout', MOST_POLL_MS) ?? POLL_MS
  const mostBytes = queryInteger(query, 'max_bytes', Number.MAX_SAFE_INTEGER) ?? MOST_ANSWER_BYTES
  const { format } = consumer.wishes
  const contentType = contentTypeOf(format)
  if (headers['accept'] !== contentType) {
    const accept = `it is ${headers['accept'] ?? 'missing'}, and has to be ${contentType}`
    const message = 'Consumer format does not match the embedded format requested by the Accept header'
    throw new BridgeError(406, `${message}: ${accept}.`)
  }
  const taken = await consumer.poll(timeoutMs)
  const body = JSON.stringify(taken.map((record) => shownRecord(format, record)))
  if (Buffer.byteLength(body) > mostBytes)
    throw new BridgeError(422, 'Response exceeds the maximum number of bytes the consumer can receive')
  return { status: 200, contentType, body }
}

interface GivenOffsets {
  readonly offsets?: readonly { readonly topic: string; readonly partition: number; readonly offset: number }[]
}

/** Undefined: as far as it has been read. */
function offsetsOf(given: GivenOffsets | undefined) {
  return given?.offsets?.map(({ topic, partition, offset }) => ({ topic, partition, offset: String(offset) }))
}
