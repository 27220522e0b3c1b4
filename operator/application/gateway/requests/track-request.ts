import { Problem } from '../answer.ts'
import type { Request } from '../generated/contract.ts'
import type { GroupLook } from './group-progress.ts'
import type { RequestSending } from './request-topic.ts'

export interface Tracked {
  readonly namespace: string
  readonly name: string
  /** Partition and offset of its message, as whoever asks says. */
  readonly at: string
}

const RETRY_SECONDS = 2

/**
 * How a request stands of which there is no object: how many messages are before its own, or that its own was not accepted.
 * Undefined = there is no such place in the topic. Throws a Problem where it can't be told.
 */
export async function trackRequest(
  { progress, names }: Pick<RequestSending, 'progress' | 'names'>,
  { namespace, name, at }: Tracked,
): Promise<Request | undefined> {
  const [partition = '', offset = ''] = at.split('-')
  const place = { partition: Number(partition), offset: BigInt(offset) }
  const look = await progress.look().catch((error: unknown) => {
    const detail = 'how far the workers are could not be looked up: Kafka does not answer'
    throw Object.assign(new Problem('KafkaAway', { detail, retryAfterSeconds: RETRY_SECONDS }), { cause: error })
  })
  const standing = standingOf(look, place, names)
  return standing && { requestId: name, namespace, ...standing }
}

function standingOf(
  look: GroupLook,
  { partition, offset }: { readonly partition: number; readonly offset: bigint },
  { topic, retryTopic, deadLetterTopic }: RequestSending['names'],
): Pick<Request, 'status' | 'message' | 'queuePosition'> | undefined {
  const next = look.next.get(partition)
  if (next === undefined) return undefined
  if (offset >= next) {
    const before = Number(offset - next)
    const message = `${before} messages are before it in ${topic}/${partition}, which workers take one after the other`
    return { status: 'Queued', queuePosition: before + 1, message }
  }
  if (!look.wasDone(partition, offset)) return { status: 'Queued', message: 'a worker has taken its message just now' }
  if (look.retrying > 0) {
    const others = `${look.retrying} messages wait in ${retryTopic} to be tried again`
    return { status: 'Queued', message: `a worker has taken its message and made no request of it yet; ${others}` }
  }
  const message = `a worker has taken its message and there is no request of it: it was refused, and ${deadLetterTopic} says why, or the request was deleted since`
  return { status: 'NotAccepted', message }
}
