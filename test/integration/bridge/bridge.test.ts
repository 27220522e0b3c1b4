import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { until } from '../../fixtures/until.ts'
import { type BridgeSite, bridgeSite, typeOf } from './bridge-site.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')

describe('The bridge before a real Kafka', () => {
  let site: BridgeSite
  before(async function () {
    this.timeout(120_000)
    site = await bridgeSite()
  })
  after(() => site?.end())

  it('is healthy and ready', async () => {
    for (const path of ['/healthy', '/ready']) assert.equal((await site.get(path)).status, 200)
  })

  it('lists topics without those of Kafka itself, and describes one', async () => {
    const topic = await site.topic(2)
    await site.read(await site.consumer(topic), 'json', 0) // with which Kafka makes topics of its own
    const { body: names } = await site.get('/topics')
    assert.ok(names.includes(topic))
    assert.deepEqual(
      names.filter((name: string) => name.startsWith('__')),
      [],
    )
    const { body } = await site.get(`/topics/${topic}`)
    assert.equal(body.name, topic)
    assert.equal(body.configs['cleanup.policy'], 'delete')
    const replicas = [{ broker: 1, leader: true, in_sync: true }]
    assert.deepEqual(body.partitions, [
      { partition: 0, leader: 1, replicas },
      { partition: 1, leader: 1, replicas },
    ])
  })

  it('says that there is no such topic, when it is described and when it is sent to', async () => {
    const { status, body } = await site.get('/topics/nowhere')
    assert.equal(status, 404)
    assert.match(body.message, /does not host this topic-partition: there is no topic nowhere/)
    const sent = await site.send('nowhere', 'json', { value: 'a' }, { value: 'b' })
    assert.equal(sent.status, 200)
    assert.deepEqual(
      sent.body.offsets.map((each: { error_code: number }) => each.error_code),
      [404, 404],
    )
  })

  for (const { format, record } of [
    { format: 'json', record: { key: { order: 7 }, value: { stock: 'grinder', units: [1, 2] } } },
    { format: 'text', record: { key: 'shop/grinder', value: 'one grinder — sold' } },
    { format: 'binary', record: { key: base64('\u0000\u0001'), value: base64('\u0002\uffff') } },
  ])
    it(`gives back what was sent as ${format}, with its headers and its time`, async () => {
      const topic = await site.topic()
      const headers = [
        { key: 'ce_id', value: base64('1') },
        { key: 'ce_id', value: base64('2') },
      ]
      const given = { ...record, headers, timestamp: 1_700_000_000_000 }
      assert.deepEqual((await site.send(topic, format, given)).body, { offsets: [{ partition: 0, offset: 0 }] })
      const records = await site.read(await site.consumer(topic, { format }), format, 1)
      assert.deepEqual(records, [{ topic, ...given, partition: 0, offset: 0 }])
    })

  it('shows what is JSON in Kafka under a key that is none as text', async () => {
    const topic = await site.topic()
    await site.send(topic, 'text', { key: 'shop/grinder', value: '{"type":"io.kbnt.stock"}' })
    const [record] = await site.read(await site.consumer(topic, { format: 'text' }), 'text', 1)
    assert.equal(record.key, 'shop/grinder')
    const asJson = await site.consumer(topic, { format: 'json' })
    const refused = await until('a refusal', 30_000, async () => {
      const answer = await site.get(`${asJson}/records?timeout=1000`, { accept: typeOf('json') })
      return answer.status === 200 ? undefined : answer
    })
    assert.equal(refused.status, 406)
    assert.match(refused.body.message, /partition 0, offset 0 is no JSON, take format text or binary/)
    const next = await site.get(`${asJson}/records?timeout=500`, { accept: typeOf('json') })
    assert.deepEqual(next.body, [], 'as with the bridge, what could not be shown has been read')
  })

  it('sends to the partition that is given, to one by key where none is, and says what became of each', async () => {
    const topic = await site.topic(3)
    const [there, nowhere] = [
      { value: 'a', partition: 2 },
      { value: 'b', partition: 9 },
    ]
    const { body } = await site.send(topic, 'text', there, nowhere, there, { key: 'k', value: 'c' })
    assert.deepEqual(body.offsets[0], { partition: 2, offset: 0 })
    assert.match(body.offsets[1].message, /Partition 9 of topic bridge-\S+ with partition count 3/)
    assert.deepEqual(body.offsets[2], { partition: 2, offset: 1 })
    const again = await site.send(topic, 'text', { key: 'k', value: 'd' })
    assert.equal(again.body.offsets[0].partition, body.offsets[3].partition)
    assert.equal((await site.read(await site.consumer(topic, { format: 'text' }), 'text', 4)).length, 4)
  })

  it('sends without saying what became of it', async () => {
    const topic = await site.topic()
    const asked = { type: typeOf('text'), body: { records: [{ value: 'a' }] } }
    assert.equal((await site.post(`/topics/${topic}?async=true`, asked)).status, 204)
    assert.equal((await site.read(await site.consumer(topic, { format: 'text' }), 'text', 1))[0].value, 'a')
    const { status, body } = await site.post(`/topics/${topic}?async=perhaps`, asked)
    assert.deepEqual([status, body.validation_errors], [400, ['async is "perhaps", and may be true or false']])
  })

  it('sends tombstones, and shows them as null', async () => {
    const topic = await site.topic()
    await site.send(topic, 'binary', { key: base64('k'), value: null })
    const [record] = await site.read(await site.consumer(topic, { format: 'binary' }), 'binary', 1)
    assert.equal(record.value, null)
  })

  it('goes on behind what was committed, whoever has read more', async () => {
    const [topic, group] = [await site.topic(), randomUUID()]
    await site.send(topic, 'json', ...[1, 2, 3].map((value) => ({ value: { value } })))
    const first = await site.consumer(topic, { group })
    assert.equal((await site.read(first, 'json', 3)).length, 3)
    const offsets = [{ topic, partition: 0, offset: 2 }]
    assert.equal((await site.post(`${first}/offsets`, { body: { offsets } })).status, 204)
    assert.equal((await site.delete(first)).status, 204)
    const second = await site.consumer(topic, { group })
    assert.deepEqual(
      (await site.read(second, 'json', 1)).map(({ offset }: { offset: number }) => offset),
      [2],
    )
    assert.equal((await site.post(`${second}/offsets`)).status, 204)
    assert.equal((await site.delete(second)).status, 204)
    await site.send(topic, 'json', { value: { value: 4 } })
    const third = await site.consumer(topic, { group })
    assert.deepEqual((await site.read(third, 'json', 1))[0].value, { value: 4 })
  })

  it('commits by itself what was read when a consumer goes, unless that is not wanted', async () => {
    const [topic, group] = [await site.topic(), randomUUID()]
    await site.send(topic, 'text', { value: 'a' })
    const given = { group, format: 'text', more: { 'enable.auto.commit': true } }
    const first = await site.consumer(topic, given)
    await site.read(first, 'text', 1)
    await site.delete(first)
    await site.send(topic, 'text', { value: 'b' })
    assert.equal((await site.read(await site.consumer(topic, given), 'text', 1))[0].value, 'b')
  })

  it('shares the partitions between two members of a group', async () => {
    const [topic, group] = [await site.topic(2), randomUUID()]
    const [one, two] = await Promise.all(
      ['one', 'two'].map((name) => site.consumer(topic, { group, name, format: 'text' })),
    )
    const seen = new Map<string, Set<number>>()
    await until('a partition each', 50_000, async () => {
      await site.send(topic, 'text', { value: 'a', partition: 0 }, { value: 'b', partition: 1 })
      for (const path of [one ?? '', two ?? '']) {
        const { body } = await site.get(`${path}/records?timeout=200`, { accept: typeOf('text') })
        if (body.length > 0) seen.set(path, new Set(body.map(({ partition }: { partition: number }) => partition)))
      }
      const [first, second] = [...seen.values()]
      return first?.size === 1 && second?.size === 1 && [...first][0] !== [...second][0] ? true : undefined
    })
  }).timeout(60_000)

  it('reads a topic that came to be after it was subscribed to', async () => {
    const topic = `bridge-${randomUUID()}`
    const path = await site.consumer(topic, { format: 'text' })
    assert.deepEqual((await site.get(`${path}/records?timeout=0`, { accept: typeOf('text') })).body, [])
    await site.topic(1, topic)
    await site.send(topic, 'text', { value: 'a' })
    assert.equal((await site.read(path, 'text', 1))[0].value, 'a')
  })

  it('reads topics by pattern, in the place of what it read before, and no more when it is unsubscribed', async () => {
    const topic = await site.topic()
    await site.send(topic, 'text', { value: 'a' })
    const path = await site.consumer('not-there-yet', { format: 'text' })
    const [prefix] = topic.split('-').slice(1)
    const body = { topic_pattern: `bridge-${prefix}-.*` }
    assert.equal((await site.post(`${path}/subscription`, { body })).status, 204)
    assert.equal((await site.read(path, 'text', 1))[0].topic, topic)
    assert.equal((await site.delete(`${path}/subscription`)).status, 204)
    const { status, body: after } = await site.get(`${path}/records`, { accept: typeOf('text') })
    assert.deepEqual(
      [status, after.message],
      [500, 'Consumer is not subscribed to any topics or assigned any partitions'],
    )
  })

  it('answers at once with nothing where there is nothing', async () => {
    const path = await site.consumer(await site.topic())
    assert.deepEqual((await site.get(`${path}/records?timeout=0`, { accept: typeOf('json') })).body, [])
    assert.equal((await site.post(`${path}/offsets`)).status, 204)
  })

  it('gives no more than is asked for', async () => {
    const topic = await site.topic()
    await site.send(topic, 'text', { value: 'a'.repeat(2_000) })
    const path = await site.consumer(topic, { format: 'text' })
    const refused = await until('a refusal', 30_000, async () => {
      const answer = await site.get(`${path}/records?timeout=1000&max_bytes=1000`, { accept: typeOf('text') })
      return answer.status === 200 ? undefined : answer
    })
    assert.equal(refused.status, 422)
    assert.equal(refused.body.message, 'Response exceeds the maximum number of bytes the consumer can receive')
    const next = await site.get(`${path}/records?timeout=500`, { accept: typeOf('text') })
    assert.deepEqual(next.body, [], 'as with the bridge, what was too much has been read')
  })
})
