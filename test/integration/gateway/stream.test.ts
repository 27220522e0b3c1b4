import assert from 'node:assert/strict'
import { type HeardEvent, type Listener, listen } from '../../fixtures/event-listener.ts'
import { type GatewayProcess, gatewayProcess } from '../../fixtures/gateway-process.ts'
import { type GatewaySite, gatewaySite } from '../../fixtures/gateway-site.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'

const namespace = 'gateway-stream'
const stocks = '/virtual-stock/stocks'

describe('the stream of the gateway, on a real API server', function () {
  this.timeout(60_000)
  let site: GatewaySite
  let other: GatewayProcess
  let shop: string
  let reader: string
  const listeners: Listener[] = []

  before(async function () {
    this.timeout(150_000)
    site = await gatewaySite(namespace)
    shop = await site.tokenOf('shop', ['get', 'list', 'watch', 'create', 'patch'])
    reader = await site.tokenOf('reader', ['get', 'list'])
    const kubeconfigPath = await testbed().kubeconfigFor(`${namespace}-gateway`)
    other = gatewayProcess({ kubeconfigPath, namespaces: [namespace] })
  })
  afterEach(() => {
    for (const listener of listeners.splice(0)) listener.hangUp()
  })
  after(async () => {
    await other?.dispose()
    await site?.dispose()
  })

  async function opened({ from = site.gateway, token = shop, query = '', lastEventId = '' } = {}): Promise<Listener> {
    const headers = { authorization: `Bearer ${token}`, ...(lastEventId !== '' && { 'last-event-id': lastEventId }) }
    const listener = await listen(`${from.url()}/stream${query}`, headers)
    listeners.push(listener)
    return listener
  }
  const stock = (stockId: string, quantity: number) =>
    site.gateway.call('POST', stocks, { token: shop, body: { stockId, productId: stockId, quantity } })
  const of = (event: string, name: string) => (heard: HeardEvent) =>
    heard.event === event && (heard.data.object?.stockId ?? heard.data.object?.reservationId) === name
  const listed = ({ event }: HeardEvent) => event === 'listed'
  const freePlaces = () =>
    until('free places', 20_000, async () => {
      const text = await site.gateway.metrics()
      return /^kbnt_gateway_streams 0$/m.test(text) || undefined
    })
  beforeEach(freePlaces)

  it('tells what is there, what callers do, and what the operator makes of it', async () => {
    await stock('tea', 10)
    const { heard, hear } = await opened()
    await hear('list', listed)
    assert.deepEqual([heard[0]!.event, heard[0]!.data.kinds], ['reset', ['stocks', 'reservations']])
    assert.ok(heard.some(of('added', 'tea')))

    await stock('cup', 5)
    await hear('new stock', of('added', 'cup'))
    const held = await site.gateway.call('POST', `${stocks}/cup/reserve`, {
      token: shop,
      body: { quantityToReserve: 2 },
    })
    assert.equal(held.status, 200)
    const { reservationId } = held.body
    await hear('reservation', of('added', reservationId))
    const decided = await hear(
      "operator's decision",
      (one) =>
        one.data.kind === 'reservations' && of('changed', reservationId)(one) && one.data.object.phase === 'Reserved',
    )
    const { body: shown } = await site.gateway.call('GET', `/reservations/${reservationId}`, { token: shop })
    assert.deepEqual(Object.keys(decided.data.object), Object.keys(shown))
    await hear("operator's count", (one) => of('changed', 'cup')(one) && one.data.object.available === 3)

    await site.kubectl('-n', namespace, 'delete', 'rsv', reservationId, '--wait=false')
    await hear('deletion', of('deleted', reservationId))
  })

  it('goes on where it broke off, deletions too', async () => {
    await stock('pot', 4)
    const first = await opened({ query: '?kinds=stocks' })
    const { id } = await first.hear('list', listed)
    first.hangUp()
    await stock('pan', 4)
    await site.kubectl('-n', namespace, 'delete', 'virtualstocks.kbnt.io', 'pot')
    const second = await opened({ query: '?kinds=stocks', lastEventId: id })
    await second.hear('deletion', of('deleted', 'pot'))
    assert.ok(second.heard.some(of('added', 'pan')))
    assert.ok(!second.heard.some(({ event }) => event === 'reset'))

    const last = second.heard.at(-1)!.id
    second.hangUp()
    const { body } = await site.gateway.call('PUT', `${stocks}/pan/quantity`, { token: shop, body: { newQuantity: 9 } })
    assert.equal(body.quantity, 9)
    const third = await opened({ query: '?kinds=stocks', lastEventId: last })
    await third.hear('change', (one) => of('changed', 'pan')(one) && one.data.object.quantity === 9)
    assert.ok(!third.heard.some(({ event }) => event === 'reset' || event === 'added'))
  })

  it('begins anew at a gateway that does not know what came since', async () => {
    const first = await opened({ query: '?kinds=stocks' })
    const { id } = await first.hear('list', listed)
    first.hangUp()
    await stock('jug', 1)
    await other.start()
    await until('a ready gateway', 20_000, async () => (await other.health('/readyz')).status === 200 || undefined)
    const { heard, hear } = await opened({ from: other, query: '?kinds=stocks', lastEventId: id })
    await hear('list', listed)
    assert.equal(heard[0]!.event, 'reset')
    assert.ok(heard.some(of('added', 'jug')))
    await other.stop()
  })

  it('is for those who may watch', async () => {
    const { status, problem } = await opened({ token: reader })
    assert.deepEqual([status, problem.reason], [403, 'Forbidden'])
    assert.match(problem.detail, /cannot watch resource "virtualstocks"/)
    const machines = await opened({ query: '?kinds=stocks,machines' })
    assert.deepEqual([machines.status, machines.problem.reason], [403, 'Forbidden'])
  })

  it('has five places for one caller', async () => {
    const five = await Promise.all(Array.from({ length: 5 }, () => opened({ query: '?kinds=stocks' })))
    assert.deepEqual(
      five.map(({ status }) => status),
      [200, 200, 200, 200, 200],
    )
    const { status, problem } = await opened({ query: '?kinds=stocks' })
    assert.deepEqual([status, problem.reason], [429, 'TooManyRequests'])
    five[0]!.hangUp()
    await until(
      'a place',
      10_000,
      async () => (await opened({ query: '?kinds=stocks' })).status === 200 || undefined,
      500,
    )
  })

  it('ends with a word when its gateway does, which it does not hold up', async () => {
    const live = await Promise.all([opened(), opened({ query: '?kinds=stocks' })])
    for (const { hear } of live) await hear('list', listed)
    await site.gateway.stop() // by SIGTERM; killed where the grace is not enough, and then there is no last word
    for (const listener of live) {
      await until('end', 5_000, async () => listener.ended || undefined)
      const { event, data } = listener.heard.at(-1)!
      assert.deepEqual([event, data.reason], ['end', 'Stopping'])
    }
    assert.ok(site.gateway.logs().some(({ message }) => message === 'stopped'))
  })
})
