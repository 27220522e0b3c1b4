import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { Kafka, logLevel } from 'kafkajs'
import type { Delivery, TopicMessage } from '../../../operator/application/event/publisher.ts'
import type { Logger } from '../../../operator/application/logger.ts'
import type { KafkaConnection } from '../../../operator/infrastructure/kafka/connection.ts'
import {
  type KafkaPublisher,
  type KafkaPublisherOptions,
  kafkaPublisher,
} from '../../../operator/infrastructure/kafka/kafka-publisher.ts'
import { readTopics } from '../../../operator/infrastructure/kafka/topic-reader.ts'
import { createTopics } from '../../../operator/infrastructure/kafka/topics.ts'
import { aMessage, messages, publisherContract } from '../../contracts/publisher.contract.ts'
import { until } from '../../fixtures/until.ts'
import { type OwnKafka, ownKafka, quiet, realClock } from './own-kafka.ts'

/** The lines of warnings and news, to see that each is written once. */
function recordingLogger(): { logger: Logger; lines: string[] } {
  const lines: string[] = []
  const keep = (message: string) => lines.push(message)
  return { logger: { ...quiet, info: keep, warn: keep, error: keep, child: () => quiet }, lines }
}

describe('kafkaPublisher', function () {
  this.timeout(120_000)
  let kafka: OwnKafka
  const open: KafkaPublisher[] = []

  before(async () => {
    kafka = await ownKafka()
  })
  afterEach(() => {
    kafka.signal('SIGCONT') // one that fails in between leaves it to the others
    return Promise.all(open.splice(0).map((publisher) => publisher.close()))
  })
  after(() => kafka.end())

  async function newTopic(partitions = 1): Promise<string> {
    const name = `test-${randomUUID()}`
    await createTopics(kafka.plain, [{ name, partitions }], quiet)
    return name
  }
  async function topicTaking(maxBytes: number): Promise<string> {
    const topic = `small-${randomUUID()}`
    const admin = new Kafka({ brokers: [...kafka.plain.brokers], logLevel: logLevel.NOTHING }).admin()
    await admin.connect()
    const configEntries = [{ name: 'max.message.bytes', value: String(maxBytes) }]
    const topics = [{ topic, numPartitions: 1, replicationFactor: 1, configEntries }]
    await admin.createTopics({ waitForLeaders: false, topics }) // else it fails where the broker is slow to know of it
    await until('its leader', 10_000, () => admin.fetchTopicMetadata({ topics: [topic] }).catch(() => undefined))
    await admin.disconnect()
    return topic
  }
  function publisher(
    options: Partial<KafkaPublisherOptions> = {},
    connection: KafkaConnection = kafka.plain,
  ): KafkaPublisher {
    const made = kafkaPublisher({ connection, clock: realClock, logger: quiet, ...options })
    open.push(made)
    return made
  }
  async function untilAcknowledged(
    subject: KafkaPublisher,
    topic: string,
    batch: readonly TopicMessage[],
  ): Promise<void> {
    while ((await subject.publish([{ topic, messages: batch }]))[0]?.kind !== 'acknowledged');
  }
  async function read(topic: string): Promise<TopicMessage[]> {
    const records = await readTopics({ connection: kafka.plain, topics: [topic], logger: quiet })
    return records.map(({ key, value, headers, timestampMs }) => ({ key, value, headers, timestampMs }))
  }

  publisherContract('kafkaPublisher', async () => ({
    publisher: publisher(),
    topics: [await newTopic(), await newTopic()],
    refusing: `missing-${randomUUID()}`,
    read,
    end: async () => undefined,
  }))

  it("puts a key into the partition that Java's default partitioner computes", async () => {
    const topic = await newTopic(7)
    // murmur2 of the key as Kafka's own tests have it, without its sign bit, modulo 7
    const want: Record<string, number> = { '21': 1, foobar: 4, 'a-little-bit-long-string': 1, abc: 4 }
    const hashes: Record<string, number> = {
      '21': -973932308,
      foobar: -790332482,
      'a-little-bit-long-string': -985981536,
      abc: 479470107,
    }
    for (const key of Object.keys(want)) want[key] = ((hashes[key] as number) & 0x7fffffff) % 7
    await publisher().publish([{ topic, messages: Object.keys(want).map((key, index) => aMessage(index, { key })) }])
    const records = await readTopics({ connection: kafka.plain, topics: [topic], logger: quiet })
    assert.deepEqual(Object.fromEntries(records.map(({ key, partition }) => [key, partition])), want)
  })

  it('says which topic does not exist and goes on publishing to the others', async () => {
    const topic = await newTopic()
    const subject = publisher()
    const [refused] = await subject.publish([{ topic: 'nowhere', messages: messages(1) }])
    const reason = 'the topic does not exist'
    assert.deepEqual(refused, { kind: 'refused', reason, tooLarge: false, ofMessages: false })
    assert.deepEqual(await subject.publish([{ topic, messages: messages(1) }]), [{ kind: 'acknowledged' }])
    assert.equal(subject.reachability().kind, 'reachable')
  })

  it('has rounds not wait for what is tried beside them', async () => {
    const topic = await newTopic()
    const subject = publisher()
    await subject.publish([{ topic, messages: messages(1) }])
    const answered: string[] = []
    const trial = subject
      .publish([{ topic: 'nowhere', messages: messages(1) }], 'trials')
      .then(([answer]) => answered.push(`trial ${answer?.kind}`))
    for (let round = 1; round <= 3; round += 1) {
      const [answer] = await subject.publish([{ topic, messages: messages(1, round) }])
      answered.push(`round ${answer?.kind}`)
    }
    await trial
    assert.deepEqual(answered, [...Array(3).fill('round acknowledged'), 'trial refused'])
    assert.deepEqual(await read(topic), messages(4))
  })

  it('refuses a message larger than the topic takes', async () => {
    const topic = await topicTaking(20_000)
    const [answer] = await publisher().publish([{ topic, messages: [aMessage(1, { value: 'x'.repeat(30_000) })] }])
    assert.ok(answer?.kind === 'refused' && answer.tooLarge)
  })

  it('sends in smaller requests, in order, what a topic takes only piecemeal', async () => {
    const topic = await topicTaking(20_000)
    const many = Array.from({ length: 100 }, (_, index) => aMessage(index, { value: `${index} ${'x'.repeat(1_000)}` }))
    assert.deepEqual(await publisher().publish([{ topic, messages: many }]), [{ kind: 'acknowledged' }])
    assert.deepEqual(await read(topic), many)
  })

  it('does not repeat the messages of a good topic each time another one refuses', async () => {
    const good = await newTopic()
    const bad = await topicTaking(2_000)
    const subject = publisher()
    const attempt = (number: number) =>
      subject.publish([
        { topic: good, messages: [aMessage(number)] },
        { topic: bad, messages: [aMessage(number, { value: 'x'.repeat(5_000) })] },
      ])
    for (const number of [1, 2, 3])
      assert.deepEqual(
        (await attempt(number)).map(({ kind }) => kind),
        ['acknowledged', 'refused'],
      )
    const numbers = (await read(good)).map(({ headers }) => headers['ce_id'])
    assert.deepEqual(
      numbers.filter((id) => id !== 'uid-1'),
      ['uid-2', 'uid-3'],
    )
  })

  it('loses nothing of the next batch when the one before arrived but its answer did not', async () => {
    const topic = await newTopic()
    const subject = publisher({ publishTimeoutMs: 500 })
    await untilAcknowledged(subject, topic, messages(3))
    kafka.signal('SIGSTOP')
    let lost: Delivery | undefined
    do [lost] = await subject.publish([{ topic, messages: messages(3, 10) }])
    while (lost?.kind === 'acknowledged') // not all its threads are stopped at once
    assert.equal(lost?.kind, 'unavailable')
    // Time for the library's own tries to end, after which it would count its numbers back and use them again.
    await new Promise((resolve) => setTimeout(resolve, 4_000))
    kafka.signal('SIGCONT')
    await untilAcknowledged(subject, topic, messages(3, 20))
    const ids = (await read(topic)).map(({ headers }) => headers['ce_id'])
    for (const { headers } of messages(3, 20))
      assert.ok(ids.includes(headers['ce_id']), `${headers['ce_id']} is missing`)
  })

  it('answers in time when the brokers are silent, says so once, and comes back by itself', async () => {
    const topic = await newTopic()
    const { logger, lines } = recordingLogger()
    const subject = publisher({ publishTimeoutMs: 1_000, logger })
    await subject.connect()
    await kafka.kill()
    const startedAt = Date.now()
    for (const _ of [1, 2])
      assert.equal((await subject.publish([{ topic, messages: messages(1) }]))[0]?.kind, 'unavailable')
    assert.ok(Date.now() - startedAt < 3_000)
    assert.equal(subject.reachability().kind, 'away')
    await kafka.start()
    await untilAcknowledged(subject, topic, messages(1))
    assert.equal(subject.reachability().kind, 'reachable')
    assert.deepEqual(
      lines.map((line) => line.replace(/(:| after) .*/, '')),
      ['Kafka answers', 'Kafka is away', 'Kafka answers again'],
    )
  })

  it('arms no timers on connections that have nothing to send', async () => {
    const topic = await newTopic()
    const subject = publisher()
    await subject.publish([{ topic, messages: messages(1) }])
    const original = globalThis.setTimeout
    let armed = 0
    globalThis.setTimeout = ((...given: Parameters<typeof setTimeout>) => {
      armed += 1
      return original(...given)
    }) as typeof setTimeout
    await new Promise((resolve) => original(resolve, 400))
    globalThis.setTimeout = original
    assert.ok(armed < 5, `${armed} timers in 400 ms`)
  })

  it('writes over TLS with a password, and reads a changed password file at the next login', async () => {
    const topic = await newTopic()
    assert.deepEqual(await publisher({}, kafka.secure).publish([{ topic, messages: messages(1) }]), [
      { kind: 'acknowledged' },
    ])
    const subject = publisher({}, kafka.secure)
    await writeFile(kafka.passwordFile, 'wrong')
    const [refused] = await subject.publish([{ topic, messages: messages(1) }])
    assert.equal(refused?.kind, 'unavailable')
    assert.ok(!JSON.stringify(refused).includes('wrong'))
    await writeFile(kafka.passwordFile, 'correct-horse')
    assert.deepEqual(await subject.publish([{ topic, messages: messages(1) }]), [{ kind: 'acknowledged' }])
  })

  it('does not talk to brokers whose certificate it cannot check', async () => {
    const { ssl: _ours, ...rest } = kafka.secure
    const [answer] = await publisher({}, { ...rest, ssl: {} }).publish([{ topic: 'ready', messages: messages(1) }])
    assert.ok(answer?.kind === 'unavailable' && /certificate/.test(answer.reason), JSON.stringify(answer))
  })
})
