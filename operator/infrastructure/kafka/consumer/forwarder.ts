import type { Message } from 'kafkajs'
import type { Clock } from '../../../application/clock.ts'
import type { Forwarding } from '../../../application/flow/handle-chunk.ts'
import { inTurn } from '../../../application/in-turn.ts'
import type { Logger } from '../../../application/logger.ts'
import { type Blame, headersOf, type Journey, ORIGINAL_TIMESTAMP } from '../../../domain/flow/journey.ts'
import { timeText } from '../../../domain/time-text.ts'
import type { KafkaConnection } from '../connection.ts'
import { type Fault, faultOf } from '../fault.ts'
import { type ProducerSession, producerSession } from '../producer-session.ts'
import type { ConsumedMessage } from './consumed-message.ts'
import { cut } from './cut-letter.ts'

export interface ForwarderParts {
  readonly connection: KafkaConnection
  /** Absent: what would be retried is dead. */
  readonly retryTopic: string | undefined
  readonly deadLetterTopic: string
  readonly clock: Pick<Clock, 'now'>
  readonly logger: Logger
  readonly requestTimeoutMs: number
}

export interface Forwarder extends Forwarding<ConsumedMessage> {
  close(): Promise<void>
}

/**
 * Takes messages to the retry and the dead-letter topic, one after the other: key, value and headers as they are, ours
 * added. Resolves when all in-sync replicas have the copy. One that is too large for retries is dead, and one that is
 * too large for the dead is cut.
 */
export function forwarder(parts: ForwarderParts): Forwarder {
  const { connection, retryTopic, deadLetterTopic, clock, logger, requestTimeoutMs } = parts
  let session: ProducerSession | undefined
  const turn = inTurn()

  /** Undefined = it has arrived. After any failure the session is given up: kafka-publisher.ts says why. */
  async function trySending(topic: string, message: Message): Promise<Fault | undefined> {
    session ??= producerSession(connection, requestTimeoutMs, logger)
    try {
      await session.send([{ topic, messages: [message] }])
      return undefined
    } catch (error) {
      session.giveUp()
      session = undefined
      return faultOf(error)
    }
  }

  async function send(topic: string, message: Message): Promise<Fault | undefined> {
    const fault = await trySending(topic, message)
    return fault?.kind === 'misnumbered' ? trySending(topic, message) : fault
  }

  /** Of messages that come from where they were written first, the header is whoever's. */
  function copy(message: ConsumedMessage, journey: Journey, blame: Blame): Message {
    const first = message.topic === retryTopic ? message.headers[ORIGINAL_TIMESTAMP] : undefined
    return copyOf(message, journey, blame, { first, nowMs: clock.now() })
  }

  async function dead(message: ConsumedMessage, journey: Journey, blame: Blame): Promise<'dead' | Blame> {
    const whole = copy(message, journey, blame)
    const fault = await send(deadLetterTopic, whole)
    if (fault && isTooLarge(fault)) return blameOf(deadLetterTopic, await send(deadLetterTopic, cut(whole))) ?? 'dead'
    return blameOf(deadLetterTopic, fault) ?? 'dead'
  }

  return {
    retry: (message, journey, blame) =>
      turn(async () => {
        if (retryTopic === undefined) return dead(message, journey, blame)
        const fault = await send(retryTopic, copy(message, journey, blame))
        return fault && isTooLarge(fault) ? dead(message, journey, blame) : (blameOf(retryTopic, fault) ?? 'retry')
      }),
    dead: (message, journey, blame) => turn(() => dead(message, journey, blame)),
    close: () => turn(async () => session?.close()),
  }
}

const isTooLarge = (fault: Fault) => fault.kind === 'refused' && fault.tooLarge

function blameOf(topic: string, fault: Fault | undefined): Blame | undefined {
  if (!fault) return undefined
  const cause = fault.kind === 'refused' ? 'TopicRefuses' : 'KafkaAway'
  return { cause, reason: `${topic} doesn't take the message: ${fault.reason}` }
}

interface Dates {
  /** When it was written first, as its headers say, if they are ours. */
  readonly first: string | undefined
  readonly nowMs: number
}

/** Dated now: a topic would drop at once what is older than it keeps. */
function copyOf(message: ConsumedMessage, journey: Journey, blame: Blame, { first: told, nowMs }: Dates): Message {
  const { key, value, headers } = message.raw
  const first = told ?? timeText(message.timestampMs)
  return {
    ...{ key, value, timestamp: String(nowMs) },
    headers: { ...headers, ...headersOf(journey, blame), [ORIGINAL_TIMESTAMP]: first },
  }
}
