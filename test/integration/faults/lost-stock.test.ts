import assert from 'node:assert/strict'
import type { VirtualStock } from '../../../operator/infrastructure/kubernetes/resources/generated/virtual-stock.ts'
import { inFlight } from '../../fixtures/in-flight.ts'
import { judgedVersions } from '../../fixtures/judged-versions.ts'
import { type ObservedNamespaces, observedNamespaces } from '../../fixtures/observed-namespaces.ts'
import { calmLease, type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { testbed } from '../../fixtures/testbed.ts'

const namespace = 'faults-lost'
const OPENED = 'kbnt.io/opened'
const ASKERS = 1_300
const AT_ONCE = 48
/** 1,200 statuses of a machine that also runs everything else; five seconds where it runs nothing. */
const DECIDED_WITHIN_MS = 120_000

describe('a stock that can’t decide, beside a healthy one', () => {
  let shop: ObservedNamespaces
  let operator: OperatorProcess
  let pid: number | undefined

  before(async function () {
    this.timeout(120_000)
    const { kubeconfigPath } = testbed()
    shop = await observedNamespaces(kubeconfigPath, [namespace])
    operator = operatorProcess({ kubeconfigPath, namespaces: [namespace], settings: { leaderElection: calmLease } })
    await operator.start()
    pid = operator.pid()
    await shop.createStock('healthy', { quantity: 1_000 })
  })
  after(async () => {
    await operator?.dispose()
    await shop?.close()
  })
  afterEach(() => {
    assert.equal(operator.pid(), pid, 'no process has ended')
  })

  async function kubectl(args: readonly string[], stdin?: object): Promise<string> {
    const { code, stdout, stderr } = await testbed().kubectl(['-n', namespace, ...args], stdin)
    assert.equal(code, 0, stderr)
    return stdout
  }
  const keyOf = (name: string) => `${namespace}/${name}`
  const statusOf = (name: string) => shop.reservations.latest(keyOf(name))?.status
  const readyOf = ({ status }: VirtualStock) => status?.conditions?.find(({ type }) => type === 'Ready')
  const untilReady = (stock: string, reason: string) =>
    shop.untilStock(stock, (seen) => readyOf(seen)?.reason === reason)
  const acceptBooks = async (stock: string) =>
    kubectl(['annotate', 'vstk', stock, `kbnt.io/accept-books=${shop.stocks.latest(keyOf(stock))?.metadata.uid}`])

  /** As a backup without status brings it: marked as one that was opened as `openedAs`. */
  async function restore(stock: string, quantity: number, openedAs: string): Promise<void> {
    const metadata = { name: stock, annotations: { [OPENED]: openedAs } }
    const whole = { apiVersion: 'kbnt.io/v1beta1', kind: 'VirtualStock', metadata, spec: { quantity } }
    await kubectl(['create', '-f', '-'], whole)
  }

  /** A round of what a shop does all day. */
  async function serves(round: string): Promise<void> {
    await shop.reserve(`${round}-sold`, { healthy: 2 })
    await shop.untilPhase(`${round}-sold`, 'Reserved')
    await shop.patchReservation(`${round}-sold`, { state: 'Confirmed' })
    await shop.untilPhase(`${round}-sold`, 'Confirmed')
    await shop.reserve(`${round}-short`, { healthy: 1 }, { ttl: '1s' })
    await shop.untilPhase(`${round}-short`, 'Expired')
  }

  it('tells 1,300 who ask for it why they wait, while the other serves; each is answered once its books are accepted', async function () {
    this.timeout(240_000)
    await restore('lost', 1_000, 'uid-before-the-restore')
    await untilReady('lost', 'StatusLost')
    const names = Array.from({ length: ASKERS }, (_, index) => `ask-${index}`)
    await inFlight(names, AT_ONCE, (name) => shop.reserve(name, { lost: 1 }, { ttl: '2h' }))
    await serves('all-ask')
    for (const name of names) await shop.untilPhase(name, 'Pending', 'StockBusy')
    const told = new Set(names.map((name) => statusOf(name)?.message))
    assert.deepEqual(
      [...told],
      ['lost: this stock had books, and they are not in its status: see the runbook status-lost'],
    )
    await serves('all-wait')
    await inFlight(names.slice(0, 100), AT_ONCE, (name) => shop.deleteReservation(name))
    await serves('some-left')
    await acceptBooks('lost')
    const left = names.slice(100)
    const isDecided = (name: string) => ['Reserved', 'Rejected'].includes(statusOf(name)?.phase ?? '')
    for (const name of left) await shop.reservations.until(keyOf(name), () => isDecided(name), DECIDED_WITHIN_MS)
    const held = left.filter((name) => statusOf(name)?.phase === 'Reserved')
    assert.deepEqual([held.length, left.length - held.length], [1_000, 200])
    await shop.untilStock('lost', ({ status }) => status?.reserved === 1_000 && status.ledger.pending?.length === 0)
    await serves('all-answered')
  })

  it('counts what is held before it serves who waits, when its books are accepted', async function () {
    this.timeout(60_000)
    await shop.createStock('crate', { quantity: 10 })
    const holders = Array.from({ length: 9 }, (_, index) => `holder-${index}`)
    for (const name of holders) await shop.reserve(name, { crate: 1 }, { ttl: '2h' })
    for (const name of holders) await shop.untilPhase(name, 'Reserved')
    await shop.reserve('waiter', { crate: 8 }, { waitFor: '2h' })
    await shop.untilPhase('waiter', 'Waiting')
    await operator.stop() // else it would end the holds of a stock that goes away
    const former = shop.stocks.latest(keyOf('crate'))?.metadata.uid ?? ''
    await kubectl(['delete', 'vstk', 'crate', '--wait=false'])
    await kubectl(['patch', 'vstk', 'crate', '--type=merge', '-p', '{"metadata":{"finalizers":null}}'])
    await shop.stocks.until(keyOf('crate'), (stock) => stock === undefined)
    await restore('crate', 10, former)
    await operator.start()
    pid = operator.pid()
    await untilReady('crate', 'StatusLost')
    await shop.reserve('newcomer', { crate: 1 })
    await shop.untilPhase('newcomer', 'Pending', 'StockBusy')
    await serves('crate-lost')

    await acceptBooks('crate')
    await shop.untilStock('crate', ({ status }) => status?.reserved === 9 && status.ledger.pending?.length === 0)
    await shop.untilPhase('newcomer', 'Rejected', 'InsufficientStock') // the waiter comes before it
    assert.equal(statusOf('waiter')?.phase, 'Waiting')
    for (const name of holders.slice(0, 7)) await shop.patchReservation(name, { state: 'Released' })
    await shop.untilPhase('waiter', 'Reserved')
    await shop.untilStock('crate', ({ status }) => status?.reserved === 10 && status.available === 0)
    judgedVersions(shop)
  })

  it('is halted alone when somebody scribbles in its books, and goes on in place once they are mended', async function () {
    this.timeout(120_000)
    await shop.createStock('novel', { quantity: 10 })
    await shop.reserve('reader', { novel: 4 }, { ttl: '2h' })
    await shop.untilPhase('reader', 'Reserved')
    await shop.untilStock('novel', ({ status }) => status?.ledger.pending?.length === 0)
    const writePending = (pending: readonly string[]) =>
      shop.clients.stocks.mergePatchStatus(namespace, 'novel', { status: { ledger: { pending } } })
    await writePending(['3 Borrow 2026-11-22T10:00:00.000Z 0 0 10 10 Normal'])
    await shop.reserve('patient', { novel: 6 })
    await untilReady('novel', 'InternalError')
    await shop.untilPhase('patient', 'Pending', 'StockBusy')
    await serves('novel-halted')
    await writePending([])
    await shop.reservations.until(keyOf('patient'), (seen) => seen?.status?.phase === 'Reserved', 60_000)
    await shop.untilStock('novel', (stock) => readyOf(stock)?.status === 'True' && stock.status?.reserved === 10)
    await shop.patchReservation('reader', { state: 'Confirmed' })
    await shop.untilPhase('reader', 'Confirmed')
  })
})
