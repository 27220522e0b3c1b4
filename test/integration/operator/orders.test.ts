import assert from 'node:assert/strict'
import { customers, methods } from '../../../hack/quickstart/order-services/stand-in.ts'
import type { Order } from '../../../operator/infrastructure/kubernetes/resources/generated/order.ts'
import { type OrderSite, orderSite } from '../../fixtures/order-site.ts'

const namespace = 'operator-orders'

describe('the operator with orders', () => {
  let site: OrderSite

  before(async function () {
    this.timeout(90_000)
    site = await orderSite(namespace)
  })
  after(() => site?.close())

  const paymentsOf = ({ metadata }: Order) =>
    site.services.payments().filter(({ reference }) => reference === metadata.uid)
  const holdOf = ({ metadata }: Order) =>
    site.reservations.all().find(({ metadata: { labels } }) => labels?.['kbnt.io/order-uid'] === metadata.uid)
  const conditionsOf = ({ status }: Order) => (status?.conditions ?? []).map(({ type, status: is }) => `${type} ${is}`)
  const eventsOf = ({ metadata }: Order) =>
    site.operator.events().filter(({ headers }) => headers['ce_id']?.startsWith(metadata.uid ?? '-'))

  it('holds, authorises, sells, takes the money and tells the customer', async () => {
    await site.place('good', {}, { requestId: 'req-1' })
    const done = await site.untilOrder('good', 'Completed', 'Completed')
    assert.deepEqual(
      paymentsOf(done).map(({ state, amount, currency }) => [state, amount, currency]),
      [['taken', 69_800, 'EUR']],
    )
    assert.equal(holdOf(done)?.status?.phase, 'Confirmed')
    assert.equal(holdOf(done)?.spec.consumer, 'ana')
    assert.equal(holdOf(done)?.metadata.ownerReferences, undefined)
    const want = ['UserValid', 'StockHeld', 'Paid', 'StockSold', 'Notified'].map((type) => `${type} True`)
    assert.deepEqual(conditionsOf(done), want)
    assert.equal(site.services.notices().length, 1)
  })

  it('tells of each step once, in order, on the topic that it is of', async () => {
    await site.place('told', { provider: 'at-once' }, { requestId: 'req-2' })
    await site.orders.until(`${namespace}/told`, (order) => {
      const { phase, steps, published } = order?.status ?? {}
      return phase === 'Completed' && steps === published
    })
    const told = await site.untilOrder('told', 'Completed')
    const once = new Set(['stock-audit-logs', 'audit-logs'])
    const events = eventsOf(told).filter(({ topic }) => !once.has(topic))
    assert.deepEqual(
      events.map(({ topic, value }) => [topic, value['eventType'], value['correlationId']]),
      [
        ['user-events', 'UserValidatedEvent', 'req-2'],
        ['inventory-events', 'VirtualStockReservedEvent', 'req-2'],
        ['payment-events', 'PaymentProcessedEvent', 'req-2'],
        ['inventory-events', 'VirtualStockSoldEvent', 'req-2'],
        ['order-events', 'OrderCreatedEvent', 'req-2'],
        ['notification-events', 'NotificationSentEvent', 'req-2'],
        ['order-events', 'OrderCompletedEvent', 'req-2'],
      ],
    )
    for (const all of once) {
      const again = eventsOf(told).filter(({ topic }) => topic === all)
      assert.deepEqual(
        again.map(({ value }) => value['sequence']),
        events.map((_, index) => index + 1),
        all,
      )
    }
  })

  it('sells by the book where nobody is asked', async () => {
    await site.place('book', { provider: 'till' })
    const done = await site.untilOrder('book', 'Completed')
    assert.equal(done.status?.payment?.state, 'Taken')
    assert.deepEqual(paymentsOf(done), [])
  })

  const refused: readonly [what: string, reason: string, payment: object, spec: object, phase: string | undefined][] = [
    ['a customer who may not', 'UserRefused', {}, { customer: customers.refused }, undefined],
    [
      'more than there is',
      'InsufficientStock',
      { amount: { amount: '34900.00', currency: 'EUR' } },
      { items: [{ stock: 'espresso-machine', quantity: 100 }] },
      'Rejected',
    ],
    ['what is not there', 'StockNotFound', {}, { items: [{ stock: 'unicorn', quantity: 1 }] }, 'Rejected'],
    ['a card that is declined', 'PaymentDeclined', { method: methods.declined }, {}, 'Released'],
    ['another price', 'PriceChanged', { amount: { amount: '1.00', currency: 'EUR' } }, {}, 'Released'],
    ['a provider that nobody knows', 'ProviderUnknown', { provider: 'nobody' }, {}, undefined],
  ]
  for (const [index, [what, reason, payment, spec, phase]] of refused.entries())
    it(`cancels an order of ${what}, with neither money nor stock`, async () => {
      await site.place(`bad-${index}`, payment, spec)
      const done = await site.untilOrder(`bad-${index}`, 'Cancelled', reason)
      assert.deepEqual(
        paymentsOf(done).filter(({ state }) => state !== 'declined'),
        [],
      )
      if (phase === undefined) assert.equal(holdOf(done), undefined)
      else await site.untilPhase(holdOf(done)?.metadata.name ?? '', phase)
    })

  it('asks what became of a payment whose answer was lost, and takes it once', async () => {
    await site.place('lost', { method: methods.lost, provider: 'at-once' })
    const done = await site.untilOrder('lost', 'Completed')
    assert.deepEqual(
      paymentsOf(done).map(({ state }) => state),
      ['taken'],
    )
  })

  it('gives the money back when its hold is lost while it is being paid', async () => {
    await site.place('slow', { method: methods.slow, provider: 'at-once' })
    const paying = await site.orders.until(`${namespace}/slow`, (order) => order?.status?.payment !== undefined)
    const hold = holdOf(paying as Order)
    await site.patchReservation(hold?.metadata.name ?? '', { state: 'Released' })
    const done = await site.untilOrder('slow', 'Cancelled', 'HoldLost')
    assert.ok(paymentsOf(done).every(({ state }) => state === 'refunded' || state === 'voided'))
  })

  it('undoes an order that is deleted before it lets it go', async () => {
    await site.place('gone', { method: methods.slow })
    const paying = (await site.orders.until(
      `${namespace}/gone`,
      (order) => order?.status?.payment?.state === 'Unknown',
    )) as Order
    await site.clients.orders.delete(namespace, 'gone')
    await site.orders.until(`${namespace}/gone`, (order) => order === undefined)
    assert.deepEqual(
      paymentsOf(paying).filter(({ state }) => state === 'taken' || state === 'authorised'),
      [],
    )
    const hold = holdOf(paying)?.metadata.name ?? ''
    await site.untilPhase(hold, 'Released')
  })

  it('pays once though it is killed while it pays', async () => {
    const names = Array.from({ length: 6 }, (_, index) => `killed-${index}`)
    for (const name of names) await site.place(name, { provider: name.endsWith('0') ? 'acme' : 'at-once' })
    await site.orders.until(`${namespace}/killed-3`, (order) => order?.status?.payment !== undefined)
    await site.operator.kill()
    await site.operator.start()
    for (const name of names) {
      const done = await site.untilOrder(name, 'Completed')
      assert.deepEqual(
        paymentsOf(done).map(({ state }) => state),
        ['taken'],
        name,
      )
      assert.equal(holdOf(done)?.status?.phase, 'Confirmed')
    }
    await site.untilStock('espresso-machine', ({ status }) => status?.reserved === 0)
  }).timeout(90_000)

  it('counts what became of them', async () => {
    const text = await site.operator.metrics()
    assert.match(text, /^kbnt_orders_total\{status="completed"\} [1-9]/m)
    assert.match(text, /^kbnt_orders_needing_attention 0$/m)
    assert.match(text, /^kbnt_payment_duration_seconds_count\{result="taken"\} [1-9]/m)
  })
})
