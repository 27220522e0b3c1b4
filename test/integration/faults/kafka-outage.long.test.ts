import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { settledReport } from '../../../hack/audit/settled-report.ts'
import type { Kafka } from '../../../hack/testbed/kafka.ts'
import { assertAllAnswered, judgedVersions } from '../../fixtures/judged-versions.ts'
import { load } from '../../fixtures/load.ts'
import { note } from '../../fixtures/note.ts'
import { type ObservedNamespaces, observedNamespaces } from '../../fixtures/observed-namespaces.ts'
import { type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { type Supervision, supervised } from '../../fixtures/supervised.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { randomFrom } from '../../simulation/world/random.ts'

const namespace = 'faults-kafka'
const auditTopic = 'stock-audit-logs'
const OUTAGE_MS = 60_000
const stocks = ['bean', 'cup', 'grinder'] as const

describe('an operator whose Kafka is away for a minute', () => {
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
      kubeconfigPath,
      namespaces: [namespace],
      kafkaBrokers: kafka.brokers,
      settings: {
        kafka: { createTopics: true, publishTimeout: '2s' },
        leaderElection: { leaseDuration: '3s', renewDeadline: '2500ms', retryPeriod: '400ms' },
      },
    })
    for (const name of stocks) await shop.createStock(name, { quantity: 400, reclaimPolicy: 'Return' })
    await operator.start()
    await operator.untilLogged(({ message }) => message === 'topics are there', 30_000)
  })
  after(async () => {
    await supervision?.end()
    await operator?.dispose()
    await kafka?.kill()
    await shop?.close()
  })

  const decided = () => shop.stocks.all().reduce((sum, { status }) => sum + (status?.ledger.sequence ?? 0), 0)
  const spools = async () => (await testbed().kubectl(['-n', namespace, 'get', 'eventspools', '-o', 'name'])).stdout

  it('goes on deciding, keeps the events through a kill, and delivers all of them in order afterwards', async function () {
    this.timeout(240_000)
    const clients = load(shop, { stocks, perSecond: 25, random })
    await pause(2_000)

    await kafka.stop()
    const [before, deletedBefore] = [decided(), clients.counts.deleted]
    await pause(OUTAGE_MS / 2)
    await operator.kill()
    const kept = (await spools()).trim().split('\n').length
    await operator.start()
    supervision = supervised(operator) // a Kafka that starts can cost a busy machine the operator's short lease
    await pause(OUTAGE_MS / 2)
    const meanwhile = decided() - before
    const deleted = clients.counts.deleted - deletedBefore
    const restarted = kafka.start()
    await pause(2_000)
    await clients.stop()
    await restarted

    assert.ok(meanwhile >= 500, `only ${meanwhile} events`)
    assert.ok(kept >= 1 && deleted > 10, `${kept} spools, ${deleted} deleted`)
    const kubeconfig = testbed().kubeconfigPath
    const sources = { kubeconfig, kafkaBrokers: [kafka.brokers], auditTopic, namespace }
    const { lines, findings, unfinished } = await settledReport(sources, 60_000)
    await supervision.end()
    note(
      `${meanwhile} events while Kafka was away, ${kept} spools at the kill, ${deleted} reservations deleted, ${supervision.restarts} restarts`,
    )
    assert.deepEqual([findings, unfinished], [[], 0], lines.join('\n'))
    assert.equal(await spools(), '')
    assertAllAnswered(shop)
    judgedVersions(shop)
    assert.deepEqual(clients.faults, [])
  })
})
