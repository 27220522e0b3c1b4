import assert from 'node:assert/strict'
import { Kafka as Library, logLevel } from 'kafkajs'
import { settledReport } from '../../../hack/audit/settled-report.ts'
import type { Kafka } from '../../../hack/testbed/kafka.ts'
import { readTopics } from '../../../operator/infrastructure/kafka/topic-reader.ts'
import { note } from '../../fixtures/note.ts'
import { type ObservedNamespaces, observedNamespaces } from '../../fixtures/observed-namespaces.ts'
import { calmLease, type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'
import { quiet } from '../kafka/own-kafka.ts'

const namespace = 'faults-topic'
const auditTopic = 'stock-audit-logs'
const missingTopic = 'high-priority-updates'
const stocks = Array.from({ length: 120 }, (_, index) => `s-${index + 1}`)
const asks = Array.from({ length: 300 }, (_, index) => `h-${index + 1}`)

describe('an operator one of whose topics is deleted under load', () => {
  let shop: ObservedNamespaces
  let operator: OperatorProcess
  let kafka: Kafka

  before(async function () {
    this.timeout(180_000)
    const { kubeconfigPath, ownKafka } = testbed()
    kafka = await ownKafka()
    shop = await observedNamespaces(kubeconfigPath, [namespace])
    operator = operatorProcess({
      ...{ kubeconfigPath, namespaces: [namespace], kafkaBrokers: kafka.brokers },
      settings: { kafka: { createTopics: true }, leaderElection: calmLease },
    })
    for (const name of stocks) await shop.createStock(name, { quantity: 10 })
    await operator.start()
    await operator.untilLogged(({ message }) => message === 'topics are there', 60_000)
  })
  after(async () => {
    await operator?.dispose()
    await kafka?.kill()
    await shop?.close()
  })

  async function topics(change: 'delete' | 'create'): Promise<void> {
    const admin = new Library({ brokers: [kafka.brokers], logLevel: logLevel.NOTHING }).admin()
    await admin.connect()
    if (change === 'delete') await admin.deleteTopics({ topics: [missingTopic] })
    else await admin.createTopics({ topics: [{ topic: missingTopic, numPartitions: 3 }], waitForLeaders: true })
    await admin.disconnect()
  }

  /** What a topic has of these reservations, by name. */
  async function heldIn(topic: string): Promise<Set<string>> {
    const connection = { brokers: [kafka.brokers], clientId: 'test' }
    const records = await readTopics({ connection, topics: [topic], logger: quiet })
    const held = records.filter(({ headers }) => headers['ce_type']?.includes('reservation.reserved'))
    return new Set(held.map(({ headers }) => headers['ce_subject'] ?? ''))
  }
  const stocksSeen = async () => {
    const connection = { brokers: [kafka.brokers], clientId: 'test' }
    const records = await readTopics({ connection, topics: [auditTopic], logger: quiet })
    return new Set(records.map(({ key }) => key))
  }
  const spools = async () => (await testbed().kubectl(['-n', namespace, 'get', 'eventspools', '-o', 'name'])).stdout
  const ordersOf = (names: readonly string[]) => names.map((name) => name.replace('s-', 'order-'))
  /** Waits until a topic tells of all these reservations. */
  const untilTold = (topic: string, names: readonly string[]) =>
    until(`news of all reservations in ${topic}`, 60_000, async () => {
      const seen = await heldIn(topic)
      return names.every((name) => seen.has(name)) || undefined
    })

  it('delivers what is for the others, stops no stock, and catches up when the topic is there again', async function () {
    this.timeout(300_000)
    await topics('delete')
    await Promise.all(stocks.map((stock) => shop.reserve(stock.replace('s-', 'order-'), { [stock]: 1 }, { ttl: '2h' })))
    for (const name of ordersOf(stocks)) await shop.untilPhase(name, 'Reserved')
    await untilTold(auditTopic, ordersOf(stocks))

    await shop.createStock('healthy', { quantity: 1_000 })
    await until(
      'event of the healthy stock',
      20_000,
      async () => (await stocksSeen()).has(`${namespace}/healthy`) || undefined,
    )
    for (const name of asks) await shop.reserve(name, { healthy: 1 }, { ttl: '2h' })
    for (const name of asks) await shop.untilPhase(name, 'Reserved')
    await untilTold(auditTopic, asks)
    assert.ok((await spools()).length > 0)
    assert.match(await operator.metrics(), /kbnt_retries_total\{operation="publish events",cause="Refused"\} [1-9]/)

    await topics('create')
    await untilTold(missingTopic, [...ordersOf(stocks), ...asks])
    const sources = { kubeconfig: testbed().kubeconfigPath, kafkaBrokers: [kafka.brokers], auditTopic, namespace }
    const { lines, findings, unfinished } = await settledReport(sources, 60_000)
    note(`${(await heldIn(missingTopic)).size} reservations told of once the topic was there`)
    assert.deepEqual([findings, unfinished], [[], 0], lines.join('\n'))
    assert.equal(await spools(), '')
  })
})
