import assert from 'node:assert/strict'
import { testbed } from '../../fixtures/testbed.ts'
import { type ObservedNamespaces, observedNamespaces } from '../../fixtures/observed-namespaces.ts'
import { type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'

const namespace = 'operator-one-stock'

describe('the operator with one stock', () => {
  let shop: ObservedNamespaces
  let operator: OperatorProcess

  before(async function () {
    this.timeout(90_000)
    const { kubeconfigPath } = testbed()
    shop = await observedNamespaces(kubeconfigPath, [namespace])
    operator = operatorProcess({ kubeconfigPath, namespaces: [namespace] })
    await operator.start()
  })
  after(async () => {
    await operator?.dispose()
    await shop?.close()
  })

  it('holds units until a deadline, sells them when they are confirmed, and takes them back when they are released', async () => {
    await shop.createStock('machine', { quantity: 20, price: { amount: '349.00', currency: 'EUR' } })
    await shop.reserve('paid', { machine: 2 }, { consumer: 'ana', requestId: 'req-1', ttl: '15m' })
    const held = await shop.untilPhase('paid', 'Reserved')
    assert.match(held.status?.message ?? '', /^2 of machine held until \d\d:\d\d:\d\dZ$/)
    assert.deepEqual(held.status?.totalPrice, [{ amount: '698.00', currency: 'EUR' }])
    await shop.patchReservation('paid', { state: 'Confirmed' })
    assert.equal((await shop.untilPhase('paid', 'Confirmed')).status?.message, '2 of machine sold')
    const stock = await shop.untilStock('machine', ({ status }) => status?.confirmed === 2)
    assert.deepEqual([stock.status?.reserved, stock.status?.available, stock.status?.level], [0, 18, 'Normal'])
    await shop.patchReservation('paid', { state: 'Released' })
    await shop.untilPhase('paid', 'Released', 'ReleasedByClient')
    await shop.untilStock('machine', ({ status }) => status?.available === 20 && status.ledger.pending?.length === 0)
  })
})
