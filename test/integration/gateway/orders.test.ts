import assert from 'node:assert/strict'
import { customers, methods, type StandIn, standIn } from '../../../hack/quickstart/order-services/stand-in.ts'
import type { HttpAnswer } from '../../fixtures/gateway-process.ts'
import { type GatewaySite, gatewaySite } from '../../fixtures/gateway-site.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'

const namespace = 'gateway-orders'
const audience = 'kbnt-gateway'
const MOST = 12
const amount = { amount: '698.00', currency: 'EUR' }
const payment = { method: 'card-1', provider: 'acme', amount }
const two = { customer: 'ana', items: [{ stockId: 'espresso-machine', quantity: 2 }], payment }

const guestRules = [
  { apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] },
  { apiGroups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'], verbs: ['create'] },
  { apiGroups: ['kbnt.io'], resources: ['orders'], verbs: ['get', 'create', 'patch'] },
]

describe('orders over HTTP, on a real API server', function () {
  this.timeout(60_000)
  let site: GatewaySite
  let services: StandIn
  const tokens: Record<string, string> = {}

  before(async function () {
    this.timeout(120_000)
    services = await standIn({ now: Date.now })
    const http = { adapter: 'http', url: services.url, allowUnencrypted: true, timeout: '1s' }
    const pays = { ...http, keyWindow: '24h', longestCall: '12s' }
    const orders = { users: http, payments: { acme: pays, 'at-once': { ...pays, moves: 'once' } }, notifications: http }
    site = await gatewaySite(namespace, { gateway: { port: 0, maxOrders: MOST, tokens: { audience } }, orders })
    await grant('ClusterRole', guestRules, { kind: 'User', name: `${namespace}-gateway` }, 'guests')
    await apply({
      ...{ apiVersion: 'kbnt.io/v1beta1', kind: 'VirtualStock', metadata: { namespace, name: 'espresso-machine' } },
      spec: { quantity: 100, price: { amount: '349.00', currency: 'EUR' } },
    })
    await account('seller', ['get', 'list', 'create', 'patch'])
    await account('reader', ['get', 'list'])
    await account('nobody', [])
    tokens['guest'] = await site.kubectl('-n', namespace, 'create', 'token', 'seller', `--audience=${audience}`)
  })
  after(async () => {
    await site?.dispose()
    await services?.close()
  })

  async function apply(object: object): Promise<void> {
    const { code, stderr } = await testbed().kubectl(['apply', '-f', '-'], object)
    assert.equal(code, 0, stderr)
  }

  async function grant(kind: 'Role' | 'ClusterRole', rules: readonly object[], subject: object, name: string) {
    const of = { name: `${namespace}-${name}`, namespace }
    const api = 'rbac.authorization.k8s.io'
    await apply({ apiVersion: `${api}/v1`, kind, metadata: of, rules })
    const roleRef = { apiGroup: api, kind, name: of.name }
    const subjects = [{ apiGroup: 'kind' in subject && subject.kind === 'User' ? api : '', ...subject }]
    await apply({ apiVersion: `${api}/v1`, kind: `${kind}Binding`, metadata: of, roleRef, subjects })
  }

  async function account(name: string, verbs: readonly string[]): Promise<void> {
    await site.kubectl('-n', namespace, 'create', 'serviceaccount', name)
    const rules = [{ apiGroups: ['kbnt.io'], resources: ['orders'], verbs }]
    if (verbs.length > 0) await grant('Role', rules, { kind: 'ServiceAccount', name, namespace }, name)
    tokens[name] = await site.kubectl('-n', namespace, 'create', 'token', name)
  }

  const get = (who: string, path: string) => site.gateway.call('GET', path, { token: tokens[who] ?? '' })
  const place = (who: string, key: string, body: object = two, prefer: 'wait=20' | 'no wait' = 'wait=20') =>
    site.gateway.call('POST', '/orders', {
      ...{ token: tokens[who] ?? '', body },
      headers: { 'idempotency-key': key, ...(prefer !== 'no wait' && { prefer }) },
    })
  const cancel = (who: string, { body }: HttpAnswer) =>
    site.gateway.call('POST', `/orders/${body.orderName}/cancel`, { token: tokens[who] ?? '' })
  const shown = ({ status, body }: HttpAnswer) => `${status} ${body.reason ?? body.phase ?? ''}`

  it('are paid and sold, and told of to who waits', async () => {
    const done = await place('seller', 'order-1')
    assert.equal(shown(done), '201 Completed', JSON.stringify(done.body))
    assert.match(done.body.orderId, /^ORD-[0-9A-F]{8}$/)
    assert.deepEqual([done.body.payment.state, done.body.customer], ['Taken', 'ana'])
    const { body } = await get('reader', (done.headers.get('location') ?? '').replace('/api/v1', ''))
    assert.deepEqual(body, done.body)
    const listed = await get('reader', '/orders?customer=ana&phase=Completed')
    assert.deepEqual(
      listed.body.items.map(({ orderName }: { orderName: string }) => orderName),
      [done.body.orderName],
    )
    assert.match(listed.headers.get('x-kbnt-position') ?? '', /^ord:\d+$/)
  })

  it('are 202 at once for who does not wait, and carry the id of the call', async () => {
    const token = tokens['seller'] ?? ''
    const headers = { 'idempotency-key': 'order-2', 'x-request-id': 'req-2' }
    const placed = await site.gateway.call('POST', '/orders', { token, body: two, headers })
    assert.equal(placed.status, 202, JSON.stringify(placed.body))
    const path = (placed.headers.get('location') ?? '').replace('/api/v1', '')
    const end = await until('its end', 20_000, async () => {
      const { body } = await get('seller', path)
      return body.phase === 'Completed' ? body : undefined
    })
    assert.equal(end.requestId, 'req-2')
  })

  it('are done, and paid, once by one key', async () => {
    const before = services.payments().length
    const both = await Promise.all([place('seller', 'order-3'), place('seller', 'order-3')])
    assert.deepEqual(both.map(shown), ['201 Completed', '201 Completed'])
    const again = await place('seller', 'order-3')
    assert.deepEqual([shown(again), again.headers.get('idempotent-replayed')], ['201 Completed', 'true'])
    assert.equal(services.payments().length, before + 1)
    const other = await place('seller', 'order-3', { ...two, customer: 'bob' })
    assert.equal(shown(other), '422 KeyReused')
  })

  const ends: readonly [what: string, body: object, answer: string][] = [
    ['a card that is declined', { payment: { ...payment, method: methods.declined } }, '409 PaymentDeclined'],
    ['a customer who may not', { customer: customers.refused }, '403 UserRefused'],
    ['what is not there', { items: [{ stockId: 'unicorn', quantity: 1 }] }, '404 StockNotFound'],
  ]
  for (const [what, change, answer] of ends)
    it(`come to nothing for ${what}, which a page of the gateway explains`, async () => {
      const refused = await place('seller', answer.replace(' ', '-'), { ...two, ...change })
      assert.equal(shown(refused), answer, JSON.stringify(refused.body))
      const page = await fetch(new URL(refused.body.type, site.gateway.url()))
      assert.match(await page.text(), new RegExp(`^${refused.body.reason} `))
    })

  it('are cancelled as long as they are not made', async () => {
    const slow = { ...two, payment: { ...payment, method: methods.slow, provider: 'at-once' } }
    const paying = await place('seller', 'order-slow', slow, 'no wait')
    assert.equal(paying.status, 202)
    assert.equal(shown(await cancel('reader', paying)), '403 Forbidden')
    const undone = await until('its end', 30_000, async () => {
      const answer = await cancel('seller', paying)
      return answer.status === 202 ? undefined : answer
    })
    assert.equal(shown(undone), '200 CancelledByClient')
    assert.equal(shown(await cancel('seller', await place('seller', 'order-1'))), '409 CancelledTooLate')
  })

  it('of guests are written in their name, and for themselves', async () => {
    const who = `system:serviceaccount:${namespace}:seller`
    assert.equal(shown(await place('guest', 'order-of-guest')), '403 Forbidden')
    const { customer: _, ...own } = two
    const done = await place('guest', 'order-of-guest', own)
    assert.deepEqual([shown(done), done.body.customer], ['201 Completed', who])
    const object = await site.kubectl('-n', namespace, 'get', 'order', done.body.orderName, '-o', 'json')
    assert.equal(JSON.parse(object).metadata.annotations['kbnt.io/requested-by'], who)
  })

  it('are for nobody who may not', async () => {
    assert.equal(shown(await place('reader', 'x')), '403 Forbidden')
    assert.equal(shown(await place('nobody', 'x')), '403 Forbidden')
    for (const path of ['/orders', '/orders/o-1', '/orders/o-1?consistent=true'])
      assert.equal(shown(await get('nobody', path)), '403 Forbidden')
    assert.equal(shown(await get('reader', '/orders/o-none')), '404 NotFound')
    assert.equal(
      shown(await place('seller', 'card', { ...two, payment: { ...payment, method: '4111111111111111' } })),
      '422 Unprocessable',
    )
  })

  it('are refused beyond as many as there may be, and those that are there are told all the same', async () => {
    const missing = { ...two, items: [{ stockId: 'unicorn', quantity: 1 }] }
    const full = await until('no room', 30_000, async () => {
      const answer = await place('seller', `more-${Math.random()}`, missing, 'no wait')
      return answer.status === 503 ? answer : undefined
    })
    assert.equal(shown(full), '503 OrdersFull')
    assert.ok(Number(full.headers.get('retry-after')) > 0)
    // one more than there is room for, by another way
    await apply({
      ...{ apiVersion: 'kbnt.io/v1beta1', kind: 'Order', metadata: { namespace, name: 'zz-by-kubectl' } },
      spec: { customer: 'ana', items: [{ stock: 'unicorn', quantity: 1 }], payment },
    })
    assert.equal(shown(await place('seller', 'order-1')), '201 Completed')
    const seen = await until('its end', 20_000, async () => {
      const { body } = await get('reader', '/orders/zz-by-kubectl')
      return body.phase === 'Cancelled' ? body : undefined
    })
    assert.equal(seen.reason, 'StockNotFound')
    const { items } = (await get('reader', '/orders?limit=1000')).body
    assert.equal(items.at(-1).orderName, 'zz-by-kubectl')
    assert.ok(items.length > MOST)
  })

  it('are counted by what their callers were told', async () => {
    const text = await site.gateway.metrics()
    for (const outcome of ['completed', 'underWay', 'cancelled', 'failed'])
      assert.match(text, new RegExp(`^kbnt_gateway_orders_total\\{outcome="${outcome}"\\} [1-9]`, 'm'))
  })
})
