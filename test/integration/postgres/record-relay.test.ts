import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { eventsBySource } from '../../../hack/audit/topic-events.ts'
import { auditSequence } from '../../../operator/application/audit/audit-sequence.ts'
import { RecordRelay } from '../../../operator/application/rows/record-relay.ts'
import { entriesOf, eventsOfRecord, type RecordData } from '../../../operator/domain/event/record-event.ts'
import type { Routing } from '../../../operator/domain/event/routing.ts'
import { type KafkaPublisher, kafkaPublisher } from '../../../operator/infrastructure/kafka/kafka-publisher.ts'
import { readTopics, type TopicRecord } from '../../../operator/infrastructure/kafka/topic-reader.ts'
import { createTopics, topicsFromYaml } from '../../../operator/infrastructure/kafka/topics.ts'
import { PostgresRecords } from '../../../operator/infrastructure/postgres/postgres-records.ts'
import { eventSchemas } from '../../fixtures/event-schemas.ts'
import { type RowDatabase, rowDatabase } from '../../fixtures/row-database.ts'
import { anOrder, aRowStock, rowLedger, standing } from '../../fixtures/row-orders.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'
import { type OwnKafka, ownKafka, quiet, realClock } from '../kafka/own-kafka.ts'

const ORDERS = 2_000
const project = join(import.meta.dirname, '../../..')
const read = (file: string) => readFileSync(join(project, 'config', file), 'utf8')
const routing: Routing = parse(read('default-settings.yaml')).events
const schemas = eventSchemas()

