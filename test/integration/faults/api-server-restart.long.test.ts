import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { settledReport } from '../../../hack/audit/settled-report.ts'
import type { ApiServer } from '../../../hack/testbed/api-server.ts'
import { assertAllAnswered } from '../../fixtures/judged-versions.ts'
import { load } from '../../fixtures/load.ts'
import { note } from '../../fixtures/note.ts'
import { type ObservedNamespaces, observedNamespaces } from '../../fixtures/observed-namespaces.ts'
import { type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { supervised } from '../../fixtures/supervised.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { randomFrom } from '../../simulation/world/random.ts'

const namespace = 'faults-api-server'
const auditTopic = 'stock-audit-logs'
const AWAY_MS = 30_000
const stocks = ['bean', 'cup', 'grinder'] as const

describe('an operator whose API server is away for half a minute', () => {
  const random = randomFrom(Number(process.env['KBNT_SEED'] ?? Date.now()))
  let apiServer: ApiServer
  let shop: ObservedNamespaces
  let operator: OperatorProcess
  let kafkaBrokers: string

  before(async function () {
    this.timeout(120_000)
    const { kafka, ownApiServer } = testbed()
    kafkaBrokers = await kafka()
    apiServer = await ownApiServer()
    const { kubeconfigPath } = apiServer
    shop = await observedNamespaces(kubeconfigPath, [namespace])
    const settings = { kafka: { createTopics: true } }
    operator = operatorProcess({ kubeconfigPath, namespaces: [namespace], kafkaBrokers, settings })
    for (const name of stocks) await shop.createStock(name, { quantity: 300, reclaimPolicy: 'Return' })
    await operator.start()
    await operator.untilLogged(({ message }) => message === 'topics are there', 30_000)
  })
  after(async () => {
    await operator?.dispose()
    await apiServer?.stop()
    await shop?.close()
  })

  it('goes on by itself or by a restart, and its books close', async function () {
    this.timeout(240_000)
    const supervision = supervised(operator)
    const clients = load(shop, { stocks, perSecond: 25, random })
    await pause(2_000)
    const createdBefore = clients.counts.created
    await apiServer.restart(AWAY_MS)
    await pause(2_000)
    await clients.stop()
    assert.ok(clients.counts.failed > 0, 'the API server was never away')
    const asked = clients.counts.created - createdBefore
    note(`${createdBefore} reservations before, ${asked} asked for since, ${clients.counts.failed} requests unanswered`)
    note(`${supervision.restarts} restarts of the operator`)

    const kubeconfig = apiServer.kubeconfigPath
    const sources = { kubeconfig, kafkaBrokers: [kafkaBrokers], auditTopic, namespace }
    const { lines, findings, unfinished, moved } = await settledReport(sources, 90_000)
    await supervision.end()
    assert.deepEqual([findings, unfinished, moved], [[], 0, 0], lines.join('\n'))
    const shopAfterwards = await observedNamespaces(kubeconfig, [namespace]) // the other one's watches have ended
    assertAllAnswered(shopAfterwards)
    await shopAfterwards.close()
  })
})
