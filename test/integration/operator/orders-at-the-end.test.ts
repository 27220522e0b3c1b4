import assert from 'node:assert/strict'
import { type KubernetesClient, kubernetesClient } from '../../../operator/infrastructure/kubernetes/client.ts'
import { readKubeConfig } from '../../../operator/infrastructure/kubernetes/kube-config.ts'
import { ORDER_FINALIZER } from '../../../operator/infrastructure/kubernetes/resources/orders.ts'
import { releaseAllFinalizers } from '../../../operator/programs/all-finalizers.ts'
import { testbed } from '../../fixtures/testbed.ts'

const namespace = 'orders-at-the-end'
const at = '2026-11-30T10:00:00Z'
const amount = { amount: '698.00', currency: 'EUR' }
const payment = (state: string) => ({ state, provider: 'acme', ...amount, openUntil: at })

/** What becomes of the finalizers of orders where an operator leaves for good. */
describe('Orders of an operator that leaves for good', () => {
  let client: KubernetesClient

  before(async () => {
    client = kubernetesClient({ kubeConfig: readKubeConfig(testbed().kubeconfigPath), userAgent: 'kbnt-test' })
    await done(['create', 'namespace', namespace])
  })
  after(() => client.close())

  async function done(args: readonly string[], stdin?: object): Promise<string> {
    const { code, stdout, stderr } = await testbed().kubectl(args, stdin)
    assert.equal(code, 0, stderr)
    return stdout
  }
  async function order(name: string, phase: string, state?: string, where = namespace): Promise<void> {
    await done(['apply', '-f', '-'], {
      ...{ apiVersion: 'kbnt.io/v1beta1', kind: 'Order' },
      metadata: { name, namespace: where, finalizers: ['example.com/theirs', ORDER_FINALIZER] },
      spec: {
        ...{ customer: 'ana', items: [{ stock: 'cup', quantity: 1 }] },
        payment: { method: 'card-1', provider: 'acme', amount },
      },
    })
    const status = {
      ...{
        observedGeneration: 1,
        phase,
        reason: 'Paying',
        message: 'as told',
        phaseSince: at,
        orderId: 'ORD-0909A693',
      },
      ...{ steps: 0, published: 0, history: [], conditions: [], ...(state && { payment: payment(state) }) },
    }
    const patch = ['patch', 'orders', name, '-n', where, '--subresource=status', '--type=merge']
    await done([...patch, '-p', JSON.stringify({ status })])
  }
  const finalizers = (name: string, where = namespace) =>
    done(['get', 'orders', name, '-n', where, '-o', 'jsonpath={.metadata.finalizers}'])

  it('are let go, but for those whose money is not settled, which are named', async () => {
    await order('sold', 'Completed', 'Taken')
    await order('called-off', 'Cancelled', 'Refunded')
    await order('not-begun', 'Reserving')
    await order('declined', 'Cancelling', 'Declined')
    await order('unknown', 'Paying', 'Unknown')
    await order('asked-for', 'NeedsAttention')
    const said = await releaseAllFinalizers(client, [namespace], 'a/b')
    assert.match(said, /and 0 virtualstocks, and 4 orders; orders keep theirs whose money is not settled: /)
    for (const name of ['sold', 'called-off', 'not-begun', 'declined']) {
      assert.equal(await finalizers(name), '["example.com/theirs"]', name)
      assert.ok(!said.includes(`${namespace}/${name}`), name)
    }
    const args = ['get', 'events.events.k8s.io', '-n', namespace, '-o', 'jsonpath={.items[*].regarding.name}']
    const told = await done([...args, '--field-selector=reason=MoneyNotSettled'])
    assert.deepEqual(told.split(' ').sort(), ['asked-for', 'unknown'])
    for (const name of ['unknown', 'asked-for']) {
      assert.match(await finalizers(name), /kbnt\.io\/order/, name)
      assert.ok(said.includes(`${namespace}/${name}`), name)
    }
  })

  it('are left alone, and told nothing, where another install serves them', async () => {
    const theirs = 'orders-of-another-install'
    await done(['create', 'namespace', theirs])
    await done(['apply', '-f', '-'], {
      ...{ apiVersion: 'kbnt.io/v1beta1', kind: 'VirtualStock' },
      ...{ metadata: { name: 'cup', namespace: theirs }, spec: { quantity: 1 } },
    })
    const ledger = { format: 1, term: 1, attempt: 1, writer: 'theirs', sequence: 0, at, pending: [] }
    const status = {
      ...{ servedBy: 'c/d', ledger, quantity: 1, reserved: 0, confirmed: 0, available: 1, level: 'Normal' },
    }
    const patch = ['patch', 'vstk', 'cup', '-n', theirs, '--subresource=status', '--type=merge']
    await done([...patch, '-p', JSON.stringify({ status })])
    await order('paying', 'Paying', 'Unknown', theirs)
    const said = await releaseAllFinalizers(client, [theirs], 'a/b')
    assert.match(said, /; what c\/d serves is left alone$/)
    assert.ok(!said.includes('paying'), said)
    assert.match(await finalizers('paying', theirs), /kbnt\.io\/order/)
    assert.equal(await done(['get', 'events.events.k8s.io', '-n', theirs, '-o', 'name']), '')
  })
})
