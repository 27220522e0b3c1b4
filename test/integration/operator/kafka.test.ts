import assert from 'node:assert/strict'
import { readTopics, type TopicRecord } from '../../../operator/infrastructure/kafka/topic-reader.ts'
import { winstonLogger } from '../../../operator/infrastructure/telemetry/winston-logger.ts'
import { type ObservedNamespaces, observedNamespaces } from '../../fixtures/observed-namespaces.ts'
import { type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { testbed } from '../../fixtures/testbed.ts'

const namespace = 'operator-kafka'
const auditTopic = 'stock-audit-logs'

describe('the operator with Kafka', () => {
  let shop: ObservedNamespaces
  let operator: OperatorProcess
  let brokers: string

  before(async function () {
    this.timeout(180_000)
    const { kubeconfigPath, kafka } = testbed()
    brokers = await kafka()
    shop = await observedNamespaces(kubeconfigPath, [namespace])
    const settings = { kafka: { createTopics: true }, cluster: 'test' }
    operator = operatorProcess({ kubeconfigPath, namespaces: [namespace], kafkaBrokers: brokers, settings })
    await operator.start()
    await operator.untilLogged(({ message }) => message === 'topics are there', 60_000)
  })
  after(async () => {
    await operator?.dispose()
    await shop?.close()
  })

  /** What a topic has of one stock, oldest first. */
  const messagesOf = async (topic: string, stock: string): Promise<TopicRecord[]> => {
    const logger = winstonLogger({
      format: 'text',
      level: 'error',
      stream: process.stderr,
      service: 'test',
      now: Date.now,
    })
    const records = await readTopics({
      connection: { brokers: [brokers], clientId: 'kbnt-test' },
      topics: [topic],
      logger,
    })
    return records.filter(({ key }) => key === `${namespace}/${stock}`)
  }
  const untilFinished = (name: string, sequence: number) =>
    shop.untilStock(name, ({ status }) => status?.ledger.sequence === sequence && status.ledger.pending?.length === 0)

  it('publishes each decision to its topic and to the audit topic before it leaves the journal', async function () {
    this.timeout(60_000)
    await shop.createStock('machine', {
      quantity: 4,
      price: { amount: '349.00', currency: 'EUR' },
      thresholds: { low: 2 },
    })
    await shop.reserve('order', { machine: 2 }, { consumer: 'ana', requestId: 'req-7', note: 'gift' })
    await shop.untilPhase('order', 'Reserved')
    await shop.patchReservation('order', { state: 'Confirmed' })
    await untilFinished('machine', 4)
    const audited = await messagesOf(auditTopic, 'machine')
    assert.deepEqual(
      audited.map(({ headers }) => headers['ce_type']),
      ['stock.created', 'reservation.reserved', 'stock.level_changed', 'reservation.confirmed'].map(
        (type) => `io.kbnt.${type}.v1`,
      ),
    )
    const uid = shop.stocks.latest(`${namespace}/machine`)?.metadata.uid
    assert.deepEqual(
      audited.map(({ headers }) => headers['ce_id']),
      [1, 2, 3, 4].map((sequence) => `${uid}-${sequence}`),
    )
    assert.equal(audited[1]?.headers['ce_correlationid'], 'req-7')
    assert.deepEqual(JSON.parse(audited[1]?.value ?? '').reservation.note, 'gift')
    const ids = (records: readonly TopicRecord[]) => records.map(({ headers }) => Number(headers['ce_sequence']))
    assert.deepEqual(ids(await messagesOf('high-priority-updates', 'machine')), [2, 4])
    assert.deepEqual(ids(await messagesOf('critical-stock-events', 'machine')), [3])
    assert.deepEqual(ids(await messagesOf('virtual-stock-updates', 'machine')), [1])
    assert.match(await operator.metrics(), /kbnt_amq_messages_sent_total\{topic="stock-audit-logs"\} [4-9]/)
    assert.match((await operator.health('/readyz?verbose')).text, /\[\+\]kafka ok/)
  })

  it('publishes again under the same id what a killed operator may not have published', async function () {
    this.timeout(90_000)
    await shop.createStock('card', { quantity: 100 })
    for (let index = 0; index < 30; index += 1) await shop.reserve(`card-${index}`, { card: 1 })
    await operator.kill()
    await operator.start()
    for (let index = 0; index < 30; index += 1) await shop.untilPhase(`card-${index}`, 'Reserved')
    await untilFinished('card', 31)
    const audited = await messagesOf(auditTopic, 'card')
    const sequences = [...new Set(audited.map(({ headers }) => Number(headers['ce_sequence'])))] // in order of their first delivery
    assert.deepEqual(
      sequences,
      Array.from({ length: 31 }, (_, index) => index + 1),
    )
  })
})
