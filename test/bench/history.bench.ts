import type { Producer } from 'kafkajs'
import { Partitioners } from 'kafkajs'
import { keepHistory } from '../../operator/application/history/keep-history.ts'
import { eventFrom, type StockEvent } from '../../operator/domain/event/event.ts'
import { recordEntry } from '../../operator/domain/event/record-entry.ts'
import { recordEventFrom } from '../../operator/domain/event/record-event.ts'
import { systemClock } from '../../operator/infrastructure/clock/system-clock.ts'
import { type KafkaConnection, kafkaClient } from '../../operator/infrastructure/kafka/connection.ts'
import { topicConsumer } from '../../operator/infrastructure/kafka/consumer/topic-consumer.ts'
import { createTopics } from '../../operator/infrastructure/kafka/topics.ts'
import { postgresHistory } from '../../operator/infrastructure/postgres/history/postgres-history.ts'
import { HISTORY } from '../../operator/infrastructure/postgres/history-tables.ts'
import { anEntry } from '../fixtures/builders.ts'
import { historyDatabase } from '../fixtures/history-database.ts'
import { historyUid } from '../fixtures/history-rows.ts'
import { until } from '../fixtures/until.ts'
import { quiet } from '../integration/kafka/own-kafka.ts'
import { ownPostgres } from './own-postgres.ts'
import type { Row } from './row.ts'
import type { Site } from './site.ts'

const STOCKS = 200
const IN_A_RECORD = 50
const WITHIN_MS = 300_000
const AT_ONCE = 2_000

/** What a full audit topic takes until all of it is in PostgreSQL: single events, and records of several decisions. */
export async function histories({ brokers }: Site, rows: number): Promise<Row[]> {
  const connection = { brokers: brokers.split(','), clientId: 'kbnt-bench' }
  const each = Math.ceil(rows / STOCKS)
  const measured = async (what: string, topic: string, eventsOf: (stock: number) => StockEvent[]): Promise<Row> => {
    const seconds = await read(connection, topic, { eventsOf, rows: each * STOCKS })
    return { what, measured: (each * STOCKS) / seconds, unit: '/s', bar: { atLeast: 10_000 }, note: `${STOCKS} stocks` }
  }
  return [
    await measured('history, decisions one by one', 'bench-history', (stock) => singles(stock, each)),
    await measured(`history, ${IN_A_RECORD} decisions a record`, 'bench-history-records', (stock) =>
      records(stock, each),
    ),
  ]
}

const entryOf = (sequence: number) => anEntry({ sequence, quantity: 1, reserved: sequence, stockQuantity: 1_000_000 })
const contextOf = (stock: number) => ({
  ...{ cluster: 'east', term: 1, texts: { consumer: 'anna' } },
  stock: { namespace: 'shop', name: `stock-${stock}`, uid: historyUid(stock), product: 'grinder' },
})

function singles(stock: number, rows: number): StockEvent[] {
  return Array.from({ length: rows }, (_, index) => eventFrom(entryOf(index + 1), contextOf(stock)))
}

function records(stock: number, rows: number): StockEvent[] {
  return Array.from({ length: Math.ceil(rows / IN_A_RECORD) }, (_, index) => {
    const first = index * IN_A_RECORD + 1
    const last = Math.min(rows, first + IN_A_RECORD - 1)
    const entries = Array.from({ length: last - first + 1 }, (_, more) => recordEntry(entryOf(first + more), undefined))
    const record = { first, last, at: Date.now(), entries: JSON.stringify(entries), tellsStock: false }
    return recordEventFrom(record, contextOf(stock))
  })
}

/** Seconds from the first rows on, which come once the group has formed. */
async function read(
  connection: KafkaConnection,
  topic: string,
  { eventsOf, rows }: { readonly eventsOf: (stock: number) => StockEvent[]; readonly rows: number },
): Promise<number> {
  const names = [topic, `${topic}-dead`]
  await createTopics(
    connection,
    names.map((name) => ({ name, partitions: 2 })),
    quiet,
  )
  await fill(connection, topic, eventsOf)
  const server = await ownPostgres()
  const database = await historyDatabase(server.url)
  const clock = systemClock()
  let [kept, before, since] = [0, 0, 0]
  const flow = keepHistory({
    ...{ store: postgresHistory(database.pool, HISTORY), notReady: () => undefined, clock, logger: quiet },
    onFinding: () => undefined,
    onStored(more) {
      if (kept === 0) [before, since] = [more, performance.now()]
      kept += more
    },
  })
  const consumer = topicConsumer({
    ...{ flow, connection, clock, logger: quiet, group: topic, topics: [topic], deadLetterTopic: `${topic}-dead` },
    delaysMs: [],
    observer: {
      ...{ handled: () => undefined, retried: () => undefined, dead: () => undefined, passed: () => undefined },
      ...{ waited: () => undefined, rebalanced: () => undefined },
    },
  })
  consumer.start()
  try {
    await until('all rows', WITHIN_MS, async () => (kept >= rows ? true : undefined))
    return ((performance.now() - since) / 1_000) * (rows / (rows - before))
  } finally {
    await consumer.stop(10_000)
    await database.close()
    await server.close()
  }
}

async function fill(connection: KafkaConnection, topic: string, eventsOf: (stock: number) => StockEvent[]) {
  const retry = { retries: 5, initialRetryTime: 300, maxRetryTime: 2_000 }
  const client = kafkaClient(connection, { requestTimeoutMs: 30_000, retry }, quiet)
  const producer: Producer = client.kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner, retry })
  await producer.connect()
  for (let stock = 0; stock < STOCKS; stock += 1) {
    const events = eventsOf(stock)
    for (let at = 0; at < events.length; at += AT_ONCE) {
      const some = events.slice(at, at + AT_ONCE)
      const messages = some.map(({ key, value, headers }) => ({ key, value, headers: { ...headers } }))
      await producer.send({ topic, messages })
    }
  }
  await producer.disconnect()
}
