import assert from 'node:assert/strict'
import { type GuardedKafka, guardedByChart } from '../kafka/guarded-by-chart.ts'
import { type BridgeSite, bridgeSite } from './bridge-site.ts'

const values = 'cluster.create=false,logs.enabled=true,bridge.enabled=true,bridge.writeTopics={order-events}'
const [mine, others, lines] = ['order-events', 'stock-audit-logs', 'audit-logs'] as const

/** The calls of a bridge are those of the stand-in: what Kafka asks of its user is the same. */
describe('The user of a bridge in kbnt-kafka, at a real Kafka that asks what it may', function () {
  this.timeout(120_000)
  let kafka: GuardedKafka
  let site: BridgeSite
  before(async () => {
    kafka = await guardedByChart(['--set', values])
    site = await bridgeSite({ connection: kafka.as('kbnt-bridge') })
  })
  after(async () => {
    await site?.end()
    await kafka?.end()
  })

  it('writes what it may, reads it as a group that it may be in, and describes it', async () => {
    const { body } = await site.send(mine, 'text', { key: 'shop/grinder', value: 'one' })
    assert.equal(body.offsets[0].offset, 0)
    const path = await site.consumer(mine, { group: 'bridge-shop', format: 'text' })
    assert.equal((await site.read(path, 'text', 1))[0].value, 'one')
    assert.equal((await site.post(`${path}/offsets`)).status, 204)
    assert.equal((await site.get(`/topics/${others}`)).status, 200)
  })

  it('sees of the topics those that it may read, and not what programs log', async () => {
    const { body } = await site.get('/topics')
    assert.ok(body.includes(others))
    assert.ok(!body.includes(lines))
  })

  it('writes nothing else, and is in no group of somebody else', async () => {
    assert.equal(await kafka.sent('kbnt-operator', others), 'acknowledged')
    const { body } = await site.send(others, 'text', { value: 'forged' })
    assert.equal(body.offsets[0].error_code, 500)
    assert.match(body.offsets[0].message, /not authorized/i)
    await assert.rejects(kafka.firstRead('kbnt-bridge', 'kbnt-alerts', others), /not authorized|coordinator/i)
  })
})
