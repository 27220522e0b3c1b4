import assert from 'node:assert/strict'
import type { HttpAnswer } from '../../fixtures/gateway-process.ts'
import type { LogLine } from '../../fixtures/operator-process.ts'
import { type RowSite, rowSite } from '../../fixtures/row-site.ts'
import { until } from '../../fixtures/until.ts'

const namespace = 'row-shop'
const user = `system:serviceaccount:${namespace}:shop`

describe('stocks whose books are in PostgreSQL, at the gateway', function () {
  this.timeout(60_000)
  let site: RowSite
  let shop: string
  let agent: string
  let reader: string

  before(async function () {
    this.timeout(120_000)
    site = await rowSite(namespace, { gateway: { writesPerSecond: 100_000, requestsPerSecond: 100_000 } })
    const verbs = ['get', 'list', 'create', 'patch']
    shop = await site.tokenOf('shop', verbs)
    agent = await site.tokenOf('agent', [...verbs, 'actfor'])
    reader = await site.tokenOf('reader', ['get', 'list'])
    await site.rowStock('ticket', { quantity: 10, price: { amount: '12.50', currency: 'EUR' } })
  })
  after(() => site?.dispose())

  const call = (method: string, path: string, body?: unknown, { key = '', token = shop } = {}) =>
    site.gateway.call(method, path, {
      token,
      ...(body !== undefined && { body }),
      ...(key !== '' && { headers: { 'idempotency-key': key } }),
    })
  const reserve = (name: string, body: object, how?: { readonly key?: string; readonly token?: string }) =>
    call('POST', `/virtual-stock/stocks/${name}/reserve`, body, how)
  const shown = ({ status, body }: HttpAnswer) => `${status} ${body.reason ?? body.phase ?? ''}`

  it('hold units, and say what is left, for whom and until when', async () => {
    const { status, body } = await reserve('ticket', { quantityToReserve: 2, ttl: '10m', reason: 'two seats' })
    assert.equal(status, 200, JSON.stringify(body))
    const { phase, reserved, remaining, consumer, note, items, totalPrice } = body
    assert.deepEqual(
      { phase, reserved, remaining, consumer, note, items, totalPrice },
      {
        ...{ phase: 'Reserved', reserved: 2, remaining: 8, consumer: user, note: 'two seats' },
        items: [
          {
            ...{ stockId: 'ticket', stockNamespace: namespace, quantity: 2 },
            unitPrice: { amount: '12.50', currency: 'EUR' },
          },
        ],
        totalPrice: [{ amount: '25.00', currency: 'EUR' }],
      },
    )
    assert.match(body.message, /^2 of ticket held until \d\d:\d\d:\d\dZ$/)
    const read = await call('GET', `/reservations/${body.reservationId}`)
    const { remaining: _, remainingAsOf: __, ...same } = body
    assert.deepEqual([read.status, read.body], [200, same])
  })

  it('do it once for one key, and refuse another order under it', async () => {
    const order = { quantityToReserve: 1 }
    const answers = await Promise.all([1, 2, 3, 4].map(() => reserve('ticket', order, { key: 'order-7' })))
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200, 200],
    )
    assert.equal(new Set(answers.map(({ body }) => body.reservationId)).size, 1)
    assert.equal(answers.filter(({ headers }) => headers.get('idempotent-replayed') === 'true').length, 3)
    assert.equal(shown(await reserve('ticket', { quantityToReserve: 2 }, { key: 'order-7' })), '422 KeyReused')
    const others = await reserve('ticket', order, { key: 'order-7', token: agent })
    assert.equal(others.headers.get('idempotent-replayed'), null)
  })

  it('refuse in the words of every other stock, with numbers, and the same again', async () => {
    for (const times of ['once', 'again']) {
      const { status, body } = await reserve('ticket', { quantityToReserve: 10 }, { key: 'too-many' })
      const { reason, requested, available, missing, detail } = body
      assert.deepEqual(
        [status, reason, requested, available, missing, detail],
        [409, 'InsufficientStock', 10, 6, 4, 'needs 10 of ticket, 6 available'],
        times,
      )
      const read = await call('GET', `/reservations/${body.reservationId}`)
      assert.deepEqual([shown(read), read.body.phase], ['200 InsufficientStock', 'Rejected'])
    }
    const never = await reserve('ticket', { quantityToReserve: 11 })
    assert.equal(
      `${never.body.reason}: ${never.body.detail}`,
      'NeverFits: needs 11 of ticket, more than ticket can ever hand out: at most 10; ask for less',
    )
  })

  it('confirm, give back and extend what they hold, as often as one likes, and never after its end', async () => {
    const { body } = await reserve('ticket', { quantityToReserve: 1, ttl: '5m' })
    const path = `/reservations/${body.reservationId}`
    const extended = await call('POST', `${path}/extend`, { ttl: '20m' })
    assert.equal(Date.parse(extended.body.expiresAt) - Date.parse(body.expiresAt), 15 * 60_000)
    const cut = await call('POST', `${path}/extend`, { ttl: '300h' })
    assert.match(cut.body.message, /cut to ticket's longest hold, 24h/)
    for (const verb of ['confirm', 'confirm']) {
      const { status, body: confirmed } = await call('POST', `${path}/${verb}`)
      assert.deepEqual([status, confirmed.phase, confirmed.message], [200, 'Confirmed', '1 of ticket sold'])
    }
    for (const verb of ['release', 'release']) {
      const { status, body: released } = await call('POST', `${path}/${verb}`)
      assert.deepEqual([status, released.phase], [200, 'Released'])
    }
    assert.equal(shown(await call('POST', `${path}/confirm`)), '409 ReleasedByClient')
    assert.equal(shown(await call('POST', `${path}/extend`, { ttl: '30m' })), '409 ReleasedByClient')
    assert.equal(shown(await call('POST', '/reservations/none/confirm')), '503 DatabaseAway')
  })

  it('hold all lines of an order or none, and none where books are in several places', async () => {
    await site.rowStock('seat', { quantity: 3 })
    const stock = await call('POST', '/virtual-stock/stocks', { productId: 'cup', quantity: 5 })
    assert.equal(stock.status, 201)
    const order = (...lines: readonly (readonly [string, number])[]) => ({
      items: lines.map(([stockId, quantity]) => ({ stockId, quantity })),
    })
    const held = await call(
      'POST',
      '/reservations',
      { ...order(['ticket', 1], ['seat', 3]), confirm: true },
      { key: 's' },
    )
    assert.deepEqual([held.status, held.body.phase, held.body.reserved], [201, 'Confirmed', 4])
    const short = await call('POST', '/reservations', order(['ticket', 1], ['seat', 1]))
    assert.equal(
      `${shown(short)}: ${short.body.detail}`,
      '409 InsufficientStock: needs 1 of seat, 1 of ticket; 1 of seat missing',
    )
    const mixed = await call('POST', '/reservations', order(['ticket', 1], ['cup', 1]))
    assert.equal(shown(mixed), '422 LedgersDiffer')
    assert.match(mixed.body.detail, /cup in the cluster, ticket in database default/)
    assert.equal(shown(await call('POST', '/reservations', order(['ticket', 1], ['nothing', 1]))), '404 StockNotFound')
    assert.equal(shown(await reserve('cup', { quantityToReserve: 1 })), '200 Reserved')
  })

  it('are sold by those who may, to themselves, or to whom they may act for', async () => {
    await site.rowStock('limited', { quantity: 10, limits: { perConsumer: 2 } })
    const one = { quantityToReserve: 1 }
    assert.equal(shown(await reserve('limited', one, { token: reader })), '403 Forbidden')
    const forAna = await reserve('limited', { ...one, consumer: 'ana' })
    assert.equal(shown(forAna), '403 Forbidden')
    assert.match(forAna.body.detail, /consumer can only be "system:serviceaccount:row-shop:shop", who asks/)
    const agents = await reserve('limited', { ...one, consumer: 'ana' }, { token: agent })
    assert.deepEqual([agents.status, agents.body.consumer], [200, 'ana'])
    const { body } = await reserve('limited', { quantityToReserve: 2, consumer: 'ana' }, { token: agent })
    assert.equal(
      `${body.reason}: ${body.detail}`,
      'LimitPerConsumer: ana has 1 of limited and asks for another 2, more than one consumer may have: at most 2',
    )
    const { reservationId } = agents.body
    assert.equal(
      shown(await call('POST', `/reservations/${reservationId}/release`, undefined, { token: reader })),
      '403 Forbidden',
    )
  })

  it('take no order that nobody could keep', async () => {
    const one = { quantityToReserve: 1 }
    assert.equal(shown(await reserve('ticket', { ...one, confirm: true })), '400 IdempotencyKeyMissing')
    assert.equal(shown(await reserve('ticket', { ...one, waitFor: '1m' })), '422 NoWaitlist')
    assert.equal(shown(await reserve('ticket', { ...one, ttl: '1ms' })), '422 Unprocessable')
    await site.rowStock('elsewhere', {}, 'other')
    assert.equal(shown(await reserve('elsewhere', one)), '503 DatabaseAway')
    assert.equal(shown(await reserve('ticket', { ...one, quantityToReserve: 11 })), '409 NeverFits')
  })

  it('take a hundred orders by one call, and answer each by itself', async () => {
    await site.rowStock('bulk', { quantity: 90 })
    const orders = Array.from({ length: 100 }, (_, index) => ({
      ...{ idempotencyKey: `bulk-${index}`, reason: 'x'.repeat(256) },
      items: [{ stockId: index === 50 ? 'cup' : 'bulk', quantity: index === 60 ? 91 : 1 }],
    }))
    for (const times of ['once', 'again']) {
      const { status, body } = await call('POST', '/reservations/batch', { orders })
      assert.equal(status, 200, JSON.stringify(body))
      const { results } = body as {
        results: { status: number; idempotencyKey: string; problem?: { reason: string } }[]
      }
      assert.deepEqual(
        results.map(({ idempotencyKey }) => idempotencyKey),
        orders.map(({ idempotencyKey }) => idempotencyKey),
      )
      const held = results.filter((one) => one.status === 201).length
      const reasons = results.flatMap(({ problem }) => problem?.reason ?? []).sort()
      const short = Array.from({ length: 8 }, () => 'InsufficientStock')
      assert.deepEqual([held, reasons], [90, [...short, 'NeverFits', 'Unprocessable']], times)
    }
    const lines = await until('both lines', 10_000, async () => {
      const isOne = ({ message, route }: LogLine) => message === 'request' && route === '/api/v1/reservations/batch'
      const found = site.gateway.logs().filter(isOne)
      return found.length >= 2 ? found : undefined
    })
    assert.deepEqual(
      lines.map(({ orders: all, held, userId }) => [all, held, userId]),
      [
        [100, 90, user],
        [100, 90, user],
      ],
    )
  })

  it('are told by metrics', async () => {
    const metrics = await site.gateway.metrics()
    assert.match(
      metrics,
      /^kbnt_gateway_row_orders_total\{database="default",order="reserve",outcome="reserved"\} \d+$/m,
    )
    assert.match(metrics, /^kbnt_gateway_row_order_seconds_count\{database="default",order="confirm"\} \d+$/m)
  })
})
