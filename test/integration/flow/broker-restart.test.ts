import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'
import { firstDone, flowSite } from './flow-site.ts'
import { byKey, ids, inOrder, numbered } from './numbered.ts'
import { scriptedFlow } from './scripted-flow.ts'

describe('a consumer whose broker is killed', function () {
  this.timeout(180_000)

  it('goes on by itself when it is back, loses nothing and keeps the order of each key', async () => {
    const kafka = await testbed().ownKafka()
    const site = await flowSite({ brokers: [kafka.brokers], clientId: 'test' })
    const { send, member, untilIn, untilHandled, effects } = site
    const letters = numbered(400, 10).map((message, index) =>
      index === 399 ? { ...message, answers: ['dead'] as const } : message,
    )
    const one = member((effect) => scriptedFlow(effect))
    await untilIn(one)
    await send(letters)
    await until('some effects', 30_000, async () => (effects.length > 50 ? true : undefined))
    await kafka.kill()
    await pause(15_000) // beyond the session
    assert.equal(one.consumer.isMember(), false)
    await kafka.start()
    await untilHandled(120_000)
    const dead = await site.read('deadLetterTopic')
    assert.deepEqual([...new Set(dead.map(({ headers }) => headers['ce_id']))], [letters[399]?.id])
    const want = inOrder(400)
    want.get('key-19')?.pop()
    assert.deepEqual(byKey(firstDone(effects)), byKey(want))
    assert.deepEqual([...new Set(ids(effects))], ids(letters.slice(0, 399)))
    await until('place', 60_000, async () => (one.consumer.notReady() === undefined ? true : undefined))
    await site.end()
  })
})
