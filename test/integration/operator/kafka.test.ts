import assert from 'node:assert/strict'
import { readTopics, type TopicRecord } from '../../../operator/infrastructure/kafka/topic-reader.ts'
import { winstonLogger } from '../../../operator/infrastructure/telemetry/winston-logger.ts'
import { eventSchemas } from '../../fixtures/event-schemas.ts'
import { createMachine, createPool } from '../../fixtures/machines.ts'
import { type ObservedNamespaces, observedNamespaces } from '../../fixtures/observed-namespaces.ts'
import { type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { testbed } from '../../fixtures/testbed.ts'

const namespace = 'operator-kafka'
const auditTopic = 'stock-audit-logs'

describe('the operator with Kafka, as the image has it', () => {
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

  /** What a topic has of this namespace, oldest first. */
  const messagesIn = async (topic: string): Promise<TopicRecord[]> => {
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
    return records.filter(({ key }) => key?.startsWith(`${namespace}/`))
  }
  /** Each event once, where it came first, as consumers take them: one that was not acknowledged in time is sent again. */
  const messagesOf = async (topic: string, stock: string): Promise<TopicRecord[]> => {
    const records = (await messagesIn(topic)).filter(({ key }) => key === `${namespace}/${stock}`)
    const idOf = ({ headers }: TopicRecord) => headers['ce_id']
    return records.filter((one, index) => records.findIndex((other) => idOf(other) === idOf(one)) === index)
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

  it('publishes what its schemas say, of stocks, reservations and machines', async function () {
    this.timeout(60_000)
    await createPool(shop, namespace, 'east', { cpu: 2, memory: 2, disk: 2 })
    await createMachine(shop, { namespace, name: 'vm' }, { pool: 'east', owner: 'ana', requestId: 'req-8' })
    await shop.machines.until(`${namespace}/vm`, (machine) => (machine?.status?.published ?? 0) >= 4, 30_000)
    await shop.clients.machines.delete(namespace, 'vm')
    await shop.machines.until(`${namespace}/vm`, (machine) => machine === undefined, 30_000)
    await shop.patchStock('card', { paused: true, price: { amount: '5', currency: 'EUR' } })
    await shop.reserve('refused', { card: 1, nowhere: 1 })
    await shop.untilPhase('refused', 'Rejected')
    await untilFinished('card', 34)

    const schemas = eventSchemas()
    const records = [...(await messagesIn(auditTopic)), ...(await messagesIn('virtualization-events'))]
    for (const { headers, value } of records) {
      const schema = schemas.get(headers['ce_type'] ?? '')
      assert.ok(schema?.validate(JSON.parse(value)), `${value}: ${JSON.stringify(schema?.validate.errors)}`)
    }
    const types = new Set(records.map(({ headers }) => headers['ce_type']?.split('.').slice(2, 4).join('.')))
    const wanted = ['stock.created', 'stock.priced', 'stock.paused', 'reservation.confirmed', 'reservation.rejected']
    const ofMachines = ['requested', 'reserved', 'provisioned', 'running', 'stopped', 'deleted']
    for (const type of [...wanted, ...ofMachines.map((verb) => `machine.${verb}`)]) assert.ok(types.has(type), type)
  })
})
