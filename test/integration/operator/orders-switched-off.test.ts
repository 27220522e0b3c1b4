import assert from 'node:assert/strict'
import type { Order } from '../../../operator/infrastructure/kubernetes/resources/generated/order.ts'
import { type ObservedNamespaces, observedNamespaces } from '../../fixtures/observed-namespaces.ts'
import { type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'

const namespace = 'orders-switched-off'
const payments = { till: { adapter: 'none' } }

describe('the operator whose orders are switched off', () => {
  let site: ObservedNamespaces
  let operator: OperatorProcess

  const begun = async (orders: object): Promise<void> => {
    await operator?.dispose()
    operator = operatorProcess({
      ...{ kubeconfigPath: testbed().kubeconfigPath, namespaces: [namespace], settings: { orders } },
    })
    await operator.start()
  }
  const place = (name: string) =>
    site.clients.orders.create({
      ...{ apiVersion: 'kbnt.io/v1beta1', kind: 'Order', metadata: { namespace, name } },
      spec: {
        ...{ customer: 'ana', items: [{ stock: 'cup', quantity: 1 }] },
        payment: { method: 'card-1', provider: 'till', amount: { amount: '9.00', currency: 'EUR' } },
      },
    } as unknown as Order)

  before(async function () {
    this.timeout(90_000)
    site = await observedNamespaces(testbed().kubeconfigPath, [namespace])
    await begun({ payments })
    await site.createStock('cup', { quantity: 9, price: { amount: '9.00', currency: 'EUR' } } as never)
  })
  after(async () => {
    await operator?.dispose()
    await site?.close()
  })

  it('lets go of those that are over, and says of the others that nobody serves them', async function () {
    this.timeout(120_000)
    await place('sold')
    await site.orders.until(`${namespace}/sold`, (order) => order?.status?.phase === 'Completed')
    await begun({ payments: {} })

    await site.clients.orders.delete(namespace, 'sold')
    await site.orders.until(`${namespace}/sold`, (order) => order === undefined)
    await place('late')
    const line = await operator.untilLogged(({ message }) => message.startsWith('nobody serves 1 orders'), 30_000)
    assert.match(line.message, /orders-switched-off\/late/)
    assert.match(await operator.metrics(), /^kbnt_orders_unserved 1$/m)
    const told = await until('event of the order', 20_000, async () => {
      const args = ['get', 'events.events.k8s.io', '-n', namespace, '-o', 'jsonpath={.items[*].note}']
      const { stdout } = await testbed().kubectl([...args, '--field-selector=reason=OrdersNotServed'])
      return stdout || undefined
    })
    assert.match(told, /nobody serves orders/)
    await begun({ payments })
    await site.orders.until(`${namespace}/late`, (order) => order?.status?.phase === 'Completed')
  })
})
