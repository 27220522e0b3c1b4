import assert from 'node:assert/strict'
import { createTopics } from '../../../operator/infrastructure/kafka/topics.ts'
import { inMemoryKeysInRetry } from '../../fakes/in-memory-keys-in-retry.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'
import { quiet } from '../kafka/own-kafka.ts'
import { type FlowSite, firstDone, flowSite } from './flow-site.ts'
import { byKey, ids, inOrder, numbered } from './numbered.ts'
import { scriptedFlow } from './scripted-flow.ts'

describe('what a consumer does with messages', function () {
  this.timeout(180_000)
  let site: FlowSite
  const make = async (options: Parameters<typeof flowSite>[1] = {}) => {
    site = await flowSite({ brokers: [await testbed().kafka()], clientId: 'test' }, options)
    return site
  }
  afterEach(() => site.end())

  it('takes a message out of the way that nobody can read, with all that it was, and does the others', async () => {
    const { send, sendRaw, member, untilHandled, effects, read, options } = await make()
    member((effect) =>
      scriptedFlow(effect, {
        world: ({ value }) =>
          value[0] === 0 ? { kind: 'dead', cause: 'Unreadable', reason: 'it is no JSON' } : undefined,
      }),
    )
    await send(numbered(20))
    await sendRaw(Buffer.from([0, 255, 1]), 'key-1')
    await send([{ id: 'after', key: 'key-1' }])
    await untilHandled()
    assert.ok(effects.some(({ id }) => id === 'after'))
    const [dead, ...others] = await read('deadLetterTopic')
    assert.equal(others.length, 0)
    assert.equal(dead?.key, 'key-1')
    assert.equal(dead?.headers['kbnt_error'], 'Unreadable')
    assert.equal(dead?.headers['kbnt_original_topic'], options.topics[0])
    assert.equal(dead?.headers['kbnt_group'], options.group)
  })

  it('retries what is at fault after its delays, and takes it out of the way after the last; all other headers stay', async () => {
    const { send, member, untilHandled, effects, read } = await make()
    const { counts } = member()
    await send([
      { id: 'twice', key: 'a', answers: ['retry'], headers: { ce_type: 'io.kbnt.test' } },
      { id: 'never', key: 'b', answers: ['retry', 'retry', 'retry'], headers: { ce_type: 'io.kbnt.test' } },
      { id: 'fine', key: 'a' },
    ])
    await untilHandled()
    await until('effect of the retry', 30_000, async () => effects.find(({ id }) => id === 'twice'))
    const dead = await until('dead letter', 30_000, async () => (await read('deadLetterTopic'))[0])
    const { ce_id, ce_type, kbnt_attempt, kbnt_error } = dead.headers
    assert.deepEqual(
      { ce_id, ce_type, kbnt_attempt, kbnt_error },
      {
        ...{ ce_id: 'never', ce_type: 'io.kbnt.test', kbnt_attempt: '3', kbnt_error: 'Scripted' },
      },
    )
    assert.deepEqual(
      [...firstDone(effects)],
      [['a', ['fine', 'twice']]], // whoever needs another order says so
    )
    if (counts.joins === 1) assert.deepEqual([counts.retried.length, counts.dead.length, effects.length], [3, 1, 2])
  })

  it('keeps the order of a key of which messages are retried, over two members', async () => {
    const { send, member, untilIn, untilHandled, effects } = await make()
    const keysInRetry = inMemoryKeysInRetry()
    const ordered = () => member((effect) => scriptedFlow(effect, { keysInRetry }))
    await untilIn(ordered(), ordered())
    const failing = numbered(100).map((message, index) =>
      index % 7 === 0 ? { ...message, answers: ['retry', 'retry'] as const } : message,
    )
    await send(failing)
    await untilHandled()
    await until('effect of all', 60_000, async () =>
      effects.length >= 100 && keysInRetry.size === 0 ? true : undefined,
    )
    assert.deepEqual(byKey(firstDone(effects)), byKey(inOrder(100)))
  })

  it('waits in place while the world is away, with ever fewer tries, and goes on by itself', async () => {
    const { send, member, untilIn, untilHandled, effects, unhandled, read } = await make()
    let away = true
    const one = member((effect) =>
      scriptedFlow(effect, {
        world: () => (away ? { kind: 'wait', certain: false, cause: 'Away', reason: 'nobody answers' } : undefined),
      }),
    )
    await untilIn(one)
    await send(numbered(200))
    await until('tries', 30_000, async () => (one.counts.waited.length > 10 ? true : undefined))
    assert.equal(await unhandled(), 200)
    assert.ok(one.consumer.waiting() > 0)
    assert.ok(one.counts.handled.length < 400, `${one.counts.handled.length} tries`)
    assert.equal(one.consumer.notReady(), undefined)
    away = false
    await untilHandled()
    assert.deepEqual(byKey(firstDone(effects)), byKey(inOrder(200)))
    if (one.counts.joins === 1) assert.equal(effects.length, 200)
    assert.deepEqual(await read('retryTopic'), [])
    assert.equal(one.consumer.waiting(), 0)
  })

  it('holds a message for the one at fault that fails while others get through', async () => {
    const { send, member, untilHandled, effects, read } = await make({ partitions: 1 })
    member()
    await send([{ id: 'bad', key: 'bad', answers: ['unsure', 'unsure', 'unsure', 'unsure'] }, ...numbered(100)])
    await untilHandled()
    assert.deepEqual(ids(effects), ids(numbered(100)))
    const dead = await until('dead letter', 60_000, async () => {
      await send(numbered(5)) // whoever gets through tells that the world is well
      return (await read('deadLetterTopic'))[0]
    })
    assert.equal(dead.headers['ce_id'], 'bad')
    assert.equal(dead.headers['kbnt_error'], 'Http500')
  })

  it('says which topic is missing, and begins once it is there', async () => {
    const { send, member, untilHandled, options } = await make({ deadLetters: false })
    const { consumer } = member()
    await until('complaint', 30_000, async () => consumer.notReady()?.match(/no such topic.*d-/))
    await send(numbered(20))
    await createTopics(options.connection, [{ name: options.deadLetterTopic, partitions: 1 }], quiet)
    await untilHandled()
    assert.equal(consumer.notReady(), undefined)
  })
})
