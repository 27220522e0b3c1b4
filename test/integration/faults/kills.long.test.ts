import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { settledReport } from '../../../hack/audit/settled-report.ts'
import { assertAllAnswered, judgedVersions } from '../../fixtures/judged-versions.ts'
import { type Load, load } from '../../fixtures/load.ts'
import { note } from '../../fixtures/note.ts'
import { type ObservedNamespaces, observedNamespaces } from '../../fixtures/observed-namespaces.ts'
import { calmLease, type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { type Supervision, supervised } from '../../fixtures/supervised.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { randomFrom } from '../../simulation/world/random.ts'

const namespace = 'faults-kills'
const KILLS = 21
/** Every so often one lands wherever it does: while it starts, waits for the lease or takes over. */
const BLIND_EVERY = 6
const auditTopic = 'stock-audit-logs'
const stocks = ['bean', 'cup', 'grinder', 'kettle'] as const

describe('an operator that is killed again and again', () => {
  const random = randomFrom(Number(process.env['KBNT_SEED'] ?? Date.now()))
  let shop: ObservedNamespaces
  let operator: OperatorProcess
  /** Whoever leads in the end keeps its lease on a busy machine. */
  let lasting: OperatorProcess
  let kafkaBrokers: string
  let clients: Load | undefined
  let supervision: Supervision | undefined

  before(async function () {
    this.timeout(120_000)
    const { kubeconfigPath, kafka } = testbed()
    kafkaBrokers = await kafka()
    shop = await observedNamespaces(kubeconfigPath, [namespace])
    operator = operatorProcess({
      ...{ kubeconfigPath, namespaces: [namespace], kafkaBrokers },
      settings: {
        kafka: { createTopics: true },
        leaderElection: { leaseDuration: '3s', renewDeadline: '2500ms', retryPeriod: '300ms' },
      },
    })
    lasting = operatorProcess({
      ...{ kubeconfigPath, namespaces: [namespace], kafkaBrokers },
      settings: { leaderElection: calmLease },
    })
    for (const [index, name] of stocks.entries()) {
      const reclaimPolicy = index === 0 ? 'Return' : 'Consume'
      await shop.createStock(name, { quantity: 300, reclaimPolicy, safetyStock: 5, hold: { ttl: '20s' } })
    }
    await operator.start()
    await operator.untilLogged(({ message }) => message === 'topics are there', 30_000)
  })
  after(async () => {
    await clients?.stop()
    await supervision?.end()
    await operator?.dispose()
    await lasting?.dispose()
    await shop?.close()
  })

  const lengthsNow = () => stocks.map((name) => lengthOf(shop, name))

  /** Waits until some journal is not empty. */
  async function untilUnderWay(): Promise<void> {
    const fits = ({ status }: { status?: { ledger: { pending?: readonly unknown[] } } }) =>
      (status?.ledger.pending?.length ?? 0) > 0
    await shop.stocks.untilSome(fits)
  }

  /**
   * Kills; answers how many entries the journals had then, as the API server says afterwards. Undefined: it had lost its
   * lease on a busy machine and ended by itself, as it should.
   */
  async function killOnce(blind: boolean): Promise<number | undefined> {
    const starting = operator.start().catch(() => undefined) // an end in the midst of it is what is wanted
    if (!blind) await starting
    await pause(random.next() * (blind ? 3_000 : 500))
    if (!blind) await untilUnderWay()
    const ran = operator.pid() !== undefined
    await operator.kill()
    await starting
    if (!ran) return undefined
    const { items } = await shop.clients.stocks.list({ namespace })
    return items.reduce((sum, { status }) => sum + (status?.ledger.pending?.length ?? 0), 0)
  }

  it('loses nothing, sells nothing twice, and tells Kafka everything in order', async function () {
    this.timeout(420_000)
    clients = load(shop, { stocks, perSecond: 25, random })
    const unfinished: number[] = []
    for (let tries = 1; unfinished.length < KILLS && tries <= 2 * KILLS; tries += 1) {
      const entries = await killOnce(tries % BLIND_EVERY === 0)
      if (entries !== undefined) unfinished.push(entries)
    }
    assert.equal(unfinished.length, KILLS)
    await clients.stop()
    note(`journal entries at each of ${unfinished.length} kills: ${unfinished.join(' ')}`)
    assert.ok(
      unfinished.filter((entries) => entries > 0).length >= Math.min(15, KILLS - 2),
      `only at ${unfinished} entries`,
    )

    supervision = supervised(lasting) // starts it, too
    const kubeconfig = testbed().kubeconfigPath
    const sources = { kubeconfig, kafkaBrokers: [kafkaBrokers], auditTopic, namespace }
    const { lines, findings, unfinished: left, moved } = await settledReport(sources, 120_000)
    assert.deepEqual([findings, left, moved], [[], 0, 0], `${lines.join('\n')}\n${lengthsNow()}`)
    assertAllAnswered(shop)
    const { versions, entries } = judgedVersions(shop)
    const decided = [...entries.values()].reduce((sum, { length }) => sum + length, 0)
    const { created, sets, confirmed, released, deleted } = clients.counts
    note(`${created} reservations, ${sets} of them over several stocks; ${decided} entries in ${versions} versions`)
    assert.deepEqual(clients.faults, [])
    for (const count of [created, sets, confirmed, released, deleted]) assert.ok(count > 10, `${count}`)
  })
})

function lengthOf(shop: ObservedNamespaces, name: string): number {
  return shop.stocks.latest(`${namespace}/${name}`)?.status?.ledger.pending?.length ?? 0
}
