import assert from 'node:assert/strict'
import { type GatewaySite, gatewaySite } from '../../fixtures/gateway-site.ts'
import { until } from '../../fixtures/until.ts'

const namespace = 'gateway-keep'
const reserve = '/virtual-stock/stocks/lamp/reserve'

describe('a finished order', function () {
  this.timeout(120_000)
  let site: GatewaySite
  let token = ''

  before(async () => {
    site = await gatewaySite(namespace, { retention: { finishedAfter: '1s' } })
    token = await site.tokenOf('shop', ['*'])
    const { status } = await site.gateway.call('POST', '/virtual-stock/stocks', {
      ...{ token, body: { productId: 'lamp', quantity: 10 } },
    })
    assert.equal(status, 201)
  })

  after(() => site.dispose())

  async function ordered(key?: string): Promise<string> {
    const headers = key === undefined ? {} : { 'idempotency-key': key }
    const held = await site.gateway.call('POST', reserve, { token, headers, body: { quantityToReserve: 1 } })
    assert.equal(held.status, 200)
    const { status } = await site.gateway.call('POST', `/reservations/${held.body.reservationId}/release`, { token })
    assert.equal(status, 200)
    return held.body.reservationId
  }

  it('is known by its key long after others of its age are deleted', async () => {
    const withKey = await ordered('order-1')
    const without = await ordered()
    await until('the other one is deleted', 90_000, async () => {
      const names = await site.kubectl('-n', namespace, 'get', 'reservations', '-o', 'name')
      return !names.includes(without) || undefined
    })
    const again = await site.gateway.call('POST', reserve, {
      ...{ token, headers: { 'idempotency-key': 'order-1' }, body: { quantityToReserve: 1 } },
    })
    assert.deepEqual([again.status, again.body.reason, again.body.reservationId], [409, 'ReleasedByClient', withKey])
    assert.match(await site.operator.metrics(), /^kbnt_orders_kept 1$/m)
    assert.match(await site.operator.metrics(), /^kbnt_orders_kept_seconds 3600$/m)
  })
})
