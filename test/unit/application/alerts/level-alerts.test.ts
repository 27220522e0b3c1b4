import assert from 'node:assert/strict'
import { aMessage, away, partition, signal, site } from './level-site.ts'

describe('the flow alerts', () => {
  it('posts a level to every Alertmanager, for four times as long as it takes to repeat it', async () => {
    const { handle, posts } = site()
    assert.deepEqual(await handle('Low', 5), { kind: 'done' })
    assert.deepEqual(posts, [
      ['one', 'Low', 240_000],
      ['two', 'Low', 240_000],
    ])
  })

  it('ends one level when another begins, and the last one when the stock is Normal or deleted', async () => {
    for (const end of ['Normal', 'deleted'] as const) {
      const { handle, posts, flow } = site()
      await handle('Low', 5)
      posts.length = 0
      await handle('Critical', 6)
      await handle(end, 7)
      assert.deepEqual(
        posts.filter(([receiver]) => receiver === 'one').map(([, level, forMs]) => [level, forMs]),
        [
          ['Low', 0],
          ['Critical', 240_000],
          ['Critical', 0],
        ],
      )
      assert.equal(flow.open, 0)
    }
  })

  it('drops what is older than what it knows, also of a stock that is Normal again or deleted', async () => {
    for (const last of ['Exhausted', 'Normal', 'deleted'] as const) {
      const { handle, posts } = site()
      await handle(last, 9)
      posts.length = 0
      await handle('Low', 9)
      await handle('Low', 8)
      assert.equal(posts.length, 0)
    }
  })

  it('takes a stock of the same name for another one when it was created again', async () => {
    const { handle, flow } = site()
    await handle('Low', 9)
    await handle('deleted', 10)
    await handle('Critical', 2, 'another')
    assert.equal(flow.open, 1)
  })

  it('posts what is open again every minute, while its partitions are its own', async () => {
    const { handle, posts, clock, flow, state } = site()
    await handle('Low', 5)
    flow.start()
    posts.length = 0
    await clock.advance(180_000)
    assert.equal(posts.length, 6)
    state.member = false
    await clock.advance(180_000)
    assert.equal(posts.length, 6)
    state.member = true
    await handle('Normal', 6)
    posts.length = 0
    await clock.advance(180_000)
    flow.stop()
    assert.equal(posts.length, 0)
  })

  it('is done when one Alertmanager has it, and tells the other when that is back', async () => {
    const { handle, posts, clock, flow, state } = site()
    state.answers['two'] = away
    assert.deepEqual(await handle('Low', 5), { kind: 'done' })
    state.answers = {}
    flow.start()
    await clock.advance(60_000)
    flow.stop()
    assert.ok(posts.some(([receiver, level]) => receiver === 'two' && level === 'Low'))
  })

  it('waits while nobody takes it, and knows nothing of it until then', async () => {
    const { handle, flow, state } = site()
    state.answers = { one: away, two: { ...away, cause: 'Http503' } }
    assert.equal((await handle('Low', 5)).kind, 'wait')
    assert.equal(flow.open, 0)
    state.answers = {}
    assert.equal((await handle('Low', 5)).kind, 'done')
    assert.equal(flow.open, 1)
  })

  it('calls dead what every Alertmanager refuses, and what is no event', async () => {
    const { handle, flow, state } = site()
    state.answers = { one: { kind: 'refused', reason: 'bad label' }, two: { kind: 'refused', reason: 'bad label' } }
    assert.deepEqual(await handle('Low', 5), { kind: 'dead', cause: 'AlertRefused', reason: 'bad label' })
    const nonsense = { ...aMessage('Low', 5), value: Buffer.from('?') }
    assert.equal((await flow.handle(nonsense, signal)).kind, 'dead')
  })

  it('recalls what is open from the topic without posting, and says nothing before it has recalled all', async () => {
    const { flow, posts, clock } = site()
    flow.memory?.begin([partition])
    for (const message of [
      aMessage('Low', 5),
      aMessage('Critical', 6),
      aMessage('Low', 2, 'other'),
      aMessage('Normal', 3, 'other'),
    ])
      flow.memory?.recall(message)
    flow.start()
    await clock.advance(60_000)
    assert.equal(posts.length, 0)
    flow.memory?.recalled(partition)
    await clock.advance(60_000)
    flow.stop()
    assert.deepEqual(
      posts.map(([receiver, level]) => [receiver, level]),
      [
        ['one', 'Critical'],
        ['two', 'Critical'],
      ],
    )
  })

  it('does not say again what it is just about to end', async () => {
    const { flow, posts, clock, handle, state } = site()
    await handle('Low', 5)
    flow.start()
    posts.length = 0
    const gate = Promise.withResolvers<void>()
    state.gate = gate.promise
    const ending = handle('Normal', 6)
    await clock.advance(60_000)
    gate.resolve()
    await ending
    await clock.settle()
    flow.stop()
    assert.deepEqual(
      posts.map(([, , forMs]) => forMs <= 0),
      [true, true],
    )
  })

  it('lets an alert live longer than a post and its repetition may take, however often it is repeated', async () => {
    const { handle, posts } = site(1_000)
    await handle('Low', 5)
    assert.equal(posts[0]?.[2], 10_000)
  })

  it('takes what begins in the future for what begins now, so that it can end', async () => {
    const { handle, ends, clock } = site()
    await handle('Low', 5, 'u', { timestamp: '2099-01-01T00:00:00Z' })
    await handle('Normal', 6)
    assert.equal(ends.get('u'), clock.now())
  })

  it('ends an alert also when its stock has another product at the same level', async () => {
    const { handle, posts } = site()
    await handle('Low', 5)
    posts.length = 0
    await handle('Low', 6, 'u', { stock: { namespace: 'shop', name: 'grinder', uid: 'u', product: 'q' } })
    const told = posts.filter(([receiver]) => receiver === 'one').map(([, , forMs]) => forMs)
    assert.deepEqual(told, [0, 240_000])
  })

  it('tells changes of a stock one after the other, also those without a key that are handled at once', async () => {
    const { clock, state, handle, ends } = site()
    state.delaysMs = { one: 5, two: 1 }
    const both = [handle('Low', 5), handle('Normal', 6)]
    await clock.advance(1_000)
    await Promise.all(both)
    assert.ok((ends.get('u') ?? Number.POSITIVE_INFINITY) <= clock.now())
  })
})
