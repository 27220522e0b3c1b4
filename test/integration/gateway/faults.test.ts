import assert from 'node:assert/strict'
import { settledReport } from '../../../hack/audit/settled-report.ts'
import type { HttpAnswer } from '../../fixtures/gateway-process.ts'
import { type GatewaySite, gatewaySite } from '../../fixtures/gateway-site.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'

const namespace = 'gateway-faults'
const stocks = '/virtual-stock/stocks'
const ORDERS = 100

describe('the gateway in trouble', function () {
  this.timeout(120_000)
  let site: GatewaySite
  let shop: string

  before(async () => {
    site = await gatewaySite(namespace, { gateway: { port: 0, writesPerSecond: 1_000 } })
    shop = await site.tokenOf('shop', ['get', 'list', 'create', 'patch'])
    await site.gateway.call('POST', stocks, { token: shop, body: { productId: 'seat', quantity: 500 } })
  })
  after(() => site?.dispose())

  const order = (key: string) =>
    site.gateway.call('POST', `${stocks}/seat/reserve`, {
      ...{ token: shop, body: { quantityToReserve: 1 } },
      headers: { 'idempotency-key': key, prefer: 'wait=60' },
    })
  const waiting = async () => Number(/^kbnt_gateway_waiting (\d+)/m.exec(await site.gateway.metrics())?.[1])

  /** Sends orders that nobody decides, and resolves when all of them are stored and wait. */
  async function hundredThatWait(name: string): Promise<readonly Promise<HttpAnswer | 'cut'>[]> {
    const answers = Array.from({ length: ORDERS }, (_, index) => order(`${name}-${index}`).catch(() => 'cut' as const))
    await until('orders that wait', 30_000, async () => (await waiting()) >= ORDERS || undefined)
    return answers
  }

  it('answers those who wait that nothing is decided yet when it is told to end, and holds for them what it has stored', async () => {
    site.operator.signal('SIGSTOP')
    try {
      const answers = await hundredThatWait('told')
      await site.gateway.stop()
      for (const answer of await Promise.all(answers)) {
        assert.ok(answer !== 'cut')
        assert.equal(answer.status, 202, JSON.stringify(answer.body))
        assert.match(answer.headers.get('location') ?? '', /^\/api\/v1\/reservations\/r-/)
      }
    } finally {
      site.operator.signal('SIGCONT')
    }
    await site.gateway.start()
    const again = await Promise.all(Array.from({ length: ORDERS }, (_, index) => order(`told-${index}`)))
    assert.deepEqual(new Set(again.map(({ status }) => status)), new Set([200]))
  })

  it('does everything once when it is killed while a hundred wait, and the same keys are sent again', async () => {
    site.operator.signal('SIGSTOP')
    try {
      const answers = await hundredThatWait('killed')
      await site.gateway.kill()
      assert.deepEqual(new Set(await Promise.all(answers)), new Set(['cut']))
    } finally {
      site.operator.signal('SIGCONT')
    }
    await site.gateway.start()
    const again = await Promise.all(Array.from({ length: ORDERS }, (_, index) => order(`killed-${index}`)))
    assert.deepEqual(new Set(again.map(({ status }) => status)), new Set([200]))
    const { body } = await site.gateway.call('GET', `${stocks}/seat?consistent=true`, { token: shop })
    assert.deepEqual([body.reserved, body.available], [2 * ORDERS, 500 - 2 * ORDERS])
  })

  it('takes no orders while no operator leads, and goes on with the next one', async () => {
    await site.operator.stop()
    const refused = await until('an order that is not taken', 30_000, async () => {
      const answer = await site.gateway.call('POST', `${stocks}/seat/reserve`, {
        ...{ token: shop, body: { quantityToReserve: 1 } },
        headers: { prefer: 'wait=1' },
      })
      return answer.status === 503 ? answer : undefined
    })
    assert.equal(refused.body.reason, 'NobodyLeads')
    assert.ok(Number(refused.headers.get('retry-after')) >= 1)
    const known = await order('told-1')
    assert.deepEqual(
      [known.status, known.headers.get('idempotent-replayed')],
      [200, 'true'],
      'what is decided can be told',
    )
    const read = await site.gateway.call('GET', `${stocks}/seat`, { token: shop })
    assert.equal(read.status, 200)
    await site.operator.start()
    await until('an order that is taken', 30_000, async () => (await order('after')).status === 200 || undefined)
  })

  it('leaves books that close', async () => {
    const sources = { kubeconfig: testbed().kubeconfigPath, namespace, kafkaBrokers: [], auditTopic: '' }
    const { lines, findings, unfinished } = await settledReport(sources, 60_000)
    assert.deepEqual([findings, unfinished], [[], 0], lines.join('\n'))
  })
})
