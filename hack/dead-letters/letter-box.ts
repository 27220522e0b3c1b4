import type { EachMessagePayload, IHeaders, Message } from 'kafkajs'
import type { Logger } from '../../operator/application/logger.ts'
import { journeyHeaders } from '../../operator/domain/flow/journey.ts'
import { type Place, placeText } from '../../operator/domain/flow/place.ts'
import type { KafkaConnection } from '../../operator/infrastructure/kafka/connection.ts'
import { consumedMessage } from '../../operator/infrastructure/kafka/consumer/consumed-message.ts'
import { producerSession } from '../../operator/infrastructure/kafka/producer-session.ts'
import { readTopicsAs } from '../../operator/infrastructure/kafka/topic-reader.ts'
import { missingTopics } from '../missing-topics.ts'
import { type DeadLetter, letterFrom, MARK, MARK_OF, type Mark, markFrom, REDRIVEN, REDRIVEN_FROM } from './letter.ts'

export interface LetterWithBytes extends DeadLetter {
  readonly raw: { readonly key: Buffer | null; readonly value: Buffer | null; readonly headers: IHeaders }
}

export interface Letters {
  readonly letters: readonly LetterWithBytes[]
  readonly marks: readonly Mark[]
}

/** A dead-letter topic on some Kafka, and the topics that its letters came from. */
export interface LetterBox {
  /** Those that are wanted, oldest first in each partition. Throws when there are more of them than memory is for. */
  read(wanted: (letter: DeadLetter) => boolean): Promise<Letters>
  mark(letter: Place & Pick<LetterWithBytes, 'raw'>, kind: Mark['kind']): Promise<void>
  sendBack(letter: LetterWithBytes, to: Place, redriven: number): Promise<void>
  /** Which of the letters have come back to these topics, by their places as text. Reads the topics whole. */
  foundIn(topics: readonly string[], places: ReadonlySet<string>): Promise<ReadonlySet<string>>
  close(): Promise<void>
}

const MOST = 10_000
const REQUEST_TIMEOUT_MS = 10_000

export function letterBox(connection: KafkaConnection, topic: string, logger: Logger): LetterBox {
  const session = producerSession(connection, REQUEST_TIMEOUT_MS, logger)
  const send = (to: string, message: Message) => session.send([{ topic: to, messages: [message] }])
  return {
    async read(wanted) {
      let found = 0
      const read = ({ topic: from, partition, message }: EachMessagePayload): Mark | LetterWithBytes | undefined => {
        const { raw, headers, key, offset, timestampMs } = consumedMessage(from, partition, message)
        const mark = markFrom(headers)
        if (mark) return mark
        const letter = letterFrom({ topic: from, partition, offset, key, headers, atMs: timestampMs })
        if (!wanted(letter)) return undefined
        found += 1
        return found > MOST ? undefined : { ...letter, raw }
      }
      const all = await readTopicsAs({ connection, topics: [topic], logger }, read).catch((error) => {
        throw missingTopics(error, [topic], connection)
      })
      if (found > MOST) throw new Error(`more than ${MOST} letters fit; ask for fewer by --match`)
      return {
        letters: all.filter((each) => 'raw' in each).toSorted(byPlace),
        marks: all.filter((each): each is Mark => !('raw' in each)),
      }
    },
    mark: ({ partition, raw, ...place }, kind) =>
      send(topic, {
        ...{ key: raw.key, partition, value: null },
        headers: { [MARK]: kind, [MARK_OF]: placeText({ ...place, partition }) },
      }),
    async sendBack({ raw, ...letter }, { topic: to, partition }, redriven) {
      const kept = Object.entries(raw.headers).filter(([name]) => !journeyHeaders.has(name))
      const marks = { [REDRIVEN]: String(redriven), [REDRIVEN_FROM]: placeText(letter) }
      await send(to, { key: raw.key, value: raw.value, partition, headers: { ...Object.fromEntries(kept), ...marks } })
    },
    async foundIn(topics, places) {
      const found = await readTopicsAs({ connection, topics, logger }, ({ message }) => {
        const from = message.headers?.[REDRIVEN_FROM]?.toString()
        return from !== undefined && places.has(from) ? from : undefined
      })
      return new Set(found)
    },
    close: () => session.close(),
  }
}

function byPlace(one: Place, other: Place): number {
  return one.partition - other.partition || Number(one.offset - other.offset)
}
