import assert from 'node:assert/strict'
import { settledReport } from '../../../hack/audit/settled-report.ts'
import type { HttpAnswer } from '../../fixtures/gateway-process.ts'
import { type GatewaySite, gatewaySite } from '../../fixtures/gateway-site.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'

const namespace = 'gateway-shop'

describe('the gateway, beside an operator on a real API server', function () {
  this.timeout(60_000)
  let site: GatewaySite
  let shop: string
  let reader: string

  before(async function () {
    this.timeout(120_000)
    site = await gatewaySite(namespace)
    shop = await site.tokenOf('shop', ['get', 'list', 'create', 'patch'])
    reader = await site.tokenOf('reader', ['get', 'list'])
  })
  after(() => site?.dispose())

  const call = (method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}) =>
    site.gateway.call(method, path, { token: shop, ...(body !== undefined && { body }), headers })
  const stocks = '/virtual-stock/stocks'
  const stock = (productId: string, quantity: number, more: object = {}) =>
    call('POST', stocks, { productId, quantity, ...more })
  const reserve = (name: string, body: object, headers?: Readonly<Record<string, string>>) =>
    call('POST', `${stocks}/${name}/reserve`, body, headers)
  const keyed = (key: string) => ({ 'idempotency-key': key })
  const shown = ({ status, body }: HttpAnswer) => `${status} ${body.reason ?? body.phase ?? ''}`

  describe('stocks', () => {
    it('are made and counted, with a name from the product', async () => {
      const { status, body, headers } = await stock('Espresso Machine', 20, { price: '349.00', currency: 'EUR' })
      assert.equal(status, 201, JSON.stringify(body))
      const { stockId, productId, quantity, available, totalValue, ready, level } = body
      assert.deepEqual(
        { stockId, productId, quantity, available, totalValue, ready, level },
        {
          ...{ stockId: 'espresso-machine', productId: 'Espresso Machine', quantity: 20, available: 20 },
          ...{ totalValue: '6980.00', ready: true, level: 'Normal' },
        },
      )
      assert.equal(headers.get('location'), `/api/v1${stocks}/espresso-machine?namespace=${namespace}`)
      assert.match(headers.get('etag') ?? '', /^"[-0-9a-f]{36}\.1\.\d+"$/)
    })

    it('are the same again when they are sent again, and no others', async () => {
      const again = await stock('Espresso Machine', 20, { price: '349.00', currency: 'EUR' })
      assert.deepEqual([again.status, again.headers.get('idempotent-replayed')], [201, 'true'])
      const other = await stock('Espresso Machine', 21, { price: '349.00', currency: 'EUR' })
      assert.deepEqual(shown(other), '409 AlreadyExists')
      assert.match(other.body.detail, /with another quantity/)
    })

    it('are changed while they are as they were read', async () => {
      await stock('tea', 10)
      const read = await call('GET', `${stocks}/tea`)
      const etag = read.headers.get('etag') ?? ''
      const delivery = { newQuantity: 30, reason: 'delivery' }
      const changed = await call('PUT', `${stocks}/tea/quantity`, delivery, { 'if-match': etag })
      assert.deepEqual([changed.status, changed.body.quantity, changed.body.available], [200, 30, 30])
      const stale = await call('PUT', `${stocks}/tea/quantity`, { newQuantity: 40 }, { 'if-match': etag })
      assert.equal(shown(stale), '412 PreconditionFailed')
      const unexpected = await call('PUT', `${stocks}/tea/quantity`, { newQuantity: 40, expectedQuantity: 10 })
      const { detail } = unexpected.body
      assert.equal(`${shown(unexpected)}: ${detail}`, '412 PreconditionFailed: the quantity is 30, not 10')
      const priced = await call('PUT', `${stocks}/tea/price`, { price: '2.50', currency: 'EUR' })
      assert.deepEqual([priced.status, priced.body.price, priced.body.totalValue], [200, '2.50', '75.00'])
      const lines = () =>
        site.operator.events().map(({ key, value }) => [key, value['eventType'], value['changeReason']])
      const told = (line: string) => lines().map(String).includes(`${namespace}/tea,${line}`)
      const sale = { price: '3', currency: 'EUR', reason: 'sale' }
      const together = { price: sale, quantity: { newQuantity: 31, reason: 'found' } }
      await Promise.all(Object.entries(together).map(([what, body]) => call('PUT', `${stocks}/tea/${what}`, body)))
      const all = ['PRICED,', 'ADJUSTED,delivery', 'PRICED,sale', 'ADJUSTED,found']
      await until('all reasons told', 10_000, async () => all.every((line) => told(`STOCK_${line}`)) || undefined)
    })

    it('may be smaller than what is out, and say by how much', async () => {
      await stock('plate', 5)
      assert.equal((await reserve('plate', { quantityToReserve: 4 })).status, 200)
      const { status, body } = await call('PUT', `${stocks}/plate/quantity`, { newQuantity: 1 })
      assert.deepEqual([status, body.available, body.deficit], [200, 0, 3])
    })

    it('are paused and resumed, as often as one likes', async () => {
      await stock('spoon', 5)
      for (const times of [1, 2])
        assert.equal((await call('POST', `${stocks}/spoon/pause`)).body.paused, true, `${times}`)
      assert.equal(shown(await reserve('spoon', { quantityToReserve: 1 })), '409 StockPaused')
      assert.equal((await call('POST', `${stocks}/spoon/resume`)).body.paused, false)
      assert.equal((await reserve('spoon', { quantityToReserve: 1 })).status, 200)
    })

    it('are listed page by page, in the order of their names', async () => {
      const names: string[] = []
      let cursor = ''
      do {
        const { status, body } = await call('GET', `${stocks}?limit=2${cursor}`)
        assert.equal(status, 200)
        assert.ok(body.items.length <= 2)
        names.push(...body.items.map(({ stockId }: { stockId: string }) => stockId))
        cursor = body.next === undefined ? '' : `&cursor=${encodeURIComponent(body.next)}`
      } while (cursor !== '')
      assert.deepEqual(names, ['espresso-machine', 'plate', 'spoon', 'tea'])
      const exhausted = await call('GET', `${stocks}?level=Exhausted`)
      assert.deepEqual(
        exhausted.body.items.map(({ stockId }: { stockId: string }) => stockId),
        ['plate'],
      )
    })
  })

  describe('reservations', () => {
    before(() => stock('cup', 10))

    it('are held, and say what is left', async () => {
      const { status, body } = await reserve('cup', { quantityToReserve: 2, consumer: 'ana', ttl: '10m' })
      assert.deepEqual([status, body.phase, body.reserved, body.remaining], [200, 'Reserved', 2, 8])
      assert.match(body.expiresAt, /^\d{4}-/)
      const read = await call('GET', `/reservations/${body.reservationId}`)
      assert.deepEqual([read.status, read.body.phase, read.body.consumer], [200, 'Reserved', 'ana'])
      const listed = await call('GET', '/reservations?consumer=ana&stock=cup&phase=Reserved')
      assert.deepEqual(
        listed.body.items.map((one: { reservationId: string }) => one.reservationId),
        [body.reservationId],
      )
    })

    it('are one for one key, whatever is lost', async () => {
      const order = { quantityToReserve: 1, consumer: 'bob' }
      const answers = await Promise.all([1, 2, 3, 4].map(() => reserve('cup', order, keyed('order-7'))))
      assert.deepEqual(
        answers.map(({ status }) => status),
        [200, 200, 200, 200],
      )
      assert.equal(new Set(answers.map(({ body }) => body.reservationId)).size, 1)
      assert.equal(answers.filter(({ headers }) => headers.get('idempotent-replayed') === 'true').length, 3)
      const other = await reserve('cup', { ...order, quantityToReserve: 2 }, keyed('order-7'))
      assert.equal(shown(other), '422 KeyReused')
    })

    it('are refused in the operator’s words, with numbers', async () => {
      const { status, body, headers } = await reserve('cup', { quantityToReserve: 9 }, keyed('too-many'))
      assert.deepEqual([status, body.reason, body.requested], [409, 'InsufficientStock', 9])
      assert.match(body.detail, /needs 9 of cup/)
      assert.match(headers.get('content-type') ?? '', /^application\/problem\+json/)
      assert.equal(shown(await reserve('cup', { quantityToReserve: 9 }, keyed('too-many'))), '409 InsufficientStock')
      assert.equal(shown(await reserve('nothing', { quantityToReserve: 1 })), '404 StockNotFound')
    })

    it('wait in line where they may, and say how', async () => {
      const { status, body, headers } = await reserve('cup', { quantityToReserve: 9, waitFor: '10m' })
      assert.deepEqual([status, body.phase, body.position, body.items[0].missing], [202, 'Waiting', 1, 2])
      assert.equal(headers.get('location'), `/api/v1/reservations/${body.reservationId}?namespace=${namespace}`)
      const given = await call('POST', `/reservations/${body.reservationId}/release`)
      assert.deepEqual(shown(given), '200 ReleasedByClient')
    })

    it('are confirmed, given back and extended, as often as one likes, and never after their end', async () => {
      const { body } = await reserve('cup', { quantityToReserve: 1, ttl: '5m' })
      const path = `/reservations/${body.reservationId}`
      const extended = await call('POST', `${path}/extend`, { ttl: '20m' })
      assert.equal(extended.status, 200)
      assert.ok(Date.parse(extended.body.expiresAt) > Date.parse(body.expiresAt))
      for (const verb of ['confirm', 'confirm']) {
        const { status, body: confirmed } = await call('POST', `${path}/${verb}`)
        assert.deepEqual([status, confirmed.phase], [200, 'Confirmed'])
      }
      for (const verb of ['release', 'release']) {
        const { status, body: released } = await call('POST', `${path}/${verb}`)
        assert.deepEqual([status, released.phase], [200, 'Released'])
      }
      assert.equal(shown(await call('POST', `${path}/confirm`)), '409 ReleasedByClient')
      assert.equal(shown(await call('POST', `${path}/extend`, { ttl: '30m' })), '409 ReleasedByClient')
    })

    it('of several stocks are held together or not at all', async () => {
      await stock('saucer', 3)
      const items = (saucers: number) => [
        { stockId: 'cup', quantity: 1 },
        { stockId: 'saucer', quantity: saucers },
      ]
      const held = await call('POST', '/reservations', { items: items(3), confirm: true }, keyed('set-1'))
      assert.deepEqual([held.status, held.body.phase, held.body.reserved], [201, 'Confirmed', 4])
      assert.equal(shown(await call('POST', '/reservations', { items: items(1) })), '409 InsufficientStock')
    })

    it('are seen by whoever has heard of them, also at a gateway that has not yet', async () => {
      const { body, headers } = await reserve('cup', { quantityToReserve: 1 })
      const position = headers.get('x-kbnt-position') ?? ''
      assert.match(position, /^rsv:\d+$/)
      for (const min of [position, `rsv:${'9'.repeat(18)}`]) {
        const read = await call('GET', `/reservations/${body.reservationId}`, undefined, { 'x-kbnt-min-position': min })
        assert.deepEqual([read.status, read.body.phase], [200, 'Reserved'])
        const listed = await call('GET', '/reservations', undefined, { 'x-kbnt-min-position': min })
        const ids = listed.body.items.map((one: { reservationId: string }) => one.reservationId)
        assert.ok(ids.includes(body.reservationId))
      }
      assert.equal((await call('POST', `/reservations/${body.reservationId}/release`)).status, 200)
    })

    it('that sell at once need a key', async () => {
      assert.equal(shown(await reserve('cup', { quantityToReserve: 1, confirm: true })), '400 IdempotencyKeyMissing')
    })
  })

  describe('who calls', () => {
    it('needs a token, and the rights of its account', async () => {
      const none = await site.gateway.call('GET', stocks)
      assert.deepEqual([shown(none), none.headers.get('www-authenticate')?.slice(0, 6)], ['401 Unauthorized', 'Bearer'])
      const read = await site.gateway.call('GET', `${stocks}/cup`, { token: reader })
      assert.equal(read.status, 200)
      const body = { quantityToReserve: 1 }
      const refused = await site.gateway.call('POST', `${stocks}/cup/reserve`, { token: reader, body })
      assert.equal(shown(refused), '403 Forbidden')
      assert.match(refused.body.detail, /cannot create resource "reservations"/)
      assert.equal(shown(await call('GET', `${stocks}?namespace=default`)), '404 NotFound')
    })

    it('is told what is wrong with a request, and where', async () => {
      const { status, body } = await reserve('cup', { quantityToReserve: '2', colour: 'red' })
      assert.deepEqual([status, body.reason], [400, 'Invalid'])
      assert.deepEqual(body.errors.map(({ pointer }: { pointer: string }) => pointer).sort(), [
        '/colour',
        '/quantityToReserve',
      ])
      assert.equal(shown(await call('GET', `${stocks}?cursor=AAAA`)), '400 Invalid')
    })
  })

  describe('in the end', () => {
    it('leaves books that close', async () => {
      const sources = { kubeconfig: testbed().kubeconfigPath, namespace, kafkaBrokers: [], auditTopic: '' }
      const { lines, findings, unfinished } = await settledReport(sources, 60_000)
      assert.deepEqual([findings, unfinished], [[], 0], lines.join('\n'))
    })

    it('has answered no request by a fault of its own, and told no token to its log', async () => {
      const lines = JSON.stringify(site.gateway.logs())
      assert.ok(!lines.includes(shop) && !lines.includes(reader))
      const metrics = await site.gateway.metrics()
      assert.doesNotMatch(metrics, /http_requests_total\{[^}]*status="500"/)
      assert.match(metrics, /kbnt_gateway_decisions_total\{outcome="reserved"\} \d+/)
    })
  })
})
