import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { TopicMessage } from '../../../operator/application/event/publisher.ts'
import type { Posted } from '../../../operator/application/gateway/requests/request-topic.ts'
import type { KafkaConnection } from '../../../operator/infrastructure/kafka/connection.ts'
import { type RequestPost, requestPost } from '../../../operator/infrastructure/kafka/request-post.ts'
import { readTopics } from '../../../operator/infrastructure/kafka/topic-reader.ts'
import { createTopics } from '../../../operator/infrastructure/kafka/topics.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { quiet, realClock } from './own-kafka.ts'

const message = (key: string, bytes = 10): TopicMessage => ({
  ...{ key, value: 'x'.repeat(bytes), headers: {}, timestampMs: realClock.now() },
})

describe('requests to a topic of a real Kafka', function () {
  this.timeout(60_000)
  let connection: KafkaConnection
  let topic: string
  let post: RequestPost
  beforeEach(async () => {
    connection = { brokers: [await testbed().kafka()], clientId: 'kbnt-test' }
    topic = `requests-${randomUUID()}`
    await createTopics(connection, [{ name: topic, partitions: 2, maxMessageBytes: 20_000 }], quiet)
    post = requestPost({ connection, topic, clock: realClock, logger: quiet })
  })
  afterEach(() => post.close())

  /** Keys of messages that go to either partition. */
  async function keys(): Promise<readonly [string, string]> {
    const found = new Map<number, string>()
    for (let index = 0; found.size < 2; index += 1) {
      const posted = await post.post(message(`k-${index}`))
      if (posted.kind === 'taken') found.set(posted.partition, `k-${index}`)
    }
    return [found.get(0) ?? '', found.get(1) ?? '']
  }
  /** The first goes alone, and all others in the round after it. */
  const together = async (...messages: TopicMessage[]): Promise<Posted[]> => {
    const [, ...posted] = await Promise.all([message('first'), ...messages].map((one) => post.post(one)))
    return posted
  }
  const there = async (key: string) =>
    (await readTopics({ connection, topics: [topic], logger: quiet })).filter((record) => record.key === key).length

  it('are never said to be certainly not there where another partition alone has refused its part', async () => {
    const [one, other] = await keys()
    const before = await there(one)
    const [small, large] = await together(message(one), message(other, 50_000))
    assert.equal(await there(one), before + 1)
    assert.deepEqual([small?.kind, large?.kind], ['unknown', 'unknown'])
  })

  it('are certainly not there where their partition has refused all of them', async () => {
    const posted = await post.post(message('large', 50_000))
    assert.deepEqual([posted.kind, await there('large')], ['away', 0])
  })

  it('go in rounds that a topic takes, however many wait', async () => {
    const many = Array.from({ length: 40 }, (_, index) => message(`m-${index}`, 15_000))
    await createTopics(connection, [{ name: `${topic}-2`, partitions: 1, maxMessageBytes: 600_000 }], quiet)
    await post.close()
    post = requestPost({ connection, topic: `${topic}-2`, clock: realClock, logger: quiet })
    assert.deepEqual([...new Set((await together(...many)).map(({ kind }) => kind))], ['taken'])
  })
})
