import assert from 'node:assert/strict'
import { Partitioners } from 'kafkajs'
import { kafkaClient } from '../../../operator/infrastructure/kafka/connection.ts'
import { createTopics } from '../../../operator/infrastructure/kafka/topics.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'
import { quiet } from '../kafka/own-kafka.ts'
import { type FlowSite, flowSite } from './flow-site.ts'

describe('the time of a message', function () {
  this.timeout(120_000)
  let site: FlowSite
  afterEach(() => site.end())

  it('is that of its broker where the topic says so, for each record of a batch, and else its producer’s', async () => {
    site = await flowSite({ brokers: [await testbed().kafka()], clientId: 'test' })
    const { connection, topics } = site.options
    const [dated = ''] = topics
    const arrived = `${dated}-arrived`
    await createTopics(connection, [{ name: arrived, partitions: 1, appendTime: true }], quiet)
    const { kafka } = kafkaClient(connection, { requestTimeoutMs: 10_000, retry: { retries: 12 } }, quiet)
    const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
    await producer.connect()
    const before = Date.now()
    const messages = [1_000, 2_000].map((time) => ({ key: 'shop', value: 'a line', timestamp: String(time) }))
    for (const topic of [dated, arrived]) await producer.send({ topic, messages })
    await producer.disconnect()

    const seen: { readonly topic: string; readonly timestampMs: number }[] = []
    const reading = () => ({
      name: 'reading',
      async handle({ topic, timestampMs }: { readonly topic: string; readonly timestampMs: number }) {
        seen.push({ topic, timestampMs })
        return { kind: 'done' as const }
      },
    })
    site.member(reading, { topics: [dated, arrived] })
    await until('all four', 60_000, async () => (seen.length >= 4 ? true : undefined))
    const timesOf = (topic: string) => seen.filter((one) => one.topic === topic).map(({ timestampMs }) => timestampMs)
    assert.deepEqual([...new Set(timesOf(dated))], [1_000, 2_000])
    const [first = 0, second] = timesOf(arrived)
    assert.equal(second, first, 'the brokers date the batch')
    assert.ok(first >= before - 1_000, String(first))
  })
})
