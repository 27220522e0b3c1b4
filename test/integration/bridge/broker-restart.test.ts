import assert from 'node:assert/strict'
import type { Kafka } from '../../../hack/testbed/kafka.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'
import { type BridgeSite, bridgeSite, typeOf } from './bridge-site.ts'

describe('The bridge before a Kafka that goes and comes back', function () {
  this.timeout(120_000)
  let kafka: Kafka
  let site: BridgeSite
  before(async () => {
    kafka = await testbed().ownKafka()
    site = await bridgeSite({ connection: { brokers: kafka.brokers.split(','), clientId: 'test' } })
  })
  after(() => site?.end())

  it('says so meanwhile, and goes on with the same consumers afterwards', async () => {
    const topic = await site.topic()
    await site.send(topic, 'text', { value: 'a' })
    const path = await site.consumer(topic, { format: 'text' })
    await site.read(path, 'text', 1)
    await site.post(`${path}/offsets`)
    await kafka.stop()
    const { status, body } = await site.get(`/topics/${topic}`)
    assert.equal(status, 500)
    assert.ok(body.message.length > 0)
    await kafka.start()
    await until('a record that is sent', 60_000, async () => {
      const sent = await site.send(topic, 'text', { value: 'b' }).catch(() => undefined)
      return sent?.body.offsets?.[0]?.offset === undefined ? undefined : true
    })
    const again = await until('the record', 60_000, async () => {
      const answer = await site.get(`${path}/records?timeout=1000`, { accept: typeOf('text') })
      return answer.status === 200 && answer.body.length > 0 ? answer.body : undefined
    })
    assert.deepEqual([again[0].value, again[0].offset], ['b', 1])
  })
})
