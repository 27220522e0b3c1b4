import assert from 'node:assert/strict'
import { type CrdCluster, crdCluster } from './crd-cluster.ts'
import { type CrdObjects, crdObjects } from './crd-objects.ts'

const kind = 'Order'
const amount = { amount: '698.00', currency: 'EUR' }
const payment = { method: 'card-1', provider: 'acme', amount }
const asked = { customer: 'ana', items: [{ stock: 'espresso-machine', quantity: 2 }], payment }
const paid = { state: 'Taken', provider: 'acme', ...amount, openUntil: '2026-11-30T10:00:00Z' }
const status = {
  ...{ observedGeneration: 1, phase: 'Confirming', reason: 'Selling', message: 'paid', orderId: 'ORD-0909A693' },
  ...{ phaseSince: '2026-11-30T10:00:00Z', steps: 3, published: 1, history: [], conditions: [], payment: paid },
}

describe('Order on a real API server', () => {
  let cluster: CrdCluster
  let objects: CrdObjects

  before(async function () {
    this.timeout(60_000)
    cluster = await crdCluster()
    objects = await crdObjects(cluster, 'crd-order')
  })
  after(async () => cluster?.stop())

  let created = 0
  const order = async (reported?: object): Promise<string> => {
    created += 1
    const name = `o-${created}`
    await objects.create(kind, name, asked)
    if (reported) await objects.patch(kind, name, { status: reported })
    return name
  }

  it('fills in how long it is held and that it need not wait', async () => {
    const { spec } = await objects.tryCreate(kind, asked)
    assert.deepEqual([spec.ttl, spec.waitFor, spec.cancel], ['15m', '0s', false])
  })

  const refused: readonly [what: string, spec: object, sentence: string][] = [
    ['no customer', { customer: undefined }, 'spec.customer: Required value'],
    ['no items', { items: [] }, 'spec.items: Invalid value: 0: spec.items in body should have at least 1 items'],
    [
      'the number of a card',
      { payment: { ...payment, method: '4111 1111 1111 1111' } },
      'spec.payment.method: Invalid value: "4111 1111 1111 1111": this looks like the number of a card; write the provider\'s name for it',
    ],
    [
      'an amount of nothing',
      { payment: { ...payment, amount: { ...amount, amount: '0.00' } } },
      'spec.payment.amount.amount: Invalid value: "0.00": an order must cost something',
    ],
    [
      'a currency in words',
      { payment: { ...payment, amount: { ...amount, currency: 'eur' } } },
      'spec.payment.amount.currency: Invalid value: "eur": write a currency in three capital letters, such as EUR',
    ],
    [
      'a hold of seconds',
      { ttl: '5s' },
      'spec.ttl: Invalid value: "5s": give a time such as 15m or 1h30m, from 1m to 8760h',
    ],
  ]
  for (const [what, spec, sentence] of refused)
    it(`refuses ${what} with one sentence`, async () => {
      const [first] = await objects.refusedCreate(kind, { ...asked, ...spec })
      assert.equal(first, sentence)
    })

  const changes: readonly [field: string, spec: object][] = [
    ['customer', { customer: 'bob' }],
    ['payment', { payment: { method: 'card-2' } }],
    ['ttl', { ttl: '20m' }],
    ['waitFor', { waitFor: '1h' }],
    ['requestId', { requestId: 'req-1' }],
    ['items', { items: [{ stock: 'espresso-machine', quantity: 3 }] }],
  ]
  for (const [field, spec] of changes)
    it(`refuses another ${field} once it is there`, async () => {
      const sentences = await objects.refusedPatch(kind, await order(), { spec })
      assert.deepEqual(sentences, [`spec.${field}: Forbidden: ${field} can't be changed; place another order`])
    })

  it('can be cancelled, for good', async () => {
    const name = await order()
    await objects.patch(kind, name, { spec: { cancel: true } })
    assert.deepEqual(await objects.refusedPatch(kind, name, { spec: { cancel: false } }), [
      'spec.cancel: Forbidden: an order that is being cancelled goes on to its end; place another order',
    ])
  })

  const undoing = { reason: 'HoldLost', message: 'gone' }
  const kept: readonly [what: string, before: object, change: object, field: string][] = [
    ['a payment that is forgotten', {}, { payment: null }, 'status.payment'],
    ['fewer steps', {}, { steps: 2 }, 'status.steps'],
    ['fewer events', {}, { published: 0 }, 'status.published'],
    ['more events than steps', {}, { published: 4 }, 'status.published'],
    ['an order that is not made any more', { madeAt: '2026-11-30T10:00:00Z' }, { madeAt: null }, 'status.madeAt'],
    ['one that goes on again', { undoing }, { undoing: null }, 'status.undoing'],
    ['one that was complete', { phase: 'Completed' }, { phase: 'Cancelling' }, 'status.phase'],
  ]
  for (const [what, before, change, field] of kept)
    it(`refuses the status of ${what}`, async () => {
      const [sentence] = await objects.refusedPatch(kind, await order({ ...status, ...before }), { status: change })
      assert.ok(sentence?.startsWith(`${field}: `), sentence)
    })

  it('takes what an administrator has found out about its money', async () => {
    const name = await order({ ...status, phase: 'NeedsAttention', reason: 'RefundRefused' })
    const resolution = { by: 'eve', at: '2026-11-30T12:00:00Z', payment: 'Refunded', reference: 're-1' }
    await objects.patch(kind, name, { status: { resolution } })
    assert.deepEqual((await objects.get(kind, name)).status.resolution, resolution)
    const other = { ...resolution, payment: 'Taken' }
    const [sentence] = await objects.refusedPatch(kind, name, { status: { resolution: other } })
    assert.ok(sentence?.startsWith('status.resolution.at: '), sentence) // it would never be heard
    await objects.patch(kind, name, { status: { resolution: { ...other, at: '2026-11-30T12:00:01Z' } } })
  })
})
