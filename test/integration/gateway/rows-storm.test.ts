import assert from 'node:assert/strict'
import type { GatewayProcess, HttpAnswer } from '../../fixtures/gateway-process.ts'
import { type RowSite, rowSite } from '../../fixtures/row-site.ts'
import { until } from '../../fixtures/until.ts'

const namespace = 'row-storm'

describe('stocks whose books are in PostgreSQL, when all goes wrong', function () {
  this.timeout(60_000)
  let site: RowSite
  let shop: string

  before(async function () {
    this.timeout(120_000)
    site = await rowSite(namespace, { gateway: { writesPerSecond: 100_000, requestsPerSecond: 100_000 } })
    shop = await site.tokenOf('shop', ['get', 'list', 'create', 'patch'])
  })
  after(() => site?.dispose())

  const reserve = (name: string, key: string, gateway: GatewayProcess = site.gateway) =>
    gateway.call('POST', `/virtual-stock/stocks/${name}/reserve`, {
      token: shop,
      body: { quantityToReserve: 1 },
      headers: { 'idempotency-key': key },
    })
  const shown = ({ status, body }: HttpAnswer) => `${status} ${body.reason ?? body.phase ?? ''}`

  it('go on selling while no operator leads, and are not sold twice by two gateways', async () => {
    await site.rowStock('hot', { quantity: 100 })
    const other = await site.otherGateway()
    await site.operator.stop()
    const orders = Array.from({ length: 150 }, (_, index) => index)
    const answers = await Promise.all(
      orders.map((index) => reserve('hot', `hot-${index}`, index % 2 === 0 ? site.gateway : other)),
    )
    assert.equal(answers.filter(({ status }) => status === 200).length, 100)
    assert.equal(answers.filter((answer) => shown(answer) === '409 InsufficientStock').length, 50)
    await site.operator.start()
  })

  it('do everything once, whatever becomes of the database meanwhile', async () => {
    await site.rowStock('storm', { quantity: 60 })
    const until200 = async (key: string): Promise<HttpAnswer> => {
      for (;;) {
        const answer = await reserve('storm', key)
        if (answer.status !== 503) return answer
      }
    }
    const keys = Array.from({ length: 80 }, (_, index) => `storm-${index}`)
    const first = Promise.all(keys.slice(0, 40).map(until200))
    await site.postgres.kill()
    const second = Promise.all(keys.slice(30).map(until200))
    await until('PostgreSQL after a kill', 30_000, () =>
      site.postgres.start().then(
        () => true,
        () => undefined,
      ),
    )
    const answers = [...(await first), ...(await second)]
    const held = new Set(answers.filter(({ status }) => status === 200).map(({ body }) => body.reservationId))
    assert.equal(held.size, 60)
    const again = await Promise.all(keys.map(until200))
    assert.deepEqual(new Set(again.filter(({ status }) => status === 200).map(({ body }) => body.reservationId)), held)
    const books = await site.rows.sql(
      `SELECT s.reserved, count(*)::integer AS holds FROM kbnt.stock s JOIN kbnt.claim c ON c.stock = s.uid
        WHERE s.name = 'storm' GROUP BY s.uid`,
    )
    assert.deepEqual(books, [{ reserved: 60, holds: 60 }])
  })
})
