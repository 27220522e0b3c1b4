import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { KafkaConnection } from '../../../operator/infrastructure/kafka/connection.ts'
import { kafkaPublisher } from '../../../operator/infrastructure/kafka/kafka-publisher.ts'
import { readTopics, tailTopics } from '../../../operator/infrastructure/kafka/topic-reader.ts'
import { createTopics, topicsFromYaml } from '../../../operator/infrastructure/kafka/topics.ts'
import { messages } from '../../contracts/publisher.contract.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { quiet, realClock } from './own-kafka.ts'

describe('topics of a real Kafka', function () {
  this.timeout(60_000)
  let connection: KafkaConnection
  before(async () => {
    connection = { brokers: [await testbed().kafka()], clientId: 'kbnt-test' }
  })

  async function filled(partitions: number): Promise<string> {
    const topic = `read-${randomUUID()}`
    await createTopics(connection, [{ name: topic, partitions }], quiet)
    const publisher = kafkaPublisher({ connection, clock: realClock, logger: quiet })
    const spread = messages(30).map((message, index) => ({ ...message, key: `shop/stock-${index}` }))
    await publisher.publish([{ topic, messages: spread }])
    await publisher.close()
    return topic
  }

  it('are created once, from the list that the project ships', async () => {
    const list = topicsFromYaml(readFileSync('config/topics.yaml', 'utf8'))
    await createTopics(connection, list, quiet) // some may be there, the servers are shared
    assert.deepEqual(await createTopics(connection, list, quiet), [])
    await readTopics({ connection, topics: list.map(({ name }) => name), logger: quiet })
  })

  it('are read to their present end, by partition and offset', async () => {
    const topic = await filled(4)
    const records = await readTopics({ connection, topics: [topic], logger: quiet })
    assert.equal(records.length, 30)
    const places = records.map(({ partition, offset }) => partition * 1_000 + Number(offset))
    assert.deepEqual(
      places,
      [...places].sort((a, b) => a - b),
    )
    assert.equal(records.find(({ key }) => key === 'shop/stock-7')?.headers['ce_id'], 'uid-7')
  })

  it('can be read while empty', async () => {
    const topic = `empty-${randomUUID()}`
    await createTopics(connection, [{ name: topic, partitions: 2 }], quiet)
    assert.deepEqual(await readTopics({ connection, topics: [topic], logger: quiet }), [])
  })

  it('make the reader fail when they are missing', async () => {
    await assert.rejects(readTopics({ connection, topics: ['nowhere'], logger: quiet }))
  })

  it('are followed from the beginning on as messages come, until the loop is left', async () => {
    const topic = await filled(1)
    const publisher = kafkaPublisher({ connection, clock: realClock, logger: quiet })
    const ids: string[] = []
    for await (const { headers } of tailTopics(
      { connection, topics: [topic], logger: quiet },
      { fromBeginning: true },
    )) {
      ids.push(headers['ce_id'] ?? '')
      if (ids.length === 30) await publisher.publish([{ topic, messages: messages(2, 30) }])
      if (ids.length === 32) break
    }
    await publisher.close()
    assert.deepEqual(
      ids,
      messages(32).map(({ headers }) => headers['ce_id']),
    )
  })

  it('stop being followed when the caller says so', async () => {
    const topic = await filled(1)
    const stop = new AbortController()
    let seen = 0
    for await (const _ of tailTopics(
      { connection, topics: [topic], logger: quiet },
      { fromBeginning: true, signal: stop.signal },
    )) {
      seen += 1
      if (seen === 30) stop.abort()
    }
    assert.equal(seen, 30)
  })
})
