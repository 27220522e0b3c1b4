import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { settledReport } from '../../../hack/audit/settled-report.ts'
import { type TcpProxy, tcpProxy } from '../../fakes/tcp-proxy.ts'
import { assertAllAnswered, judgedVersions } from '../../fixtures/judged-versions.ts'
import { load } from '../../fixtures/load.ts'
import { note } from '../../fixtures/note.ts'
import { type ObservedNamespaces, observedNamespaces } from '../../fixtures/observed-namespaces.ts'
import { type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { supervised } from '../../fixtures/supervised.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { randomFrom } from '../../simulation/world/random.ts'

const namespace = 'faults-replies'
const BURSTS = 25
const stocks = ['bean', 'cup', 'grinder'] as const

describe('an operator whose API server answers in vain', () => {
  const random = randomFrom(Number(process.env['KBNT_SEED'] ?? Date.now()))
  let shop: ObservedNamespaces
  let operator: OperatorProcess
  let wire: TcpProxy
  let directory: string

  before(async function () {
    this.timeout(120_000)
    const { kubeconfigPath, url } = testbed()
    shop = await observedNamespaces(kubeconfigPath, [namespace])
    for (const name of stocks) await shop.createStock(name, { quantity: 300, reclaimPolicy: 'Return' })
    wire = await tcpProxy(Number(new URL(url).port))
    directory = await mkdtemp(join(tmpdir(), 'kbnt-wire-'))
    const throughWire = join(directory, 'kubeconfig.yaml')
    const kubeconfig = await readFile(kubeconfigPath, 'utf8')
    await writeFile(throughWire, kubeconfig.replaceAll(url.replace(/\/$/, ''), `https://127.0.0.1:${wire.port}`))
    operator = operatorProcess({ kubeconfigPath: throughWire, namespaces: [namespace] })
    await operator.start()
  })
  after(async () => {
    await operator?.dispose()
    await wire?.close()
    await shop?.close()
    await rm(directory, { recursive: true, force: true })
  })

  it('decides everything once, and answers everybody', async function () {
    this.timeout(240_000)
    const supervision = supervised(operator)
    const clients = load(shop, { stocks, perSecond: 25, random })
    for (let burst = 1; burst <= BURSTS; burst += 1) {
      await pause(200 + random.next() * 600)
      wire.mute() // what is sent arrives; what is answered is lost
      await pause(20 + random.next() * 150)
      wire.cut()
    }
    await clients.stop()
    const sources = { kubeconfig: testbed().kubeconfigPath, namespace, kafkaBrokers: [], auditTopic: '' }
    const { lines, findings, unfinished } = await settledReport(sources, 60_000)
    await supervision.end()
    assert.deepEqual([findings, unfinished], [[], 0], lines.join('\n'))
    assertAllAnswered(shop)
    const { versions } = judgedVersions(shop)
    const unknown = /kbnt_ledger_unknown_outcomes_total ([0-9]+)/.exec(await operator.metrics())?.[1]
    const { created } = clients.counts
    note(
      `${BURSTS} bursts of lost replies: ${created} reservations in ${versions} versions, ${unknown} unknown outcomes, ${supervision.restarts} restarts`,
    )
    assert.ok(Number(unknown) > 0 || supervision.restarts > 0, 'no reply of a ledger write was lost')
    assert.deepEqual(clients.faults, [])
  })
})
