import assert from 'node:assert/strict'
import { isOlder } from '../../../operator/infrastructure/kubernetes/resource-version.ts'
import type { VirtualStock } from '../../../operator/infrastructure/kubernetes/resources/generated/virtual-stock.ts'
import { ledNamespaces } from '../../fixtures/led-namespaces.ts'
import type { ObservedNamespaces } from '../../fixtures/observed-namespaces.ts'
import type { OperatorProcess } from '../../fixtures/operator-process.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'

const namespace = 'faults-marks'
const FINALIZER = 'kbnt.io/stock-in-use'
const OPENED = 'kbnt.io/opened'
const quantity = 4

function isMarked({ metadata: { finalizers, annotations, uid } }: VirtualStock): boolean {
  return finalizers?.includes(FINALIZER) === true && annotations?.[OPENED] === uid
}

describe('a stock whose marks a client drops', () => {
  let shop: ObservedNamespaces
  let operator: OperatorProcess

  before(async function () {
    this.timeout(120_000)
    ;({ shop, operator } = await ledNamespaces(namespace))
    await shop.createStock('boat', { quantity })
    await shop.reserve('held', { boat: 3 }, { ttl: '2h' })
    await shop.untilPhase('held', 'Reserved')
  })
  after(async () => {
    await operator?.dispose()
    await shop?.close()
  })

  /** Waits for the marks in a version after `dropped`. */
  const untilMarkedAfter = (dropped: VirtualStock) =>
    shop.untilStock('boat', (stock) => isOlder(dropped, stock) && isMarked(stock))

  /** What `kubectl replace -f` and Argo CD's Replace=true do with a manifest that knows nothing of the marks. */
  async function replace(): Promise<VirtualStock> {
    const bare = {
      ...{ apiVersion: 'kbnt.io/v1beta1', kind: 'VirtualStock', metadata: { name: 'boat' } },
      spec: { quantity },
    }
    return until('replace that nobody else was faster than', 10_000, async () => {
      const { code, stdout } = await testbed().kubectl(['-n', namespace, 'replace', '-o', 'json', '-f', '-'], bare)
      if (code !== 0) return undefined
      const replaced = JSON.parse(stdout) as VirtualStock
      assert.ok(!isMarked(replaced))
      return replaced
    })
  }

  it('gets them back, each time', async () => {
    for (const _ of ['once', 'once more']) {
      const { status } = await untilMarkedAfter(await replace())
      assert.equal(status?.reserved, 3)
    }
  })

  it('gets its own uid back where somebody writes another, and takes that for no former one of its own', async () => {
    const annotations = { [OPENED]: 'uid-of-another' }
    const { body } = await shop.clients.stocks.mergePatch(namespace, 'boat', { metadata: { annotations } })
    const { metadata } = await untilMarkedAfter(body)
    assert.equal(metadata.annotations?.['kbnt.io/formerly'], undefined)
  })

  it('decides as before', async () => {
    await shop.reserve('next', { boat: 1 })
    await shop.untilPhase('next', 'Reserved')
    const replaced = await replace()
    await shop.reserve('too-many', { boat: 1 })
    await shop.untilPhase('too-many', 'Rejected', 'InsufficientStock')
    await untilMarkedAfter(replaced)
  })

  it('keeps its holds when it is deleted', async () => {
    await untilMarkedAfter(await replace())
    await shop.deleteStock('boat')
    const ready = ({ status }: { status?: { conditions?: readonly { type: string; reason: string }[] } }) =>
      status?.conditions?.some(({ type, reason }) => type === 'Ready' && reason === 'Terminating') === true
    await shop.untilStock('boat', ready)
    assert.equal((await shop.clients.reservations.get(namespace, 'held')).body.status?.phase, 'Reserved')
    for (const name of ['held', 'next']) await shop.patchReservation(name, { state: 'Released' })
    await shop.stocks.until(`${namespace}/boat`, (stock) => stock === undefined)
    assert.ok(operator.events().some(({ value }) => value['eventType'] === 'STOCK_DELETED'))
  })
})
