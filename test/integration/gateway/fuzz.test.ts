import assert from 'node:assert/strict'
import { settledReport } from '../../../hack/audit/settled-report.ts'
import { integrationTables } from '../../../operator/infrastructure/postgres/integration-tables.ts'
import { migrate } from '../../../operator/infrastructure/postgres/migrate.ts'
import { type GatewaySite, gatewaySite } from '../../fixtures/gateway-site.ts'
import { type HistoryDatabase, historyDatabase } from '../../fixtures/history-database.ts'
import { aHistoryRow } from '../../fixtures/history-rows.ts'
import { note } from '../../fixtures/note.ts'
import { type ContractDocument, fuzz, isStream } from '../../fixtures/schemathesis.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'

const namespace = 'gateway-fuzz'
const stocks = '/virtual-stock/stocks'
const seed = Number(process.env['KBNT_SEED'] ?? Date.now() % 1_000_000)
const seconds = Number(process.env['KBNT_FUZZ_SECONDS'] ?? 45)
/** So many that its own limits refuse nobody. */
const unlimited = { requestsPerSecond: 100_000, readsPerSecond: 100_000, writesPerSecond: 100_000 }
const machine = {
  apiVersion: 'kbnt.io/v1beta1',
  kind: 'VirtualMachine',
  metadata: { name: 'web-1', namespace },
  spec: { cpu: 1, memory: '1Gi', disk: '10Gi', pool: 'nowhere', provider: 'Simulated' },
}

describe(`every operation of the contract, asked for well and badly (KBNT_SEED=${seed})`, function () {
  this.timeout((seconds + 120) * 1_000)
  let site: GatewaySite
  let shop: string
  let document: ContractDocument
  let past: HistoryDatabase

  before(async () => {
    past = await historyDatabase((await testbed().ownPostgres()).url)
    const client = await past.pool.connect()
    await migrate(client, integrationTables).finally(() => client.release(true))
    site = await gatewaySite(namespace, {
      kafka: { brokers: [await testbed().kafka()], createTopics: true },
      databases: { past: { url: past.url, serves: 'flows', allowUnencrypted: true } },
      orders: { payments: { till: { adapter: 'none' } } },
      gateway: { port: 0, ...unlimited, logs: { enabled: true }, historyDatabase: 'past', consumptionDatabase: 'past' },
    })
    shop = await site.tokenOf('shop', ['get', 'list', 'create', 'patch'])
    const { kubectl, gateway } = site
    const machines = [
      '--verb=get,list,create,delete,patch',
      '--resource=vmachines.kbnt.io,vrequests.kbnt.io,orders.kbnt.io',
    ]
    await kubectl('-n', namespace, 'create', 'role', 'machines', ...machines)
    const subject = `--serviceaccount=${namespace}:shop`
    await kubectl('-n', namespace, 'create', 'rolebinding', 'machines', '--role=machines', subject)
    const rules = [{ apiGroups: ['kbnt.io'], resources: ['logs'], verbs: ['create'] }]
    const logs = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: 'logs', namespace },
      rules,
    }
    assert.equal((await testbed().kubectl(['apply', '-f', '-'], logs)).code, 0)
    await kubectl('-n', namespace, 'create', 'rolebinding', 'logs', '--role=logs', subject)
    const { code, stderr } = await testbed().kubectl(['apply', '-f', '-'], machine)
    assert.equal(code, 0, stderr)
    document = (await gateway.call('GET', '/openapi.json')).body
  })
  after(async () => {
    await site?.dispose()
    await past?.close()
  })

  const made = async (path: string, body: object, name: string): Promise<string> => {
    const answer = await site.gateway.call('POST', path, { token: shop, body })
    assert.ok(answer.status < 300, JSON.stringify(answer.body))
    return answer.body[name]
  }

  const placed = async (): Promise<string> => {
    const payment = { method: 'cash', provider: 'till', amount: { amount: '1.00', currency: 'EUR' } }
    const body = { items: [{ stockId: 'cup', quantity: 1 }], payment }
    const { call } = site.gateway
    const answer = await call('POST', '/orders', { token: shop, body, headers: { 'idempotency-key': 'first' } })
    assert.equal(answer.status, 202, JSON.stringify(answer.body))
    return answer.body.orderName
  }

  it('is answered as the contract says, and never by a fault of ours', async () => {
    const stockId = await made(stocks, { productId: 'cup', quantity: 1_000_000 }, 'stockId')
    const other = await made(stocks, { productId: 'plate', quantity: 1_000_000 }, 'stockId')
    const reservationId = await made(`${stocks}/cup/reserve`, { quantityToReserve: 1, ttl: '1h' }, 'reservationId')
    const orderName = await placed()
    const asked = { type: 'DELETE_VIRTUAL_MACHINE', specifications: { originalMessageId: 'none' } }
    const line = { level: 'INFO', service: 'till', message: 'open' }
    await until('topics of logs', 60_000, async () => {
      const { status } = await site.gateway.call('POST', '/logs', { token: shop, body: { entries: [line] } })
      return status === 202 || undefined
    })
    const requestName = await made('/virtualize', asked, 'requestId')
    for (const name of [stockId, other]) {
      const path = ['virtualstocks.kbnt.io', name, '-o', 'jsonpath={.metadata.uid}']
      const stock = await site.kubectl('-n', namespace, 'get', ...path)
      await past.store.store([aHistoryRow({ stock, namespace, name, atMs: Date.now() })])
    }
    const { passed, output } = await fuzz({
      ...{ document, url: site.gateway.url(), token: shop, seed, seconds },
      known: {
        ...{ namespace: [namespace], stockId: [stockId, other], reservationId: [reservationId], stock: [stockId] },
        ...{
          machineId: ['web-1'],
          requestName: [requestName],
          orderName: [orderName],
          prefer: ['wait=1', 'wait=0'],
          minPosition: ['rsv:1'],
        },
      },
    })
    assert.ok(passed, output)
    note(`schemathesis: ${/\d+ generated, .*$/m.exec(output)?.[0]}, seed ${seed}`)
  })

  it('has reached what it is about at least once', async () => {
    const metrics = await site.gateway.metrics()
    const done = new Set(
      [...metrics.matchAll(/^http_requests_total\{method="(\w+)",route="(\S+)",status="(?:2..|409)"/gm)].map(callOf),
    )
    const all = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods)
        .filter((method) => !isStream(methods[method]))
        .map((method) => `${method.toUpperCase()} /api/v1${path}`),
    )
    assert.deepEqual(
      all.filter((call) => !done.has(call)),
      [],
    )
    assert.doesNotMatch(metrics, /http_requests_total\{[^}]*status="500"/)
  })

  it('leaves books that close', async () => {
    const sources = { kubeconfig: testbed().kubeconfigPath, namespace, kafkaBrokers: [], auditTopic: '' }
    const { lines, findings } = await settledReport(sources, 60_000)
    assert.deepEqual(findings, [], lines.join('\n'))
  })
})

function callOf([, method, route]: readonly string[]): string {
  return `${method} ${route}`
}
