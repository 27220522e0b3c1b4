import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { until } from '../../fixtures/until.ts'
import { type BridgeSite, bridgeSite, typeOf } from './bridge-site.ts'

describe('The bridge', () => {
  let site: BridgeSite
  let topic: string
  before(async function () {
    this.timeout(120_000)
    site = await bridgeSite()
    topic = await site.topic()
  })
  after(() => site?.end())

  const records = [{ value: 'a' }]
  for (const { what, type = typeOf('json'), body, status = 400, says } of [
    {
      what: 'another type',
      type: 'application/json',
      body: { records },
      says: /^Validation error on: The format of the request body is not supported: it is application\/json, and may be/,
    },
    { what: 'no JSON', body: '{"records": [', says: /^Validation error on: The request body can't be decoded: / },
    { what: 'nothing', body: undefined, says: /does not contain the required body/ },
    { what: 'no records', body: {}, status: 422, says: /there are no records/ },
    { what: 'a list', body: [], says: /Schema validation error/, errors: ['the body must be object'] },
    { what: 'too much', body: { records: [{ value: 'a'.repeat(1024 * 1024) }] }, status: 413, says: /too large/ },
    {
      what: 'text that is none',
      type: typeOf('text'),
      body: { records: [{ value: { a: 1 } }] },
      status: 422,
      says: /Because the embedded format is 'text', the value must be a string/,
    },
    {
      what: 'bytes that are none',
      type: typeOf('binary'),
      body: { records: [{ value: 'not so!' }] },
      status: 422,
      says: /the value must be Base64, and "not so!" is not/,
    },
  ] as const)
    it(`refuses ${what} with ${status}, and says why`, async () => {
      const answer = await site.post(`/topics/${topic}`, { type, body })
      assert.equal(answer.status, status, JSON.stringify(answer.body))
      assert.match(answer.body.message, says)
    })

  it('names what is wrong in a record', async () => {
    const { body } = await site.send(topic, 'json', { key: 'k', colour: 'red' })
    assert.equal(body.message, 'Validation error on: Schema validation error')
    assert.deepEqual(body.validation_errors, [
      "/records/0 must have required property 'value'",
      '/records/0 must NOT have additional properties: colour',
    ])
  })

  for (const given of [
    { format: 'avro' },
    { 'auto.offset.reset': 'foo' },
    { 'isolation.level': 'none' },
    { 'fetch.min.bytes': 0 },
    { 'consumer.request.timeout.ms': 3_600_000 },
  ])
    it(`makes no consumer of ${JSON.stringify(given)}, and says what may be`, async () => {
      const { status, body } = await site.post('/consumers/shop', { body: given })
      assert.equal(status, 422)
      assert.match(body.message, /^Invalid value \S+ for configuration \S+: it is (one of|from) /)
    })

  it('makes no consumer without a name where one is given', async () => {
    const { status, body } = await site.post('/consumers/shop', { body: { name: '' } })
    assert.deepEqual([status, body.message], [422, 'Invalid value for name: it is empty, and no path could lead to it'])
  })

  it('makes no consumer of what the contract does not have', async () => {
    for (const given of [{ 'enable.auto.commit': 'true' }, { colour: 'red' }])
      assert.equal((await site.post('/consumers/shop', { body: given })).status, 400)
  })

  it('gives a consumer a name, and refuses one that is taken in its group alone', async () => {
    const group = randomUUID()
    const { body } = await site.post(`/consumers/${group}`)
    assert.match(body.instance_id, /^kafka-bridge-consumer-/)
    assert.equal(body.base_uri, `${site.url}/consumers/${group}/instances/${body.instance_id}`)
    const again = { body: { name: body.instance_id } }
    const { status, body: refused } = await site.post(`/consumers/${group}`, again)
    assert.deepEqual(
      [status, refused.message],
      [409, 'A consumer instance with the specified name already exists in the HTTP Bridge.'],
    )
    assert.equal((await site.post(`/consumers/${randomUUID()}`, again)).status, 200)
  })

  it('knows no consumer that nobody has made', async () => {
    const path = '/consumers/shop/instances/nobody'
    const answers = await Promise.all([
      site.get(`${path}/records`, { accept: typeOf('json') }),
      site.post(`${path}/subscription`, { body: { topics: [topic] } }),
      site.post(`${path}/offsets`),
      site.delete(`${path}/subscription`),
      site.delete(path),
    ])
    for (const { status, body } of answers)
      assert.deepEqual([status, body.message], [404, 'The specified consumer instance was not found.'])
  })

  it('subscribes a consumer to topics or to a pattern, to one of them', async () => {
    const path = await site.consumer(topic)
    const subscribed = (body: object) => site.post(`${path}/subscription`, { body })
    const both = await subscribed({ topics: [topic], topic_pattern: '.*' })
    assert.deepEqual(
      [both.status, both.body.message],
      [409, 'Subscriptions to topics, partitions, and patterns are mutually exclusive.'],
    )
    const neither = await subscribed({})
    assert.deepEqual(
      [neither.status, neither.body.message],
      [422, 'A list (of Topics type) or a topic_pattern must be specified.'],
    )
    assert.equal((await subscribed({ topic_pattern: '(' })).status, 422)
    assert.equal((await subscribed({ topics: [topic] })).status, 204)
  })

  it('gives records only to who accepts the format of the consumer', async () => {
    const path = await site.consumer(topic, { format: 'text' })
    for (const accept of [typeOf('json'), 'application/json', undefined]) {
      const { status, body } = await site.get(`${path}/records`, accept ? { accept } : {})
      assert.equal(status, 406)
      assert.match(body.message, /^Consumer format does not match the embedded format requested by the Accept header/)
    }
    const { status, body } = await site.get(`${path}/records?timeout=600000`, { accept: typeOf('text') })
    assert.deepEqual(
      [status, body.validation_errors],
      [400, ['timeout is "600000", and may be an integer from 0 to 60000']],
    )
  })

  it('says what it does not serve', async () => {
    const { status, body } = await site.get('/admin/topics')
    assert.deepEqual(
      [status, body.message],
      [404, 'Not Found: GET /admin/topics is not among what this stand-in serves'],
    )
  })

  it('says what is wrong with a path, and takes long ones', async () => {
    const { status, body } = await site.get('/topics/%ZZ')
    assert.equal(status, 400)
    assert.match(body.message, /%ZZ/)
    const long = 'n'.repeat(500)
    const { body: made } = await site.post(`/consumers/${long}`, { body: { name: long } })
    assert.equal((await site.delete(new URL(made.base_uri).pathname)).status, 204)
  })

  it('answers nobody who means another machine, such as a page in a browser', async () => {
    const asked = request(`${site.url}/topics`, { headers: { host: 'evil.example:8082' } }).end()
    const [answer] = (await once(asked, 'response')) as [IncomingMessage]
    answer.resume()
    assert.equal(answer.statusCode, 403)
  })

  it('reads nothing for who asks for heads alone', async () => {
    const path = await site.consumer(topic)
    assert.equal((await fetch(`${site.url}${path}/records`, { method: 'HEAD' })).status, 404)
  })

  it('has no two on one port', async () => {
    const { port } = new URL(site.url)
    await assert.rejects(bridgeSite({ port: Number(port) }), /nothing can be served on 127\.0\.0\.1:\d+: .*EADDRINUSE/)
  })

  it('makes no more consumers than it has room for, and has room again when one is deleted', async () => {
    const small = await bridgeSite({ mostConsumers: 2 })
    try {
      const one = await small.consumer(topic)
      await small.consumer(topic)
      const { status, body } = await small.post('/consumers/third')
      assert.equal(status, 503)
      assert.match(body.message, /there are 2 consumers, and no more are made here; delete one/)
      await small.delete(one)
      assert.equal((await small.post('/consumers/third')).status, 200)
    } finally {
      await small.end()
    }
  })

  it('ends a consumer that nobody uses, whose group goes on with another', async () => {
    const hasty = await bridgeSite({ unusedMs: 2_000 })
    try {
      const group = randomUUID()
      const own = await hasty.topic()
      await hasty.send(own, 'text', { value: 'a' })
      const given = { group, format: 'text', more: { 'enable.auto.commit': true } }
      const path = await hasty.consumer(own, given)
      await hasty.read(path, 'text', 1)
      await until(
        'the end of the consumer',
        30_000,
        async () => {
          const made = await hasty.post(`/consumers/${group}`, { body: { name: 'one' } }) // asking for it would be use of it
          return made.status === 200 ? true : undefined
        },
        500,
      )
      await hasty.delete(path)
      await hasty.send(own, 'text', { value: 'b' })
      assert.equal((await hasty.read(await hasty.consumer(own, given), 'text', 1))[0].value, 'b')
    } finally {
      await hasty.end()
    }
  })

  it('answers who waits for records when it ends', async () => {
    const ending = await bridgeSite()
    const path = await ending.consumer(topic)
    const accept = typeOf('json')
    await ending.get(`${path}/records?timeout=0`, { accept })
    const waiting = ending.get(`${path}/records?timeout=60000`, { accept })
    await ending.get('/ready')
    await ending.end()
    assert.deepEqual((await waiting).body, [])
  })
})
