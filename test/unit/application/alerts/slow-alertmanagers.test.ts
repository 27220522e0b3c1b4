import assert from 'node:assert/strict'
import type { Posted, PostedAlert } from '../../../../operator/application/alerts/alert-receiver.ts'
import { aMessage, away, partition, site } from './level-site.ts'

describe('the flow alerts where an Alertmanager is slow, away, or refuses', () => {
  it('waits for no Alertmanager that hangs while another one has it, and asks that one no more but in its rounds', async () => {
    const { handle, clock, state, flow, posts } = site()
    const late: Posted = { kind: 'away', cause: 'Timeout', reason: 'no answer' }
    state.answers['two'] = late
    state.delaysMs = { two: 5_000 }
    for (let stock = 0; stock < 300; stock += 1) assert.deepEqual(await handle('Low', 5, `u${stock}`), { kind: 'done' }) // nothing goes on at this clock
    await clock.advance(10_000)
    delete state.answers['two']
    state.delaysMs = {}
    await handle('Critical', 6, 'u0')
    assert.ok(!posts.some(([receiver]) => receiver === 'two'))
    flow.start()
    await clock.advance(60_000)
    flow.stop()
    assert.equal(posts.filter(([receiver]) => receiver === 'two').length, 300)
  })

  it('asks whoever was away when all others refuse, and all where all were away', async () => {
    const { handle, state } = site()
    state.answers = { one: away, two: away }
    assert.equal((await handle('Low', 5)).kind, 'wait')
    state.answers = { one: { kind: 'refused', reason: 'bad label' }, two: away }
    assert.equal((await handle('Low', 5)).kind, 'wait')
    state.answers = { one: { kind: 'refused', reason: 'bad label' } }
    assert.equal((await handle('Low', 5)).kind, 'done')
  })

  it('leaves out the one alert of a body that is refused, and repeats the others', async () => {
    const { flow, clock, state, ends } = site()
    flow.memory?.begin([partition])
    for (let stock = 0; stock < 150; stock += 1) flow.memory?.recall(aMessage('Low', 5, `u${stock}`))
    flow.memory?.recalled(partition)
    const isBad = ({ labels }: PostedAlert) => labels['uid'] === 'u42' || labels['uid'] === 'u43'
    state.judge = (alerts) => (alerts.some(isBad) ? { kind: 'refused', reason: 'bad label' } : { kind: 'taken' })
    flow.start()
    await clock.advance(60_000)
    flow.stop()
    assert.equal(ends.size, 148)
  })

  it('posts nothing of a partition that it has lost while the post was in line, nor of one that it was not given', async () => {
    const { flow, clock, state, posts, handle } = site()
    state.delaysMs = { one: 4_000, two: 4_000 }
    const first = handle('Low', 5, 'other')
    const second = handle('Low', 5)
    await clock.advance(1_000)
    flow.memory?.begin([])
    await clock.advance(10_000)
    assert.equal((await first).kind, 'done')
    assert.equal((await second).kind, 'wait')
    assert.equal((await handle('Low', 5, 'third')).kind, 'wait')
    assert.equal(posts.length, 2)
  })

  it('posts nothing that its runtime no longer waits for', async () => {
    const { flow, clock, state, posts, handle } = site()
    const ending = new AbortController()
    state.delaysMs = { one: 4_000, two: 4_000 }
    const first = handle('Low', 5, 'other')
    const second = flow.handle(aMessage('Low', 5), ending.signal)
    ending.abort()
    await clock.advance(10_000)
    await first
    assert.equal((await second).kind, 'wait')
    assert.equal(posts.length, 2)
  })

  it('says nothing more of a partition that went to another member in the middle of a round', async () => {
    const { flow, clock, state, posts } = site()
    flow.memory?.begin([partition])
    for (let stock = 0; stock < 300; stock += 1) flow.memory?.recall(aMessage('Low', 5, `u${stock}`))
    flow.memory?.recalled(partition)
    state.delaysMs = { one: 4_000, two: 4_000 }
    flow.start()
    await clock.advance(62_000)
    flow.memory?.begin([])
    await clock.advance(20_000)
    flow.stop()
    assert.equal(posts.length, 2 * 100)
  })

  it('keeps all alive at an Alertmanager that is too slow for many at once', async () => {
    const { flow, clock, state, ends, handle } = site()
    for (let stock = 0; stock < 250; stock += 1) await handle('Low', 5, `u${stock}`)
    state.judge = (alerts) => (alerts.length > 50 ? { kind: 'away', cause: 'Timeout', reason: 'x' } : { kind: 'taken' })
    flow.start()
    await clock.advance(600_000)
    flow.stop()
    assert.equal([...ends.values()].filter((end) => end > clock.now()).length, 250)
  })

  it('keeps thousands alive at an Alertmanager that takes its time, and lets changes come in between', async function () {
    this.timeout(60_000)
    const { flow, clock, state, ends, handle } = site()
    flow.memory?.begin([partition])
    for (let stock = 0; stock < 6_500; stock += 1) flow.memory?.recall(aMessage('Low', 5, `u${stock}`))
    flow.memory?.recalled(partition)
    state.delaysMs = { one: 4_000, two: 4_000 }
    flow.start()
    await clock.advance(62_000)
    const change = handle('Low', 5, 'another')
    await clock.advance(10_000) // the page that is on its way, and its own
    assert.deepEqual(await change, { kind: 'done' })
    await clock.advance(270_000)
    assert.equal(ends.size, 6_501)
    for (let minutes = 0; minutes < 6; minutes += 1) {
      await clock.advance(60_000)
      assert.ok([...ends.values()].every((end) => end > clock.now()))
    }
    flow.stop()
  })

  it('is not ready while its clock is apart from that of every Alertmanager', async () => {
    const { flow, state, handle } = site()
    const skewed: Posted = { kind: 'away', cause: 'ClockSkew', reason: '10 min behind' }
    state.answers = { one: skewed, two: away }
    await handle('Low', 5)
    assert.equal(flow.notReady(), undefined)
    state.answers = { one: skewed, two: skewed }
    await handle('Low', 5)
    assert.equal(flow.notReady(), '10 min behind')
    state.answers = {}
    await handle('Low', 5)
    assert.equal(flow.notReady(), undefined)
  })
})
