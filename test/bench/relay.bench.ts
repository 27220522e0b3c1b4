import type { EventSpools } from '../../operator/application/event/event-spools.ts'
import { parcelOf } from '../../operator/application/event/lane.ts'
import type { OutgoingEvent } from '../../operator/application/event/outgoing-event.ts'
import type { EventPublisher, TopicBatch } from '../../operator/application/event/publisher.ts'
import { relay } from '../../operator/application/event/relay.ts'
import type { Logger } from '../../operator/application/logger.ts'
import { eventFrom } from '../../operator/domain/event/event.ts'
import { systemClock } from '../../operator/infrastructure/clock/system-clock.ts'
import { kafkaPublisher } from '../../operator/infrastructure/kafka/kafka-publisher.ts'
import { createTopics } from '../../operator/infrastructure/kafka/topics.ts'
import { anEntry } from '../fixtures/builders.ts'
import type { Row } from './row.ts'
import type { Site } from './site.ts'

const STOCKS = 20
const WITHIN_MS = 120_000
const topics = ['bench-high', 'bench-audit'] as const
const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => quiet, enabled: () => false }
const noSpools: EventSpools = {
  list: () => Promise.resolve([]),
  create: () => Promise.reject(new Error('nothing is spooled here')),
  read: () => Promise.resolve(undefined),
  remove: () => Promise.resolve(),
}

/** Full journals through the relay to two topics, beside the same batches handed to the producer. */
export async function kafkaRelay({ brokers }: Site, perStock: number): Promise<Row[]> {
  const connection = { brokers: brokers.split(','), clientId: 'kbnt-bench' }
  await createTopics(
    connection,
    topics.map((name) => ({ name, partitions: 3 })),
    quiet,
  )
  const publisher = kafkaPublisher({
    ...{ connection, clock: systemClock(), logger: quiet, publishTimeoutMs: 10_000 },
    observe: { sent: () => undefined, failed: () => undefined, reachable: () => undefined },
  })
  await publisher.connect()
  const stocks = Array.from({ length: STOCKS }, (_, index) => `stock-${index}`)
  const events = stocks.map((stock) => eventsOf(stock, perStock))
  const sent: TopicBatch[][] = []
  const recording: EventPublisher = {
    publish(batches) {
      sent.push([...batches])
      return publisher.publish(batches)
    },
    close: () => Promise.resolve(),
  }
  await through(publisher, stocks, events) // warm
  const seconds = await through(recording, stocks, events)
  const startedAt = performance.now()
  for (const batches of sent) await publisher.publish(batches)
  const bareSeconds = (performance.now() - startedAt) / 1_000
  await publisher.close()
  const messages = STOCKS * perStock * topics.length
  const note = `${sent.length} rounds of ${Math.round(messages / sent.length)} messages`
  return [
    {
      what: 'Kafka relay from full journals',
      measured: messages / seconds,
      unit: '/s',
      bare: messages / bareSeconds,
      bar: { atLeast: 0.8 },
      note,
    },
  ]
}

function eventsOf(name: string, count: number): OutgoingEvent[] {
  const stock = { namespace: 'bench', name, uid: `uid-of-${name}`, product: name }
  const context = {
    cluster: 'bench',
    stock,
    term: 1,
    texts: { consumer: 'ana', note: 'Client order', requestId: 'req-1' },
  }
  return Array.from({ length: count }, (_, index) => ({
    ...eventFrom(anEntry({ sequence: index + 1 }), context),
    topics: [...topics],
  }))
}

/** Seconds until every event has left. */
async function through(
  publisher: EventPublisher,
  stocks: readonly string[],
  events: readonly OutgoingEvent[][],
): Promise<number> {
  const done = Promise.withResolvers<void>()
  let left = events.reduce((sum, { length }) => sum + length, 0)
  const one = relay({
    ...{ publisher, spools: noSpools, clock: systemClock(), spoolAfterMs: 60_000, maxSpooledBytes: 0 },
    ...{
      onDelivered: () => undefined,
      onProgress: () => undefined,
      onLost: () => undefined,
      onRetry: () => undefined,
      onTrouble: (message) => done.reject(new Error(message)),
    },
  })
  const startedAt = performance.now()
  const count = () => {
    left -= 1
    if (left === 0) done.resolve()
  }
  for (const [index, stock] of stocks.entries())
    one.send(
      stock,
      stock,
      (events[index] ?? []).map((event) => parcelOf(event, count)),
    )
  const late = setTimeout(
    () => done.reject(new Error(`${left} events are left after ${WITHIN_MS / 1_000} s`)),
    WITHIN_MS,
  )
  await done.promise.finally(() => clearTimeout(late))
  return (performance.now() - startedAt) / 1_000
}
