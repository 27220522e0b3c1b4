import assert from 'node:assert/strict'
import { ledNamespaces } from '../../fixtures/led-namespaces.ts'
import type { ObservedNamespaces } from '../../fixtures/observed-namespaces.ts'
import type { OperatorProcess } from '../../fixtures/operator-process.ts'

const namespace = 'operator-stocks'

describe('the life of a stock', () => {
  let shop: ObservedNamespaces
  let operator: OperatorProcess

  before(async function () {
    this.timeout(90_000)
    ;({ shop, operator } = await ledNamespaces(namespace))
  })
  after(async () => {
    await operator?.dispose()
    await shop?.close()
  })

  const readiness = ({
    status,
  }: {
    status?: { conditions?: readonly { type: string; status: string; reason: string }[] }
  }) => {
    const ready = status?.conditions?.find(({ type }) => type === 'Ready')
    return `${ready?.status}/${ready?.reason}`
  }

  it('opens with books, a finalizer and the uid under which it was opened', async () => {
    const { metadata } = await shop.createStock('new', { quantity: 7, safetyStock: 2 })
    const opened = await shop.untilStock('new', ({ status }) => status?.available === 5)
    assert.equal(readiness(opened), 'True/Open')
    assert.deepEqual(opened.metadata.finalizers, ['kbnt.io/stock-in-use'])
    assert.equal(opened.metadata.annotations?.['kbnt.io/opened'], metadata.uid)
  })

  it('takes a changed quantity over, says its level, and shows what is out of a stock that was shrunk', async () => {
    await shop.createStock('levels', { quantity: 10, thresholds: { low: 5, critical: 2 } })
    await shop.reserve('most', { levels: 6 })
    await shop.untilPhase('most', 'Reserved')
    await shop.untilStock('levels', ({ status }) => status?.level === 'Low')
    await shop.patchStock('levels', { quantity: 4 })
    const shrunk = await shop.untilStock('levels', ({ status }) => status?.quantity === 4)
    assert.deepEqual([shrunk.status?.reserved, shrunk.status?.available, shrunk.status?.level], [6, 0, 'Exhausted'])
    assert.equal(shrunk.status?.conditions?.find(({ type }) => type === 'Overcommitted')?.status, 'True')
    await shop.patchStock('levels', { quantity: 100 })
    await shop.untilStock('levels', ({ status }) => status?.available === 94 && status.level === 'Normal')
  })

  it('hands nothing out while it is paused, and goes on with those who waited', async () => {
    await shop.createStock('paused', { quantity: 3, paused: true })
    await shop.untilStock('paused', (stock) => readiness(stock) === 'False/Paused')
    await shop.reserve('waits', { paused: 1 }, { waitFor: '5m' })
    await shop.untilPhase('waits', 'Waiting')
    await shop.patchStock('paused', { paused: false })
    await shop.untilPhase('waits', 'Reserved')
    await shop.untilStock('paused', (stock) => readiness(stock) === 'True/Open')
  })

  it('stays while something of it is held, refuses newcomers, and goes when the last hold ends', async () => {
    await shop.createStock('closing', { quantity: 5 })
    await shop.reserve('last', { closing: 1 })
    await shop.reserve('hopeful', { closing: 5 }, { waitFor: '5m' })
    await shop.untilPhase('last', 'Reserved')
    await shop.untilPhase('hopeful', 'Waiting')
    const uid = shop.stocks.latest(`${namespace}/closing`)?.metadata.uid
    await shop.deleteStock('closing')
    await shop.untilStock('closing', (stock) => readiness(stock) === 'False/Terminating')
    await shop.untilPhase('hopeful', 'Rejected', 'StockTerminating')
    await shop.reserve('too-late', { closing: 1 }, { waitFor: '5m' })
    await shop.untilPhase('too-late', 'Rejected', 'StockTerminating')
    await shop.patchReservation('last', { state: 'Released' })
    await shop.untilPhase('last', 'Released')
    await shop.stocks.until(`${namespace}/closing`, (stock) => stock === undefined)
    const told = operator
      .events()
      .filter(({ topic, headers }) => topic === 'stock-audit-logs' && headers['ce_id']?.startsWith(String(uid)))
    assert.equal(told.at(-1)?.headers['ce_type'], 'io.kbnt.stock.deleted.v1')
    assert.doesNotMatch(await operator.metrics(), /kbnt_virtual_stock_quantity\{[^}]*stock="closing"/)
  })

  it('ends what was held of a stock that was removed by force, and owes its successor nothing', async () => {
    await shop.createStock('forced', { quantity: 5 })
    await shop.reserve('orphan', { forced: 2 })
    await shop.untilPhase('orphan', 'Reserved')
    await shop.deleteStock('forced')
    await shop.untilStock('forced', (stock) => readiness(stock) === 'False/Terminating')
    await shop.clients.stocks.mergePatch(namespace, 'forced', { metadata: { finalizers: [] } })
    await shop.untilPhase('orphan', 'Released', 'StockGone')
    await shop.createStock('forced', { quantity: 5 })
    await shop.untilStock('forced', ({ status }) => status?.available === 5 && status.reserved === 0)
  })
})
