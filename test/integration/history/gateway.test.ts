import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import type { Postgres } from '../../../hack/testbed/postgres.ts'
import { runProgram } from '../../../hack/testbed/run-program.ts'
import { createTopics } from '../../../operator/infrastructure/kafka/topics.ts'
import { type GatewaySite, gatewaySite } from '../../fixtures/gateway-site.ts'
import { type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'
import { quiet } from '../kafka/own-kafka.ts'

const namespace = 'history-readers'

describe('the history of a stock at the gateway', function () {
  this.timeout(120_000)
  let site: GatewaySite
  let worker: OperatorProcess
  let postgres: Postgres
  let shop: string
  const topic = `events-${randomUUID().slice(0, 8)}`

  before(async function () {
    this.timeout(240_000)
    const brokers = await testbed().kafka()
    await createTopics({ brokers: [brokers], clientId: 'test' }, [topic, `${topic}-dead`].map(small), quiet)
    postgres = await testbed().ownPostgres()
    const databases = { past: { url: postgres.url, serves: 'flows', allowUnencrypted: true } }
    const events = { profile: 'flat', flatTopic: topic }
    const gateway = { historyDatabase: 'past' }
    site = await gatewaySite(namespace, { kafka: { brokers: [brokers] }, events, databases, gateway })
    worker = operatorProcess({
      ...{ kubeconfigPath: testbed().kubeconfigPath, namespaces: ['nobodys'], until: 'started' },
      runs: 'worker',
      kafkaBrokers: brokers,
      settings: {
        databases,
        worker: {
          ...{ flows: ['history'], database: 'past' },
          history: { topics: [topic], group: topic, deadLetterTopic: `${topic}-dead` },
        },
      },
    })
    await worker.start()
    shop = await site.tokenOf('shop', ['get', 'list', 'watch', 'create', 'patch', 'actfor'])
  })
  after(async () => {
    await worker?.dispose()
    await site?.dispose()
  })
  const small = (name: string) => ({ name, partitions: 2 })
  const call = (method: string, path: string, body?: object) =>
    site.gateway.call(method, `/virtual-stock/stocks${path}`, { token: shop, ...(body && { body }) })
  const reserve = async (quantityToReserve: number) =>
    assert.equal((await call('POST', '/cup/reserve', { quantityToReserve })).status, 200)
  /** Once it knows of so many decisions. */
  const historyUpTo = (sequence: number, query = '') =>
    until(`decision ${sequence}`, 60_000, async () => {
      const { status, body } = await call('GET', `/cup/history${query}`)
      return status === 200 && body.upTo.sequence >= sequence ? body : undefined
    })

  it('is what the books have been, up to what they are now', async () => {
    assert.equal((await call('POST', '', { stockId: 'cup', productId: 'tea cup', quantity: 10 })).status, 201)
    await reserve(2)
    await reserve(3)
    assert.equal((await call('PUT', '/cup/quantity', { newQuantity: 20 })).status, 200)
    const { points, upTo, uid, ...names } = await historyUpTo(4, '?step=15m')
    assert.deepEqual([names.stockId, names.productId, names.stepSeconds], ['cup', 'tea cup', 900])
    assert.equal(
      uid,
      await site.kubectl('-n', namespace, 'get', 'virtualstocks.kbnt.io', 'cup', '-o', 'jsonpath={.metadata.uid}'),
    )
    const soon = new Date(Date.parse(upTo.at) + 1_000).toISOString()
    const seconds = await historyUpTo(
      4,
      `?to=${soon}&from=${new Date(Date.parse(soon) - 600_000).toISOString()}&step=1s`,
    )
    const { at, ...last } = seconds.points.at(-1)
    assert.equal(at, soon)
    assert.deepEqual(last, { sequence: 4, quantity: 20, reserved: 5, confirmed: 0, available: 15 })
    assert.ok(points.length <= 97)
    const seen = seconds.points.map(({ sequence }: { sequence: number }) => sequence)
    assert.deepEqual(
      seen,
      seen.toSorted((a: number, b: number) => a - b),
    )
  })

  it('is for whoever may read the stock', async () => {
    const guest = await site.tokenOf('guest', ['create'])
    const { status } = await site.gateway.call('GET', '/virtual-stock/stocks/cup/history', { token: guest })
    assert.equal(status, 403)
    const { status: unknown, body } = await site.gateway.call('GET', '/virtual-stock/stocks/none/history', {
      token: shop,
    })
    assert.deepEqual([unknown, body.reason], [404, 'NotFound'])
    const { status: wrong, body: said } = await call('GET', '/cup/history?step=10ms&from=yesterday')
    assert.deepEqual(
      [wrong, said.errors.map(({ pointer }: { pointer: string }) => pointer).toSorted()],
      [...[400, ['from', 'step']]],
    )
  })

  it('is as the live books are, also when it is built anew', async () => {
    const { exitCode, stdout, stderr } = await runProgram({
      command: process.execPath,
      arguments: [
        ...[join(projectDirectory, 'hack/replay.ts'), '--to', postgres.url, '--topic', topic],
        ...['--kafka-brokers', await testbed().kafka(), '--namespace', namespace],
        ...['--kubeconfig', testbed().kubeconfigPath],
      ],
    })
    assert.equal(exitCode, 0, stdout + stderr)
    assert.match(stdout, /1 of 1 stocks are as their books are/)
    await reserve(1)
    await historyUpTo(5)
  })

  it('is there when the stock is gone', async () => {
    await site.kubectl('-n', namespace, 'delete', 'reservations.kbnt.io', '--all', '--wait=false')
    await site.kubectl('-n', namespace, 'delete', 'virtualstocks.kbnt.io', 'cup')
    assert.equal((await call('GET', '/cup')).status, 404)
    assert.equal((await historyUpTo(6)).productId, 'tea cup')
  })

  it('is 503 while its database is away, and comes back with it; nothing was found wrong', async () => {
    assert.doesNotMatch(await worker.metrics(), /^kbnt_history_findings_total\{/m)
    await postgres.kill()
    const { status, body, headers } = await call('GET', '/cup/history')
    assert.deepEqual([status, body.reason, headers.get('retry-after')], [503, 'DatabaseAway', '5'])
    await postgres.start()
    await historyUpTo(5)
  })
})
