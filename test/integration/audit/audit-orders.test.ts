import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type StandIn, standIn } from '../../../hack/quickstart/order-services/stand-in.ts'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { runProgram } from '../../../hack/testbed/run-program.ts'
import { type KubernetesClient, kubernetesClient } from '../../../operator/infrastructure/kubernetes/client.ts'
import { readKubeConfig } from '../../../operator/infrastructure/kubernetes/kube-config.ts'
import { resourceClient } from '../../../operator/infrastructure/kubernetes/resource-client.ts'
import type { Order, OrderStatus } from '../../../operator/infrastructure/kubernetes/resources/generated/order.ts'
import { ordersResource } from '../../../operator/infrastructure/kubernetes/resources/orders.ts'
import { type ObservedNamespaces, observedNamespaces } from '../../fixtures/observed-namespaces.ts'
import { testbed } from '../../fixtures/testbed.ts'

const namespace = 'audit-orders'
const amount = { amount: '698.00', currency: 'EUR' }
const at = '2026-11-30T10:00:00Z'

describe('npm run audit, with orders', () => {
  let site: ObservedNamespaces
  let client: KubernetesClient
  let shop: StandIn
  let settings: string

  before(async function () {
    this.timeout(60_000)
    const { kubeconfigPath } = testbed()
    site = await observedNamespaces(kubeconfigPath, [namespace])
    client = kubernetesClient({ kubeConfig: readKubeConfig(kubeconfigPath), userAgent: 'kbnt-test' })
    shop = await standIn({ now: Date.now })
    settings = join(mkdtempSync(join(tmpdir(), 'kbnt-audit-')), 'settings.yaml')
    const acme = { adapter: 'http', url: shop.url, allowUnencrypted: true }
    writeFileSync(settings, JSON.stringify({ orders: { payments: { acme } } }))
  })
  after(async () => {
    await shop?.close()
    await client?.close()
    await site?.close()
  })

  function audit(...flags: string[]) {
    const { kubeconfigPath } = testbed()
    const program = [join(projectDirectory, 'hack/audit.ts'), '--kubeconfig', kubeconfigPath, '--namespace', namespace]
    return runProgram({ command: process.execPath, arguments: [...program, ...flags] })
  }

  /** An order as an operator would have left it; answers its uid. */
  async function orderIn(name: string, status: Pick<OrderStatus, 'phase'> & Partial<OrderStatus>): Promise<string> {
    const orders = resourceClient<Order>(client, ordersResource)
    const spec = {
      ...{ customer: 'ana', items: [{ stock: 'lamp', quantity: 2 }] },
      payment: { method: 'card-1', provider: 'acme', amount },
    }
    const object = { apiVersion: 'kbnt.io/v1beta1', kind: 'Order', metadata: { name, namespace }, spec }
    const { body } = await orders.create(object as unknown as Order)
    const full = {
      ...{ observedGeneration: 1, reason: 'Completed', message: 'so it is', phaseSince: at, orderId: 'ORD-1' },
      ...{ steps: 1, published: 1, history: [], finishedAt: at, conditions: [] },
      ...status,
    }
    await orders.replaceStatus({ ...body, status: full } as Order)
    return body.metadata.uid ?? ''
  }
  const payment = (state: 'Taken' | 'Refunded') => ({ state, provider: 'acme', ...amount, openUntil: at })
  const sold = [{ type: 'StockSold', status: 'True', reason: 'x', message: '', lastTransitionTime: at } as const]

  async function charge(reference: string): Promise<void> {
    const answer = await fetch(`${shop.url}/payments`, {
      method: 'POST',
      headers: { 'idempotency-key': randomUUID() },
      body: JSON.stringify({
        ...{ reference, customer: 'ana', method: 'card-1', amount: 69_800, currency: 'EUR', capture: true },
      }),
    })
    assert.equal(answer.status, 201)
  }

  it('compares them with the list of their provider where settings say how to ask it', async function () {
    this.timeout(60_000)
    await charge(await orderIn('paid', { phase: 'Completed', payment: payment('Taken'), conditions: sold }))
    const asked = await audit('--config', settings)
    assert.equal(asked.exitCode, 0, asked.stdout)
    assert.match(asked.stdout, /^ {2}paid +Completed +698\.00 EUR +payment Taken +steps told {2}✓$/m)
    assert.match(asked.stdout, /Books closed: 0 stocks, 0 reservations, 1 orders, nothing missing\./)
    const notAsked = await audit()
    assert.equal(notAsked.exitCode, 0, notAsked.stdout)
    assert.match(notAsked.stdout, /payment Taken, not compared/)
    assert.match(notAsked.stdout, /money of 1 orders not compared: no provider of theirs was asked/)
  })

  it('ends with 1 where an order is sold and not paid, or paid and cancelled, and names the page', async function () {
    this.timeout(60_000)
    await orderIn('unpaid', { phase: 'Completed', payment: payment('Taken'), conditions: sold })
    await charge(await orderIn('kept', { phase: 'Cancelled', payment: payment('Refunded') }))
    const { exitCode, stdout } = await audit('--config', settings)
    assert.equal(exitCode, 1, stdout)
    assert.match(stdout, /^ {4}is Completed, its stock is sold, and acme knows no payment of it: it is not paid {2}✗$/m)
    assert.match(
      stdout,
      /^ {4}is Cancelled, and acme has 698\.00 EUR taken for it \(pay-2\): it is to be refunded {2}✗$/m,
    )
    assert.match(stdout, /2 findings\. What to do: docs\/runbooks\/orders-and-money\.md/)
  })

  it('ends with 2 where the provider does not answer', async function () {
    this.timeout(60_000)
    shop.behave = () => ({ kind: 'answer', status: 503 })
    const { exitCode, stderr } = await audit('--config', settings)
    assert.equal(exitCode, 2)
    assert.match(stderr, /GET \/payments is answered 503/)
  })
})
