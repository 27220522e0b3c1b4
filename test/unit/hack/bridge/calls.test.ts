import assert from 'node:assert/strict'
import { consumerWishes } from '../../../../hack/bridge/consumer-wishes.ts'
import { contract } from '../../../../hack/bridge/contract.ts'
import { isLocalHost } from '../../../../hack/bridge/local-host.ts'
import { oneAtATime } from '../../../../hack/bridge/one-at-a-time.ts'
import { positions } from '../../../../hack/bridge/positions.ts'
import { queryBoolean, queryInteger } from '../../../../hack/bridge/query.ts'

const contentType = 'application/vnd.kafka.v2+json'
const subscribe = { method: 'post', path: '/consumers/{groupid}/instances/{name}/subscription' } as const
const commit = { method: 'post', path: '/consumers/{groupid}/instances/{name}/offsets' } as const

describe('The contract of the bridge', () => {
  const { bodyOf } = contract()

  it('takes what is as it has it, with a charset or without', () => {
    for (const type of [contentType, `${contentType}; charset=utf-8`])
      assert.deepEqual(bodyOf(subscribe, { contentType: type, text: '{"topics":["a"]}' }), { topics: ['a'] })
  })

  it('needs no body where it asks for none, and one where it does', () => {
    assert.equal(bodyOf(commit, { text: '' }), undefined)
    assert.throws(() => bodyOf(subscribe, { contentType, text: '' }), { code: 400, message: /the required body/ })
  })

  for (const { type, says } of [
    { type: undefined, says: /is not supported: it has no Content-Type, and may be application\/vnd/ },
    { type: 'application/json', says: /is not supported: it is application\/json, and may be application\/vnd/ },
  ])
    it(`refuses a body of ${type}`, () =>
      assert.throws(() => bodyOf(commit, { contentType: type, text: '{}' }), { code: 400, message: says }))

  it('names what is wrong in a body', () => {
    const text = '{"offsets":[{"topic":"a","partition":"0"}]}'
    assert.throws(() => bodyOf(commit, { contentType, text }), {
      message: 'Validation error on: Schema validation error',
      validationErrors: ["/offsets/0 must have required property 'offset'", '/offsets/0/partition must be integer'],
    })
  })
})

describe('The host of a call to the bridge', () => {
  for (const host of ['localhost', 'localhost:8082', '127.0.0.1:8082', 'host.docker.internal:8082'])
    it(`may be ${host}`, () => assert.ok(isLocalHost(host)))

  for (const host of [
    undefined,
    '',
    'evil.example:8082',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    'xlocalhost',
  ])
    it(`may not be ${host}`, () => assert.ok(!isLocalHost(host)))
})

describe('The queries of the bridge', () => {
  it('are numbers up to the most that there may be', () => {
    assert.equal(queryInteger({}, 'timeout', 10), undefined)
    assert.equal(queryInteger({ timeout: '10' }, 'timeout', 10), 10)
    for (const timeout of ['11', '-1', '1.5', '', 'soon', ['1', '2']])
      assert.throws(() => queryInteger({ timeout }, 'timeout', 10), { code: 400 })
  })

  it('are true or false', () => {
    assert.deepEqual([queryBoolean({}, 'async'), queryBoolean({ async: 'true' }, 'async')], [false, true])
    assert.throws(() => queryBoolean({ async: '1' }, 'async'), { code: 400 })
  })
})

describe('A consumer of the bridge', () => {
  it('is made as Kafka makes one where nothing is said', () =>
    assert.deepEqual(consumerWishes({}), {
      ...{ format: 'binary', fromBeginning: false, autoCommit: true, minBytes: 1 },
      ...{ requestTimeoutMs: 30_000, readUncommitted: true },
    }))

  it('has read up to the record behind the last one, until its group is shared out anew', () => {
    const { readTo, all, forget } = positions()
    readTo('a', 0, '9007199254740993')
    readTo('a', 1, '4')
    readTo('a', 1, '5')
    assert.deepEqual(all(), [
      { topic: 'a', partition: 0, offset: '9007199254740994' },
      { topic: 'a', partition: 1, offset: '6' },
    ])
    forget()
    assert.deepEqual(all(), [])
  })

  it('does one thing after the other, whatever becomes of one, and has no endless line', async () => {
    const inTurn = oneAtATime(1)
    const gate = Promise.withResolvers<string>()
    const order: string[] = []
    const first = inTurn(() => gate.promise.finally(() => order.push('first')))
    const second = inTurn(async () => order.push('second'))
    await assert.rejects(
      inTurn(async () => 'third'),
      { code: 503 },
    )
    gate.reject(new Error('away'))
    await assert.rejects(first, /away/)
    await second
    assert.deepEqual(order, ['first', 'second'])
    assert.equal(await inTurn(async () => 'fourth'), 'fourth')
  })
})
