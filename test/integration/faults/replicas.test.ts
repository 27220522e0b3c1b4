import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { settledReport } from '../../../hack/audit/settled-report.ts'
import { assertAllAnswered, judgedVersions } from '../../fixtures/judged-versions.ts'
import { type Load, load } from '../../fixtures/load.ts'
import { note } from '../../fixtures/note.ts'
import { type ObservedNamespaces, observedNamespaces } from '../../fixtures/observed-namespaces.ts'
import type { OperatorProcess } from '../../fixtures/operator-process.ts'
import { type Replicas, replicas } from '../../fixtures/replicas.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'
import { randomFrom } from '../../simulation/world/random.ts'

const namespace = 'faults-replicas'
const LEASE_MS = 3_000
const KILLS = 3
const FREEZES = 3
const stocks = ['bean', 'cup', 'grinder'] as const

describe('three replicas', () => {
  const random = randomFrom(Number(process.env['KBNT_SEED'] ?? Date.now()))
  let shop: ObservedNamespaces
  let operators: Replicas
  let clients: Load

  before(async function () {
    this.timeout(120_000)
    const { kubeconfigPath } = testbed()
    shop = await observedNamespaces(kubeconfigPath, [namespace])
    for (const [index, name] of stocks.entries()) {
      const reclaimPolicy = index === 0 ? 'Return' : 'Consume'
      await shop.createStock(name, { quantity: 400, reclaimPolicy, hold: { ttl: '20s' } })
    }
    const leaderElection = { leaseDuration: '3s', renewDeadline: '2500ms', retryPeriod: '300ms' }
    operators = await replicas(3, { kubeconfigPath, namespaces: [namespace], settings: { leaderElection } })
    clients = load(shop, { stocks, perSecond: 25, random })
  })
  after(async () => {
    await clients?.stop()
    await operators?.dispose()
    await shop?.close()
  })

  const termNow = () => Math.max(...shop.stocks.all().map(({ status }) => status?.ledger.term ?? 0))

  type Blow = (leader: OperatorProcess) => void | Promise<void>

  /** Does something to the leader, and more once another leads; answers how long nothing was decided. */
  async function takeover(strike: Blow, afterwards: Blow = () => undefined) {
    const leader = await operators.untilLeader()
    const term = termNow()
    const startedAt = Date.now()
    let tookMs = 0
    await operators.untilBack(leader, async () => {
      const struck = strike(leader)
      await shop.stocks.untilSome(({ status }) => (status?.ledger.term ?? 0) > term, 60_000)
      tookMs = Date.now() - startedAt
      await struck
      await afterwards(leader)
    })
    return tookMs
  }

  it('are all ready and serve metrics, and one leads', async () => {
    await operators.untilLeader()
    for (const one of operators.all) {
      await until('ready replica', 10_000, async () => (await one.health('/readyz')).status === 200 || undefined)
      assert.equal((await one.health('/readyz')).status, 200)
    }
    const texts = await Promise.all(operators.all.map((one) => one.metrics()))
    const leading = texts.map((text) => /leader_election_master_status\{[^}]*\} ([01])/.exec(text)?.[1])
    assert.deepEqual(leading.sort(), ['0', '0', '1'])
    const synced = texts.map((text) => /kbnt_reflector_last_event_timestamp_seconds\{[^}]*\} [1-9]/.test(text))
    assert.deepEqual(synced, [true, true, true], 'a standby follows everything')
  })

  it('go on when the leader is killed, again and again', async function () {
    this.timeout(240_000)
    const took: number[] = []
    for (let kill = 1; kill <= KILLS; kill += 1) {
      took.push(await takeover((one) => one.kill()))
      await pause(500)
    }
    note(
      `killed leader: the next one decides after ${took.join(' ')} ms, of which the lease of ${LEASE_MS} ms has to run out`,
    )
  })

  it('hand over without a wait when the leader is told to end', async function () {
    this.timeout(120_000)
    const tookMs = await takeover((one) => one.stop())
    note(`stopped leader: the next one decides after ${tookMs} ms`)
  })

  it('survive a leader that is frozen beyond its lease and wakes up again, more than once', async function () {
    this.timeout(240_000)
    for (let freeze = 1; freeze <= FREEZES; freeze += 1) {
      await takeover(
        (one) => one.signal('SIGSTOP'),
        async (one) => {
          await pause(300 + random.next() * 700)
          one.signal('SIGCONT') // it finds out that it does not lead any more, and ends
        },
      )
    }
  })

  it('have sold nothing twice and forgotten nobody', async function () {
    this.timeout(150_000)
    await clients.stop()
    const sources = { kubeconfig: testbed().kubeconfigPath, namespace, kafkaBrokers: [], auditTopic: '' }
    const { lines, findings, unfinished } = await settledReport(sources, 60_000)
    assert.deepEqual([findings, unfinished], [[], 0], lines.join('\n'))
    assertAllAnswered(shop)
    const { versions } = judgedVersions(shop)
    note(
      `${clients.counts.created} reservations in ${versions} versions of ${stocks.length} stocks, ${termNow()} terms, ${operators.restarts} restarts`,
    )
    assert.deepEqual(clients.faults, [])
  })
})
