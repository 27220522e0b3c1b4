import assert from 'node:assert/strict'
import { settledReport } from '../../../hack/audit/settled-report.ts'
import type { Kafka } from '../../../hack/testbed/kafka.ts'
import { assertAllAnswered, judgedVersions } from '../../fixtures/judged-versions.ts'
import { load } from '../../fixtures/load.ts'
import { note } from '../../fixtures/note.ts'
import { type ObservedNamespaces, observedNamespaces } from '../../fixtures/observed-namespaces.ts'
import { type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { type Supervision, supervised } from '../../fixtures/supervised.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'
import { randomFrom } from '../../simulation/world/random.ts'

const namespace = 'faults-spool-limit'
const auditTopic = 'stock-audit-logs'
const maxSpooledBytes = 200_000
const stocks = ['bean', 'cup', 'grinder'] as const

describe('an operator whose Kafka is away for longer than spools may grow', () => {
  const random = randomFrom(Number(process.env['KBNT_SEED'] ?? Date.now()))
  let shop: ObservedNamespaces
  let operator: OperatorProcess
  let kafka: Kafka
  let supervision: Supervision | undefined

  before(async function () {
    this.timeout(120_000)
    const { kubeconfigPath, ownKafka } = testbed()
    kafka = await ownKafka()
    shop = await observedNamespaces(kubeconfigPath, [namespace])
    operator = operatorProcess({
      ...{ kubeconfigPath, namespaces: [namespace], kafkaBrokers: kafka.brokers },
      settings: { kafka: { createTopics: true, publishTimeout: '2s' }, events: { maxSpooledBytes } },
    })
    for (const name of stocks) await shop.createStock(name, { quantity: 400, reclaimPolicy: 'Return' })
    await operator.start()
    await operator.untilLogged(({ message }) => message === 'topics are there', 60_000)
    supervision = supervised(operator) // a Kafka that starts can cost a busy machine the operator's short lease
  })
  after(async () => {
    await supervision?.end()
    await operator?.dispose()
    await kafka?.kill()
    await shop?.close()
  })

  const spools = async () => (await testbed().kubectl(['-n', namespace, 'get', 'eventspools', '-o', 'name'])).stdout
  const gauge = (metrics: string, name: string) => Number(metrics.match(new RegExp(`^${name} (\\d+)`, 'm'))?.[1])
  const isFull = (name: string) => {
    const stock = shop.stocks.all().find(({ metadata }) => metadata.name === name)
    return (stock?.status?.ledger.pending?.length ?? 0) >= 100
  }

  it('stores no more than it may, keeps the rest in the journals, and delivers all of it in order afterwards', async function () {
    this.timeout(300_000)
    await kafka.stop()
    const clients = load(shop, { stocks, perSecond: 30, random })
    await until('full journals', 180_000, () => Promise.resolve(stocks.every(isFull) || undefined))
    const metrics = await operator.metrics()
    const bytes = gauge(metrics, 'kbnt_events_spooled_bytes')
    assert.ok(bytes > maxSpooledBytes / 4 && bytes <= maxSpooledBytes, `${bytes} bytes are spooled`) // in whole batches
    assert.equal(gauge(metrics, 'kbnt_events_spool_limit_bytes'), maxSpooledBytes)
    assert.match(metrics, /kbnt_retries_total\{operation="spool events",cause="LimitReached"\} [1-9]/)

    await kafka.start()
    await clients.stop()
    const sources = { kubeconfig: testbed().kubeconfigPath, kafkaBrokers: [kafka.brokers], auditTopic, namespace }
    const { lines, findings, unfinished } = await settledReport(sources, 120_000)
    note(`${bytes} bytes spooled at the limit, ${clients.counts.created} reservations`)
    assert.deepEqual([findings, unfinished], [[], 0], lines.join('\n'))
    assert.equal(await spools(), '')
    assertAllAnswered(shop)
    judgedVersions(shop)
    assert.deepEqual(clients.faults, [])
  })
})