describe('The outbox in PostgreSQL, sent to Kafka,', function () {
  this.timeout(180_000)
  let database: RowDatabase
  let kafka: OwnKafka
  let outbox: PostgresRecords
  let publisher: KafkaPublisher
  let relay: RecordRelay

  before(async () => {
    const [postgres, node] = await Promise.all([testbed().ownPostgres(), ownKafka()])
    database = await rowDatabase(postgres.url)
    kafka = node
    await createTopics(kafka.plain, topicsFromYaml(read('topics.yaml')), quiet)
    outbox = new PostgresRecords(database.pool)
    publisher = kafkaPublisher({ connection: kafka.plain, clock: realClock, logger: quiet, publishTimeoutMs: 5_000 })
    relay = new RecordRelay({
      ...{ clock: realClock, books: outbox, publisher },
      eventsOf: (record, stock) => eventsOfRecord(record, { cluster: 'test', stock, term: 1 }, routing),
      onDelivered: () => undefined,
      onLost: (entries) => assert.fail(`${entries} entries count as lost`),
      ...{ onTrouble: () => undefined, onRetry: () => undefined },
    })
  })
  after(async () => {
    await relay.stop(10_000)
    await publisher.close()
    await database.close()
    await kafka.end()
  })

  const openStocks = (quantity: number) =>
    Promise.all(
      ['bean', 'cup', 'mill'].map((name) => aRowStock(database.books, { quantity, thresholds: { low: 5 } }, name)),
    )
  const untilDelivered = () =>
    until('empty outbox', 60_000, async () => ((await outbox.pressure(1, 0)).bytes === 0 ? true : undefined))

  /** So many orders at these stocks, every fourth of them at two; answers how many holds they have. */
  async function order(stocks: readonly string[], orders: number): Promise<number> {
    const ledgers = [rowLedger(database.books), rowLedger(database.otherBooks())]
    const answers = await Promise.all(
      Array.from({ length: orders }, (_, index) => {
        const own = [stocks[index % 3] as string, ...(index % 4 === 0 ? [stocks[(index + 1) % 3] as string] : [])]
        const lines = own.sort().map((stock) => [stock, 1] as const)
        return (ledgers[index % 2] as (typeof ledgers)[number]).order(anOrder(lines, { about: { consumer: 'ana' } }))
      }),
    )
    return answers.filter((answer) => standing(answer).phase === 'Reserved').length
  }

  /** What a topic has of a stock: each record once, where it came first. */
  async function recordsOf(topic: string, stock: string): Promise<TopicRecord[]> {
    const all = await readTopics({ connection: kafka.plain, topics: [topic], logger: quiet })
    const own = all.filter(({ headers }) => headers['ce_id']?.startsWith(stock))
    return [...new Map(own.toReversed().map((one) => [one.headers['ce_id'], one])).values()].toReversed()
  }

  /** Each topic that records go to has them all, in order and word for word as they should be. */
  async function isWhole(stock: string): Promise<RecordData[]> {
    const [row] = (await database.rows()).stocks.filter(({ uid }) => uid === stock)
    const audited = await recordsOf(routing.auditTopic, stock)
    assert.deepEqual(
      (await recordsOf('high-priority-updates', stock)).map(({ value }) => value),
      audited.map(({ value }) => value),
    )
    const records = audited.map(({ value }) => JSON.parse(value) as RecordData)
    let last = 0
    for (const [index, { previousSequence, lastSequence, entries, ...record }] of records.entries()) {
      assert.equal(audited[index]?.headers['ce_type'], 'io.kbnt.stock.entries.v1')
      const validate = schemas.get('io.kbnt.stock.entries.v1')?.validate
      assert.ok(validate?.(JSON.parse(audited[index]?.value ?? '')), JSON.stringify(validate?.errors))
      assert.equal(previousSequence, last)
      const wanted = Array.from({ length: lastSequence - last }, (_, offset) => last + offset + 1)
      const sequences = entries.map(({ sequence }) => sequence)
      assert.deepEqual(sequences, wanted)
      for (const { type, data } of entriesOf({ previousSequence, lastSequence, entries, ...record })) {
        const single = schemas.get(type)?.validate
        assert.ok(single?.(JSON.parse(JSON.stringify(data))), JSON.stringify(single?.errors))
      }
      last = lastSequence
    }
    assert.equal(last, row?.balances.sequence)
    return records
  }

  it('is in the topics to the entry, each stock in order and its chain closed', async () => {
    const stocks = await openStocks(ORDERS)
    assert.equal(await order(stocks, ORDERS), ORDERS)
    await untilDelivered()
    let holds = 0
    for (const stock of stocks) {
      const entries = (await isWhole(stock)).flatMap((record) => record.entries)
      holds += entries.filter(({ type, follows }) => type === 'reservation.reserved' && !follows).length
      assert.equal(entries.find(({ type }) => type === 'reservation.reserved')?.consumer, 'ana')
      const single = await recordsOf('virtual-stock-updates', stock)
      assert.deepEqual(
        single.map(({ headers }) => headers['ce_type']),
        ['io.kbnt.stock.created.v1'],
      )
    }
    assert.equal(holds, ORDERS)
    assert.deepEqual(await database.sql('SELECT 1 FROM kbnt.record'), [])
  })

  it('says nothing to the audit that the books do not say', async () => {
    const connection = kafka.plain
    const events = eventsBySource(await readTopics({ connection, topics: [routing.auditTopic], logger: quiet }))
    for (const { uid, name, balances } of (await database.rows()).stocks) {
      const numbered = { about: name, begin: 1, sequence: balances.sequence, owed: [] }
      const { findings, delivered } = auditSequence(numbered, events.get(uid) ?? [])
      assert.deepEqual([findings, delivered], [[], balances.sequence])
    }
  })

  it('waits while Kafka is away, and is there when it is back', async () => {
    const stocks = await openStocks(200)
    await untilDelivered()
    await kafka.kill()
    assert.equal(await order(stocks, 200), 200)
    const { byStock } = await outbox.pressure(3, 0)
    assert.deepEqual(new Set(byStock.keys()), new Set(stocks))
    await kafka.start()
    await untilDelivered()
    for (const stock of stocks) await isWhole(stock)
  })

  it('tells of a level as it always did', async () => {
    const [stock = ''] = await openStocks(6)
    await rowLedger(database.books).order(anOrder(stock))
    await untilDelivered()
    const levels = await recordsOf('critical-stock-events', stock)
    assert.deepEqual(
      levels.map(({ headers }) => headers['ce_type']),
      ['io.kbnt.stock.level_changed.v1'],
    )
    await isWhole(stock)
  })
})
