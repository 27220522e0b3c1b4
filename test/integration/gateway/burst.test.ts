import assert from 'node:assert/strict'
import { settledReport } from '../../../hack/audit/settled-report.ts'
import { type GatewaySite, gatewaySite } from '../../fixtures/gateway-site.ts'
import { note } from '../../fixtures/note.ts'
import { testbed } from '../../fixtures/testbed.ts'

const namespace = 'gateway-burst'
const stocks = '/virtual-stock/stocks'

describe('two hundred at once at the gateway', function () {
  this.timeout(120_000)
  let site: GatewaySite
  let shop: string

  before(async () => {
    site = await gatewaySite(namespace, { gateway: { port: 0, writesPerSecond: 1_000 } })
    shop = await site.tokenOf('shop', ['get', 'list', 'create', 'patch'])
  })
  after(() => site?.dispose())

  it('get exactly a hundred of a hundred', async () => {
    await site.gateway.call('POST', stocks, { token: shop, body: { productId: 'ticket', quantity: 100 } })
    const startedAt = performance.now()
    const took: number[] = []
    const answers = await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        const answer = await site.gateway.call('POST', `${stocks}/ticket/reserve`, {
          ...{ token: shop, body: { quantityToReserve: 1 } },
          headers: { 'idempotency-key': `ticket-${index}`, prefer: 'wait=30' },
        })
        took.push(performance.now() - startedAt)
        return answer
      }),
    )
    const counts = Object.groupBy(answers, ({ status }) => status)
    assert.deepEqual(
      Object.entries(counts).map(([status, all]) => [status, all?.length]),
      [
        ['200', 100],
        ['409', 100],
      ],
      JSON.stringify(answers.find(({ status }) => status !== 200 && status !== 409)?.body),
    )
    took.sort((one, other) => one - other)
    note(`200 at once: P50 ${took[100]?.toFixed(0)} ms, P95 ${took[190]?.toFixed(0)} ms`)
  })

  it('leave books that close', async () => {
    const sources = { kubeconfig: testbed().kubeconfigPath, namespace, kafkaBrokers: [], auditTopic: '' }
    const { lines, findings, unfinished } = await settledReport(sources, 60_000)
    assert.deepEqual([findings, unfinished], [[], 0], lines.join('\n'))
  })
})
