import assert from 'node:assert/strict'
import { Partitioners, type Producer } from 'kafkajs'
import { kafkaClient } from '../../../operator/infrastructure/kafka/connection.ts'
import { createTopics } from '../../../operator/infrastructure/kafka/topics.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'
import { quiet } from '../kafka/own-kafka.ts'
import { type FlowSite, firstDone, flowSite } from './flow-site.ts'
import { byKey, ids, inOrder, numbered } from './numbered.ts'

const WEEK_MS = 604_800_000

/** The next version may read one more topic, and write headers that this one has never heard of. */
describe('a version and the next one in one group', function () {
  this.timeout(240_000)
  let site: FlowSite
  let producer: Producer
  afterEach(async () => {
    await site.end()
    await producer?.disconnect()
  })

  it('share its partitions while one takes the place of the other, lose nothing and keep the order of each key', async () => {
    const connection = { brokers: [await testbed().kafka()], clientId: 'test' }
    site = await flowSite(connection)
    const [topic = ''] = site.options.topics
    const added = `${topic}-added`
    await createTopics(connection, [{ name: added, partitions: 3, retentionMs: WEEK_MS }], quiet)
    const { kafka } = kafkaClient(connection, { requestTimeoutMs: 10_000, retry: { retries: 12 } }, quiet)
    producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
    await producer.connect()
    const [before, between, after] = [
      numbered(300),
      numbered(600)
        .slice(300)
        .map((one) => ({ ...one, headers: { kbnt_of_times_to_come: 'x' } })),
      numbered(900).slice(600),
    ] as const
    const ofTheNext = Array.from({ length: 30 }, (_, index) => `added-${index}`)

    const old = [site.member(), site.member()]
    await site.untilIn(...old)
    await site.send(before)
    const next = [site.member(undefined, { topics: [topic, added] })]
    await producer.send({
      topic: added,
      messages: ofTheNext.map((id) => ({ key: id, value: JSON.stringify({ id }), headers: { ce_id: id } })),
    })
    await site.send(between)
    await site.untilIn(...next)
    await old[0]?.consumer.stop(10_000)
    next.push(site.member(undefined, { topics: [topic, added] }))
    await site.send([...after, { id: 'again', key: 'alone', answers: ['retry'] }])
    await old[1]?.consumer.stop(10_000)
    await site.untilHandled()

    await until('what only the next version reads', 60_000, async () => {
      const done = new Set(ids(site.effects))
      return ofTheNext.every((id) => done.has(id)) && done.has('again') ? true : undefined
    })
    const done = firstDone(site.effects.filter(({ key = '' }) => key.startsWith('key-')))
    assert.deepEqual(byKey(done), byKey(inOrder(900)))
    assert.deepEqual(
      [...old, ...next].flatMap(({ counts }) => counts.dead),
      [],
    )
    assert.deepEqual(
      next[0]?.consumer.kept().filter((one) => one.topic === added),
      [{ topic: added, ms: WEEK_MS }],
    )
  })
})
