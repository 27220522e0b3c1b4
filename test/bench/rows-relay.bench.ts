import type { EventPublisher, TopicBatch } from '../../operator/application/event/publisher.ts'
import { RecordRelay } from '../../operator/application/rows/record-relay.ts'
import { eventsOfRecord } from '../../operator/domain/event/record-event.ts'
import type { Routing } from '../../operator/domain/event/routing.ts'
import { systemClock } from '../../operator/infrastructure/clock/system-clock.ts'
import { kafkaPublisher } from '../../operator/infrastructure/kafka/kafka-publisher.ts'
import { createTopics } from '../../operator/infrastructure/kafka/topics.ts'
import { PostgresRecords } from '../../operator/infrastructure/postgres/postgres-records.ts'
import { anOrder, rowLedger } from '../fixtures/row-orders.ts'
import { until } from '../fixtures/until.ts'
import { quiet } from '../integration/kafka/own-kafka.ts'
import { type OwnBooks, ownBooks } from './own-postgres.ts'
import type { Row } from './row.ts'
import { openStocks } from './row-holds.ts'
import type { Site } from './site.ts'

const STOCKS = 20
const AT_ONCE = 500
const WITHIN_MS = 300_000
const routing: Routing = {
  ...{ profile: 'topics', flatTopic: 'bench-rows' },
  ...{ routes: [{ topic: 'bench-rows' }], auditTopic: 'bench-rows-audit' },
}

/** A full outbox to two topics, beside the same batches by the producer alone. */
export async function recordRelay({ brokers }: Site, entries: number): Promise<Row[]> {
  const connection = { brokers: brokers.split(','), clientId: 'kbnt-bench' }
  const names = ['bench-rows', 'bench-rows-audit']
  await createTopics(
    connection,
    names.map((name) => ({ name, partitions: 3 })),
    quiet,
  )
  const own = await ownBooks()
  const publisher = kafkaPublisher({
    ...{ connection, clock: systemClock(), logger: quiet, publishTimeoutMs: 10_000 },
    observe: { sent: () => undefined, failed: () => undefined, reachable: () => undefined },
  })
  try {
    await publisher.connect()
    await fill(own, Math.ceil(entries / 10))
    await emptied(own, publisher) // warm
    await fill(own, entries)
    const sent: TopicBatch[][] = []
    const recording: EventPublisher = {
      publish(batches) {
        sent.push([...batches])
        return publisher.publish(batches)
      },
      close: () => Promise.resolve(),
    }
    const seconds = await emptied(own, recording)
    const startedAt = performance.now()
    for (const batches of sent) await publisher.publish(batches)
    const bareSeconds = (performance.now() - startedAt) / 1_000
    return [
      {
        ...{ what: 'entries of an outbox in PostgreSQL to Kafka', measured: entries / seconds, unit: '/s' },
        ...{ bare: entries / bareSeconds, bar: { atLeast: 0.8 } },
        note: `${sent.length} rounds, each entry to two topics`,
      },
    ]
  } finally {
    await publisher.close()
    await own.close()
  }
}

/** Holds, whose entries wait then. */
async function fill({ books }: OwnBooks, entries: number): Promise<void> {
  const stocks = await openStocks(books, STOCKS)
  const ledger = rowLedger(books)
  let left = entries - STOCKS // each was created
  const hold = async (client: number) => {
    for (let turn = client; left > 0; turn += AT_ONCE) {
      left -= 1
      await ledger.order(anOrder(stocks[turn % STOCKS] ?? ''))
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, (_, client) => hold(client)))
}

/** Seconds until nothing waits. */
async function emptied({ pool }: OwnBooks, publisher: EventPublisher): Promise<number> {
  const records = new PostgresRecords(pool)
  const startedAt = performance.now()
  const relay = new RecordRelay({
    ...{ clock: systemClock(), books: records, publisher },
    eventsOf: (record, stock) => eventsOfRecord(record, { cluster: 'bench', stock, term: 1 }, routing),
    ...{ onDelivered: () => undefined, onLost: () => undefined, onRetry: () => undefined, onTrouble: () => undefined },
  })
  try {
    await until('empty outbox', WITHIN_MS, async () => ((await records.pressure(1, 0)).bytes === 0 ? true : undefined))
    return (performance.now() - startedAt) / 1_000
  } finally {
    await relay.stop(10_000)
  }
}
