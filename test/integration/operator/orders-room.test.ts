import assert from 'node:assert/strict'
import type { Order } from '../../../operator/infrastructure/kubernetes/resources/generated/order.ts'
import { type ObservedNamespaces, observedNamespaces } from '../../fixtures/observed-namespaces.ts'
import { type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { testbed } from '../../fixtures/testbed.ts'

const namespace = 'orders-room'

describe('the operator with as many orders as there may be', () => {
  let site: ObservedNamespaces
  let operator: OperatorProcess

  before(async function () {
    this.timeout(90_000)
    const { kubeconfigPath } = testbed()
    site = await observedNamespaces(kubeconfigPath, [namespace])
    const orders = { max: 1, payments: { till: { adapter: 'none' } } }
    operator = operatorProcess({ kubeconfigPath, namespaces: [namespace], settings: { orders } })
    await operator.start()
    await site.createStock('cup', { quantity: 9, price: { amount: '9.00', currency: 'EUR' } } as never)
  })
  after(async () => {
    await operator?.dispose()
    await site?.close()
  })

  const place = (name: string) =>
    site.clients.orders.create({
      ...{ apiVersion: 'kbnt.io/v1beta1', kind: 'Order', metadata: { namespace, name } },
      spec: {
        ...{ customer: 'ana', items: [{ stock: 'cup', quantity: 1 }] },
        payment: { method: 'card-1', provider: 'till', amount: { amount: '9.00', currency: 'EUR' } },
      },
    } as unknown as Order)
  const until = (name: string, reason: string) =>
    site.orders.until(`${namespace}/${name}`, (order) => order?.status?.reason === reason)

  it('begins nothing of a new one, says why, and goes on when there is room', async function () {
    this.timeout(120_000)
    await place('first')
    await until('first', 'Completed')
    await place('second')
    const waits = await until('second', 'NoRoom')
    assert.deepEqual([waits?.status?.phase, waits?.metadata.finalizers], ['Pending', undefined])
    assert.equal(site.reservations.all().length, 1)
    const metrics = await operator.metrics()
    for (const line of ['stored 1', 'stored_limit 1', 'waiting_for_room 1'])
      assert.match(metrics, new RegExp(`^kbnt_orders_${line}$`, 'm'))
    await site.clients.orders.delete(namespace, 'first')
    await until('second', 'Completed')
  })
})
