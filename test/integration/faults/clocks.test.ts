import assert from 'node:assert/strict'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { settledReport } from '../../../hack/audit/settled-report.ts'
import { type ObservedNamespaces, observedNamespaces } from '../../fixtures/observed-namespaces.ts'
import { type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { testbed } from '../../fixtures/testbed.ts'

const namespace = 'faults-clocks'
const AHEAD_MS = 60_000
const TTL_MS = 8_000
const preload = pathToFileURL(join(import.meta.dirname, '../../fixtures/settable-clock.ts')).href

describe('an operator whose clock is wrong', () => {
  let shop: ObservedNamespaces

  before(async function () {
    this.timeout(90_000)
    shop = await observedNamespaces(testbed().kubeconfigPath, [namespace])
    await shop.createStock('lamp', { quantity: 20 })
  })
  after(() => shop?.close())

  const anOperator = (fromStart: boolean): OperatorProcess =>
    operatorProcess({
      kubeconfigPath: testbed().kubeconfigPath,
      namespaces: [namespace],
      settings: { leaderElection: { giveWayAfter: fromStart ? '5s' : '1m' } },
      until: fromStart ? 'started' : 'leading', // with a wrong clock a takeover never ends
      environment: {
        NODE_OPTIONS: `--import=${preload}`,
        KBNTTEST_AHEAD_MS: String(AHEAD_MS),
        KBNTTEST_AHEAD_FROM_START: String(fromStart),
      },
    })
  const untilReady = (status: string, reason?: string) =>
    shop.untilStock('lamp', (stock) => {
      const ready = stock.status?.conditions?.find(({ type }) => type === 'Ready')
      return ready?.status === status && (reason === undefined || ready.reason === reason)
    })
  /** How long after its deadline a hold was told to be over. */
  async function lateness(name: string): Promise<number> {
    const held = shop.reservations.latest(`${namespace}/${name}`)?.status
    await shop.reservations.until(`${namespace}/${name}`, (one) => one?.status?.phase === 'Expired', 60_000)
    return Date.now() - Date.parse(held?.expiresAt ?? '')
  }

  it('ends no hold early when its clock is set ahead, says so, and goes on when it is right again', async function () {
    this.timeout(120_000)
    const operator = anOperator(false)
    try {
      await operator.start()
      await shop.reserve('held', { lamp: 2 }, { ttl: `${TTL_MS}ms` })
      await shop.untilPhase('held', 'Reserved')
      operator.signal('SIGUSR2')
      await pause(1_000)
      await shop.reserve('asked', { lamp: 1 }, { ttl: '1h' })
      await untilReady('False', 'ClockSkew')
      assert.equal(shop.reservations.latest(`${namespace}/held`)?.status?.phase, 'Reserved')
      await pause(TTL_MS) // its deadline passes while nothing may be decided
      assert.equal(shop.reservations.latest(`${namespace}/held`)?.status?.phase, 'Reserved')
      operator.signal('SIGUSR2')
      assert.ok((await lateness('held')) > 0)
      await untilReady('True')
      await shop.untilPhase('asked', 'Reserved')
      assert.equal((await operator.health('/livez')).status, 200, 'it has never ended')
    } finally {
      await operator.dispose()
    }
  })

  it('decides nothing when it starts with a wrong clock, and gives way to a replica whose clock is right', async function () {
    this.timeout(120_000)
    const wrong = anOperator(true)
    const right = anOperator(false)
    try {
      await wrong.start()
      await untilReady('False', 'ClockSkew')
      await shop.reserve('early', { lamp: 1 }, { ttl: `${TTL_MS}ms` })
      const taken = right.start()
      await pause(2_000)
      assert.notEqual(shop.reservations.latest(`${namespace}/early`)?.status?.phase, 'Reserved')
      await wrong.untilEnded(30_000)
      await taken
      await shop.untilPhase('early', 'Reserved')
      assert.ok((await lateness('early')) >= 0, 'not before its deadline')
      await untilReady('True')
    } finally {
      await Promise.all([wrong.dispose(), right.dispose()])
    }
  })

  it('leaves books that close', async () => {
    const last = anOperator(false)
    await last.start()
    const sources = { kubeconfig: testbed().kubeconfigPath, namespace, kafkaBrokers: [], auditTopic: '' }
    const { lines, findings, unfinished } = await settledReport(sources, 30_000)
    await last.dispose()
    assert.deepEqual([findings, unfinished], [[], 0], lines.join('\n'))
  })
})
