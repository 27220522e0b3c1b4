import assert from 'node:assert/strict'
import { settledReport } from '../../../hack/audit/settled-report.ts'
import { type GatewayProcess, gatewayProcess } from '../../fixtures/gateway-process.ts'
import { type GatewaySite, gatewaySite } from '../../fixtures/gateway-site.ts'
import { type Counter, orderUntil } from '../../fixtures/kept-connections.ts'
import { type Backend, type RoundRobin, roundRobin } from '../../fixtures/round-robin.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'

const namespace = 'gateway-rollout'
const settings = { gateway: { port: 0, writesPerSecond: 1_000 } }
const CLIENTS = 6

interface Member {
  readonly process: GatewayProcess
  readonly backend: Backend
}

describe('a rollout of the gateway behind what a Service is', function () {
  this.timeout(180_000)
  let site: GatewaySite
  let service: RoundRobin
  let shop: string
  const started: GatewayProcess[] = []

  before(async () => {
    site = await gatewaySite(namespace, settings)
    shop = await site.tokenOf('shop', ['get', 'list', 'create', 'patch'])
    const seats = { productId: 'seat', quantity: 1_000_000 }
    const { status } = await site.gateway.call('POST', '/virtual-stock/stocks', { token: shop, body: seats })
    assert.equal(status, 201)
    service = await roundRobin()
  })
  after(async () => {
    await service?.close()
    await Promise.all(started.map((gateway) => gateway.dispose()))
    await site?.dispose()
  })

  /** As a pod that is started and found ready. */
  async function join(): Promise<Member> {
    const process = gatewayProcess({
      kubeconfigPath: await testbed().kubeconfigFor(`${namespace}-gateway`),
      ...{ namespaces: [namespace], settings },
      environment: { KUBERNETES_SERVICE_HOST: '127.0.0.1' }, // so it takes calls for a while when it ends
    })
    started.push(process)
    await process.start()
    const ready = async () => (await process.health('/readyz')).status === 200
    const backend = { port: Number(new URL(process.url()).port), ready }
    service.add(backend)
    await until('a ready gateway', 30_000, async () => (await ready()) || undefined)
    return { process, backend }
  }

  it('costs nobody a call, and makes every order once', async () => {
    const [first, second] = [await join(), await join()]
    const over = new AbortController()
    const counter: Counter = { origin: `http://127.0.0.1:${service.port}`, namespace, stock: 'seat', token: shop }
    const clients = Array.from({ length: CLIENTS }, (_, index) => orderUntil(over.signal, counter, `client-${index}`))
    for (const old of [first, second]) {
      await join()
      await old.process.stop()
      service.remove(old.backend)
    }
    over.abort()
    const orders = (await Promise.all(clients)).flat()
    assert.deepEqual(
      orders.filter(({ result }) => !/^r-[a-z2-7]+$/.test(result)),
      [],
    )
    assert.equal(service.lost(), 0)
    assert.ok(orders.length > 10 * CLIENTS, `${orders.length} orders`)
    const stored = await site.kubectl('-n', namespace, 'get', 'rsv', '-o', 'name')
    const names = orders.map(({ result }) => `reservation.kbnt.io/${result}`)
    assert.deepEqual(stored.split('\n').sort(), names.sort())
  })

  it('leaves books that close', async () => {
    const sources = { kubeconfig: testbed().kubeconfigPath, namespace, kafkaBrokers: [], auditTopic: '' }
    const { lines, findings, unfinished } = await settledReport(sources, 60_000)
    assert.deepEqual([findings, unfinished], [[], 0], lines.join('\n'))
  })
})
