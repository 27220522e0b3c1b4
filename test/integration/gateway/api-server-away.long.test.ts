import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { settledReport } from '../../../hack/audit/settled-report.ts'
import type { ApiServer } from '../../../hack/testbed/api-server.ts'
import { type GatewaySite, gatewaySite } from '../../fixtures/gateway-site.ts'
import { note } from '../../fixtures/note.ts'
import { type Supervision, supervised } from '../../fixtures/supervised.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'

const namespace = 'gateway-away'
const stocks = '/virtual-stock/stocks'
const AWAY_MS = 45_000
const ORDERS = 20

describe('the gateway whose API server is away for most of a minute', function () {
  this.timeout(240_000)
  let apiServer: ApiServer
  let site: GatewaySite
  let kubelet: Supervision
  let shop: string

  before(async () => {
    apiServer = await testbed().ownApiServer()
    const { kubeconfigPath, kubeconfigFor } = apiServer
    const ground = { kubeconfigPath, kubeconfigFor, kubectl: testbed().kubectlOf(apiServer) }
    site = await gatewaySite(namespace, { gateway: { port: 0 } }, ground)
    kubelet = supervised(site.operator) // it loses its lease and ends, as it should
    shop = await site.tokenOf('shop', ['get', 'list', 'create', 'patch'])
    await site.gateway.call('POST', stocks, { token: shop, body: { productId: 'seat', quantity: 100 } })
  })
  after(async () => {
    await kubelet?.end()
    await site?.dispose()
    await apiServer?.stop()
  })

  const read = () => site.gateway.call('GET', `${stocks}/seat`, { token: shop })
  const order = (index: number) =>
    site.gateway.call('POST', `${stocks}/seat/reserve`, {
      ...{ token: shop, body: { quantityToReserve: 1 } },
      headers: { 'idempotency-key': `order-${index}`, prefer: 'wait=5' },
    })
  const orders = () => Promise.all(Array.from({ length: ORDERS }, (_, index) => order(index)))

  it('says so, tells nothing that may have changed since, and does everything once when that is back', async () => {
    assert.equal((await read()).status, 200)
    const back = apiServer.restart(AWAY_MS)
    const refused = await until('an API server that is away', 20_000, async () => {
      const answer = await order(0)
      return answer.status === 503 ? answer : undefined
    })
    assert.ok(Number(refused.headers.get('retry-after')) >= 1)
    const meanwhile = await orders()
    const statuses = new Set(meanwhile.map(({ status }) => status))
    assert.ok(
      [...statuses].every((status) => [200, 202, 503].includes(status)),
      [...statuses].join(' '),
    )
    await pause(15_000) // what was known of the caller is too old by now, and nobody can say whose the token is
    assert.equal((await read()).status, 503)
    assert.equal((await site.gateway.health('/livez')).status, 200, 'a restart would mend nothing')
    await back

    const allHeld = async () => {
      const answers = await orders()
      return answers.every(({ status }) => status === 200) ? answers : undefined
    }
    const again = await until('orders that are all held', 60_000, allHeld, 2_000) // more often is too much for one caller
    assert.equal(new Set(again.map(({ body }) => body.reservationId)).size, ORDERS)
    const { body } = await until('a stock that is told', 30_000, async () => {
      const answer = await read()
      return answer.status === 200 && answer.body.reserved === ORDERS ? answer : undefined
    })
    assert.equal(body.available, 100 - ORDERS)
    note(`${[...statuses].join(', ')} while it was away; ${kubelet.restarts} restarts of the operator`)
  })

  it('leaves books that close', async () => {
    const sources = { kubeconfig: apiServer.kubeconfigPath, namespace, kafkaBrokers: [], auditTopic: '' }
    const { lines, findings, unfinished } = await settledReport(sources, 60_000)
    assert.deepEqual([findings, unfinished], [[], 0], lines.join('\n'))
  })
})
