import assert from 'node:assert/strict'
import { settledReport } from '../../../hack/audit/settled-report.ts'
import { assertAllAnswered, judgedVersions } from '../../fixtures/judged-versions.ts'
import { type ObservedNamespaces, observedNamespaces } from '../../fixtures/observed-namespaces.ts'
import { type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { testbed } from '../../fixtures/testbed.ts'

const namespace = 'faults-lives'
const keyOf = (name: string) => `${namespace}/${name}`
const OPENED = 'kbnt.io/opened'

describe('stocks and operators with odd lives', () => {
  let shop: ObservedNamespaces
  let operator: OperatorProcess

  before(async function () {
    this.timeout(120_000)
    const { kubeconfigPath } = testbed()
    shop = await observedNamespaces(kubeconfigPath, [namespace])
    operator = anOperator()
    await operator.start()
  })
  after(async () => {
    await operator?.dispose()
    await shop?.close()
  })
  afterEach(async function () {
    this.timeout(60_000)
    const { lines, findings, unfinished } = await audit(30_000)
    assert.deepEqual([findings, unfinished], [[], 0], lines.join('\n'))
    assertAllAnswered(shop)
    judgedVersions(shop)
  })

  function anOperator(): OperatorProcess {
    const leaderElection = { leaseDuration: '3s', renewDeadline: '2s', retryPeriod: '300ms' }
    const { kubeconfigPath } = testbed()
    return operatorProcess({ kubeconfigPath, namespaces: [namespace], settings: { leaderElection } })
  }
  function audit(withinMs: number) {
    const kubeconfig = testbed().kubeconfigPath
    return settledReport({ kubeconfig, kafkaBrokers: [], auditTopic: '', namespace }, withinMs)
  }
  async function kubectl(args: readonly string[], stdin?: object): Promise<string> {
    const { code, stdout, stderr } = await testbed().kubectl(['-n', namespace, ...args], stdin)
    assert.equal(code, 0, stderr)
    return stdout
  }
  const untilGone = (name: string) => shop.stocks.until(keyOf(name), (stock) => stock === undefined)
  const reservedOf = (name: string) => shop.stocks.latest(keyOf(name))?.status?.reserved
  const untilReady = (name: string, reason: string) =>
    shop.untilStock(
      name,
      ({ status }) => status?.conditions?.some((each) => each.type === 'Ready' && each.reason === reason) ?? false,
    )

  /** Takes a stock away though its finalizer says no. */
  async function removeByForce(name: string): Promise<void> {
    await kubectl(['delete', 'vstk', name, '--wait=false'])
    await kubectl(['patch', 'vstk', name, '--type=merge', '-p', '{"metadata":{"finalizers":null}}'])
    await untilGone(name)
  }

  it('keeps a deleted stock until its last hold has ended, and takes no new ones meanwhile', async function () {
    this.timeout(60_000)
    await shop.createStock('lamp', { quantity: 5 })
    await shop.createStock('shade', { quantity: 5 })
    await shop.reserve('pair', { lamp: 2, shade: 2 })
    await shop.reserve('alone', { shade: 1 })
    await shop.untilPhase('pair', 'Reserved')
    await shop.untilPhase('alone', 'Reserved')
    await shop.deleteStock('lamp')
    await shop.deleteStock('shade')
    await untilReady('lamp', 'Terminating')
    await shop.reserve('newcomer', { shade: 1 })
    await shop.untilPhase('newcomer', 'Rejected', 'StockTerminating')
    await shop.deleteReservation('pair')
    await untilGone('lamp')
    assert.ok(shop.stocks.latest(keyOf('shade')), 'the other one is still held')
    await shop.patchReservation('alone', { state: 'Released' })
    await untilGone('shade')
  })

  it('gets everything back when all reservations of a namespace are deleted at once', async function () {
    this.timeout(60_000)
    await shop.createStock('chair', { quantity: 100, reclaimPolicy: 'Return' })
    await shop.createStock('table', { quantity: 30 })
    for (let index = 0; index < 30; index += 1) {
      const items = index % 2 === 0 ? { chair: 2, table: 1 } : { chair: 1 }
      await shop.reserve(`seat-${index}`, items, index % 5 === 1 ? { state: 'Confirmed' } : {})
    }
    await shop.untilStock('chair', ({ status }) => (status?.reserved ?? 0) >= 20)
    await kubectl(['delete', 'rsv', '--all', '--wait=false'])
    for (const name of ['chair', 'table']) {
      await shop.untilStock(name, ({ status }) => status?.reserved === 0 && status.ledger.pending?.length === 0)
    }
    await shop.untilStock('chair', ({ status }) => status?.confirmed === 0 && status.available === 100)
  })

  it('owes the reservations of a stock nothing that was removed by force and created again', async function () {
    this.timeout(60_000)
    await shop.createStock('vase', { quantity: 5 })
    await shop.createStock('tulip', { quantity: 50 })
    await shop.reserve('old', { vase: 4 })
    await shop.reserve('bunch', { tulip: 10, vase: 1 })
    await shop.untilPhase('old', 'Reserved')
    await shop.untilPhase('bunch', 'Reserved')
    await removeByForce('vase')
    await shop.createStock('vase', { quantity: 5 })
    await shop.untilPhase('old', 'Released', 'StockGone')
    await shop.untilPhase('bunch', 'Released', 'StockGone')
    await shop.untilStock('tulip', ({ status }) => status?.reserved === 0)
    await shop.reserve('new', { vase: 5 })
    await shop.untilPhase('new', 'Reserved')
    assert.equal(reservedOf('vase'), 5)
  })

  it('holds a stock that was restored without its status until an administrator accepts its books', async function () {
    this.timeout(90_000)
    await shop.createStock('piano', { quantity: 5 })
    await shop.reserve('hall', { piano: 3 }, { ttl: '1h' })
    await shop.untilPhase('hall', 'Reserved')
    await operator.stop()
    const { metadata, spec } = JSON.parse(await kubectl(['get', 'vstk', 'piano', '-o', 'json']))
    const { uid, annotations } = metadata
    assert.equal(annotations[OPENED], uid)
    await removeByForce('piano')
    await kubectl(['create', '-f', '-'], {
      apiVersion: 'kbnt.io/v1beta1',
      kind: 'VirtualStock',
      metadata: { name: 'piano', annotations: { [OPENED]: uid } },
      spec,
    })
    await operator.start()
    const pid = operator.pid()
    await untilReady('piano', 'StatusLost')
    await shop.reserve('studio', { piano: 1 })
    await shop.untilPhase('studio', 'Pending', 'StockBusy')
    assert.equal(shop.reservations.latest(keyOf('hall'))?.status?.phase, 'Reserved')

    const { findings } = await audit(0)
    assert.deepEqual(
      findings.map(({ about, runbook }) => [about, runbook]),
      [[keyOf('piano'), 'status-lost']],
    )

    const restored = shop.stocks.latest(keyOf('piano'))?.metadata.uid
    await kubectl(['annotate', 'vstk', 'piano', `kbnt.io/accept-books=${restored}`])
    await shop.untilPhase('studio', 'Reserved')
    await shop.untilStock('piano', ({ status }) => status?.reserved === 4 && status.available === 1)
    assert.equal(operator.pid(), pid, 'accepted in place')
    await shop.patchReservation('hall', { state: 'Confirmed' })
    await shop.untilPhase('hall', 'Confirmed')
  })

  it('survives a leader that was frozen beyond its lease and wakes up with writes of its own in mind', async function () {
    this.timeout(90_000)
    await shop.createStock('ticket', { quantity: 40 })
    for (let index = 0; index < 20; index += 1) await shop.reserve(`seat-a${index}`, { ticket: 1 })
    operator.signal('SIGSTOP')
    const second = anOperator()
    try {
      await second.start()
      for (let index = 0; index < 30; index += 1) await shop.reserve(`seat-b${index}`, { ticket: 1 })
      operator.signal('SIGCONT')
      await operator.untilEnded(15_000)
      await shop.untilStock('ticket', ({ status }) => status?.reserved === 40 && status.ledger.pending?.length === 0)
      const phases = shop.reservations
        .all()
        .flatMap(({ metadata, status }) => (metadata.name?.startsWith('seat-') ? [status?.phase] : []))
      assert.deepEqual(
        ['Reserved', 'Rejected'].map((phase) => phases.filter((each) => each === phase).length),
        [40, 10],
      )
    } finally {
      await second.dispose()
    }
    await operator.start()
  })
})
