import assert from 'node:assert/strict'
import { connection, hangUp } from '../../fixtures/gateway-connections.ts'
import { type HostileSite, hostileSite, order, shown, stocks } from '../../fixtures/hostile.ts'

const namespace = 'hostile-requests'
const one = '{"quantityToReserve":1}'

describe('a real gateway among requests that mean it no good', function () {
  this.timeout(60_000)
  let site: HostileSite

  before(async function () {
    this.timeout(120_000)
    site = await hostileSite(namespace)
  })
  after(() => site?.dispose())
  afterEach(async () => {
    hangUp()
    await site.serves()
  })

  const lengthOf = (body: string) => `content-length: ${Buffer.byteLength(body)}`
  const posted = (path: string, body: string, ...lines: readonly string[]) =>
    site.raw(site.post(path, body, lengthOf(body), ...lines))

  describe('with bodies', () => {
    const deep = '['.repeat(30_000) + ']'.repeat(30_000)
    const cases: readonly (readonly [what: string, path: string, body: string, wanted: string])[] = [
      ['one that is too large', order, one + ' '.repeat(65_536), '413 TooLarge'],
      ['JSON without an end to its depth', order, `{"quantityToReserve":${deep}}`, '400 Invalid'],
      ['JSON that ends too soon', order, '{"quantityToReserve":1', '400 Invalid'],
      ['NaN', order, '{"quantityToReserve":NaN}', '400 Invalid'],
      ['a number that is infinite', order, '{"quantityToReserve":1e999}', '400 Invalid /quantityToReserve'],
      ['a number beyond 2^53', order, '{"quantityToReserve":9007199254740993}', '400 Invalid /quantityToReserve'],
      ['a number below 0', order, '{"quantityToReserve":-1}', '400 Invalid /quantityToReserve'],
      ['half a unit', order, '{"quantityToReserve":0.5}', '400 Invalid /quantityToReserve'],
      ['a prototype', order, '{"quantityToReserve":1,"__proto__":{"confirm":true}}', '400 Invalid'],
      ['a name in Cyrillic', stocks, '{"productId":"a","quantity":1,"stockId":"ѕeat"}', '400 Invalid /stockId'],
      ['a name with a NUL', stocks, '{"productId":"a","quantity":1,"stockId":"seat\\u0000"}', '400 Invalid /stockId'],
      ['half a surrogate pair', stocks, '{"productId":"\\ud800","quantity":1}', '400 Invalid'],
      ['a line break in a name', stocks, '{"productId":"a\\nb","quantity":1}', '400 Invalid /productId'],
    ]
    for (const [what, path, body, wanted] of cases) {
      it(`refuses ${what}`, async () => assert.equal(shown(await posted(path, body)), wanted))
    }

    it('refuses what is no UTF-8', async () => {
      const body = Buffer.from('{"productId":"\xc3(","quantity":1}', 'latin1')
      const head = Buffer.from(site.post(stocks, '', `content-length: ${body.length}`))
      assert.equal(shown(await site.raw(Buffer.concat([head, body]))), '400 Invalid')
    })

    it('takes the last of two equal keys, and only that', async () => {
      const before = await site.reserved()
      const answer = await posted(order, '{"quantityToReserve":500,"quantityToReserve":2}')
      assert.deepEqual([answer.status, answer.body.reserved, (await site.reserved()) - before], [200, 2, 2])
    })

    it('makes a plain name from a product in any script, and keeps the product as it is', async () => {
      const productId = 'Größe 42 / 椅子 🪑'
      const { gateway, shop } = site
      const { status, body } = await gateway.call('POST', stocks, { token: shop, body: { productId, quantity: 1 } })
      assert.deepEqual([status, body.productId, body.stockId], [201, productId, 'gr-e-42'])
    })
  })

  describe('with paths', () => {
    const seat = `/api/v1${stocks}/seat`
    const cases: readonly (readonly [path: string, wanted: string])[] = [
      [`/api/v1${stocks}/../stocks/seat`, '404 NotFound'],
      [`/api/v1${stocks}/%2e%2e`, '400 Invalid path'],
      [`/api/v1${stocks}/%2e%2e/stocks/seat`, '400 Invalid path'],
      ['/api/v1/virtual-stock/%73tocks/seat', '400 Invalid path'],
      ['/%64ocs', '400 Invalid path'],
      [`/api/v1${stocks}/%252e%252e`, '400 Invalid stockId'],
      [`/${seat}`, '404 NotFound'],
      [`/api/v1//virtual-stock/stocks/seat`, '404 NotFound'],
      [`${seat}/`, '404 NotFound'],
      [`${seat}%00`, '400 Invalid stockId'],
      [`${seat}%0a`, '400 Invalid stockId'],
      [`${seat};admin=true`, '400 Invalid stockId'],
      [`${seat}%2freserve`, '400 Invalid stockId'],
      [`${seat}\\reserve`, '400 Invalid stockId'],
      [`${seat}%zz`, '400 Invalid path'],
      [`${seat.toUpperCase()}`, '404 NotFound'],
      [`/api/v1${stocks}/${'a'.repeat(254)}`, '400 Invalid stockId'],
      [`${seat}?namespace=../kube-system`, '400 Invalid namespace'],
      [`${seat}?namespace=a&namespace=b`, '400 Invalid namespace'],
      [`${seat}?namespace=kube-system`, '404 NotFound'],
      ['*', '404 NotFound'],
      [seat, '200'],
      [`http://elsewhere.example${seat}`, '200'],
    ]
    for (const [path, wanted] of cases) {
      it(`answers ${wanted} to ${path.length > 100 ? `${path.slice(0, 60)}...` : path}`, async () =>
        assert.equal(shown(await site.raw(site.get(path))), wanted))
    }
  })

  describe('with heads', () => {
    const path = `/api/v1${stocks}/seat`

    it('bears no flood of headers, and none that is too large', async () => {
      const many = Array.from({ length: 3_000 }, (_, index) => `x-${index}: y`)
      const large = `cookie: ${'a'.repeat(40_000)}`
      for (const lines of [many, [large]]) {
        assert.equal(shown(await site.raw(site.get(path, ...lines))), '431 HeadersTooLarge')
      }
      assert.equal(shown(await site.raw(site.get(`${path}?${'a'.repeat(40_000)}`))), '431 HeadersTooLarge')
    })

    it('is called by whatever name, says none, and judges those that are no names', async () => {
      const other = await site.raw(site.get(path, 'host: evil.example', 'x-forwarded-host: evil.example'))
      assert.equal(other.status, 200)
      assert.doesNotMatch(other.text, /evil[.]example/)
      const body = JSON.stringify({ productId: 'elsewhere', quantity: 1 })
      const made = await posted(stocks, body, 'host: evil.example', 'x-forwarded-proto: gopher')
      assert.match(made.text, /\r\nlocation: \/api\/v1\/virtual-stock\/stocks\/elsewhere[?]/)
      for (const line of ['host: a/b', 'host: a@b', 'host: a\r\nhost: a']) {
        assert.equal(shown(await site.raw(site.get(path, line))), '400 Invalid Host', line)
      }
    })

    it('does what one body length says, or nothing: two lengths, or one and chunks, are refused', async () => {
      const before = await site.reserved()
      const hidden = site.post(order, one, lengthOf(one))
      const chunk = `${Buffer.byteLength(one).toString(16)}\r\n${one}\r\n0\r\n\r\n`
      const attempts = [
        site.post(order, hidden, 'content-length: 0', lengthOf(hidden)),
        site.post(order, hidden, `content-length: 0, ${Buffer.byteLength(hidden)}`),
        site.post(order, chunk + hidden, `content-length: ${chunk.length}`, 'transfer-encoding: chunked'),
        site.post(order, chunk + hidden, 'transfer-encoding: chunked', `content-length: ${chunk.length}`),
        site.post(order, chunk + hidden, 'transfer-encoding: chunked, identity'),
        site.post(order, chunk + hidden, 'transfer-encoding: xchunked'),
        site.post(order, chunk + hidden, 'transfer-encoding : chunked'),
        site.post(order, chunk + hidden, 'x: y', ' transfer-encoding: chunked', lengthOf(chunk + hidden)),
        site.post(order, one + hidden, `content-length: +${Buffer.byteLength(one)}`),
        site.post(order, one + hidden, `content-length: ${Buffer.byteLength(one)}\n`),
        site.post(order, `1;${'a'.repeat(20_000)}\r\n${one}`, 'transfer-encoding: chunked'),
      ]
      for (const attempt of attempts) assert.equal(shown(await site.raw(attempt)), '400 Invalid', attempt)
      assert.equal(await site.reserved(), before)
    })

    it('takes no body of a read for the next request', async () => {
      const before = await site.reserved()
      const hidden = site.post(order, one, lengthOf(one))
      const read = site.get(path, lengthOf(hidden)).replace('connection: close\r\n', '')
      const { socket, text, closed } = connection(site.port())
      socket.write(read + hidden + site.get('/nowhere'))
      await closed
      assert.deepEqual(text().match(/HTTP\/1.1 \d+/g), ['HTTP/1.1 400', 'HTTP/1.1 404'])
      assert.equal(await site.reserved(), before)
    })
  })

  describe('in the end', () => {
    it('leaves books that close', () => site.closes())

    it('has answered nothing by a fault of its own', async () => {
      assert.doesNotMatch(await site.gateway.metrics(), /http_requests_total\{[^}]*status="500"/)
    })
  })
})
