import assert from 'node:assert/strict'
import { anEvent, created, stockNote } from '../../../fixtures/integration-events.ts'
import { answered, lost, SETTLE_MS, site, unsent } from './integration-site.ts'

const reserved = anEvent({ sequence: 3 })
const done = { kind: 'done', neighbour: 'east' }
const unsettled = (retryAfterMs: number) => ({
  ...{ certain: true, cause: 'Unsettled', reason: '', neighbour: 'east', retryAfterMs },
})

describe('the flow integration, to a side without idempotency keys', () => {
  it('that can not be asked: a POST of which nobody knows is left to people, and never made again', async () => {
    for (const reply of [lost, answered(500), answered(504)]) {
      const { handle, script, statusOf, calls } = site('none')
      script('POST uid-grinder-3', reply)
      assert.deepEqual(await handle(reserved), { kind: 'done' })
      assert.deepEqual(await handle(reserved), { kind: 'done' })
      assert.equal(statusOf('uid-grinder-3'), 'NEEDS_ATTENTION')
      assert.equal(calls.length, 1)
      assert.deepEqual(await handle(anEvent({ sequence: 4, verb: 'Confirm' })), done) // others go on
    }
  })

  it('that can not be asked: what it has surely not taken is made again', async () => {
    for (const reply of [unsent, answered(401), answered(429)]) {
      const { handle, script, statusOf } = site('none')
      script('POST uid-grinder-3', reply)
      assert.equal((await handle(reserved)).kind, 'wait')
      assert.equal(statusOf('uid-grinder-3'), 'FAILED')
      assert.deepEqual(await handle(reserved), done)
    }
  })

  it('that can not be asked: whoever died while telling it has left a row, and nobody tells it again', async () => {
    const { handle, state, calls, statusOf } = site('none')
    state.logGoesAwayAtCall = true
    assert.equal((await handle(reserved)).kind, 'wait')
    state.logAway = false
    assert.deepEqual(await handle(reserved), { kind: 'done' })
    assert.equal(calls.length, 1)
    assert.equal(statusOf('uid-grinder-3'), 'NEEDS_ATTENTION')
  })

  it('a PUT is made again: it says the same', async () => {
    const { handle, script, calls } = site('none')
    await handle(created())
    const adjusted = anEvent(stockNote({ verb: 'Adjust', sequence: 5 }))
    script('PUT uid-grinder-5', lost)
    assert.equal((await handle(adjusted)).kind, 'wait')
    assert.deepEqual(await handle(adjusted), done)
    assert.equal(calls.length, 3)
  })

  it('that can be asked: whether it was taken comes before a second POST', async () => {
    for (const wasTaken of [true, false]) {
      const { handle, script, calls, made, statusOf, clock } = site('lookup')
      script('POST uid-grinder-3', lost)
      assert.equal((await handle(reserved)).kind, 'wait')
      await clock.advance(SETTLE_MS)
      assert.equal(statusOf('uid-grinder-3'), 'NEEDS_ATTENTION')
      if (wasTaken) made.add('uid-grinder-3')
      assert.deepEqual(await handle(reserved), done)
      const again = wasTaken ? [] : ['POST /stock-reserved']
      assert.deepEqual(calls, ['POST /stock-reserved', 'GET /events/uid-grinder-3', ...again])
      assert.equal(statusOf('uid-grinder-3'), 'PROCESSED')
    }
  })

  it('that can be asked: what may still be under way there is not sent again, though it is not there yet', async () => {
    const { handle, script, calls, made, clock } = site('lookup')
    script('POST uid-grinder-3', lost)
    script('GET uid-grinder-3', answered(500), answered(404))
    await handle(reserved)
    await clock.advance(20_000)
    assert.equal((await handle(reserved)).kind, 'wait') // a look-up in vain makes nothing younger
    const { kind, ...wait } = await handle(reserved)
    assert.deepEqual([kind, { ...wait, reason: '' }], ['wait', unsettled(SETTLE_MS - 20_000)])
    made.add('uid-grinder-3') // it ends there at last
    await clock.advance(SETTLE_MS - 20_000)
    assert.deepEqual(await handle(reserved), done)
    assert.equal(calls.filter((call) => call.startsWith('POST')).length, 1)
  })

  it('that can be asked: of two workers that find it not there one alone sends it again', async () => {
    const { handle, script, calls, clock } = site('lookup')
    script('POST uid-grinder-3', lost)
    await handle(reserved)
    await clock.advance(SETTLE_MS)
    const answers = await Promise.all([handle(reserved), handle(reserved)])
    assert.deepEqual(answers.map(({ kind }) => kind).toSorted(), ['done', 'wait'])
    assert.equal(calls.filter((call) => call.startsWith('POST')).length, 2)
  })

  it('that can be asked: a worker that slept while it claimed sends nothing', async () => {
    const { handle, script, calls, state, clock } = site('lookup')
    script('POST uid-grinder-3', lost)
    await handle(reserved)
    await clock.advance(SETTLE_MS)
    state.sleepsAtClaim = true
    assert.equal((await handle(reserved)).kind, 'wait')
    assert.equal(calls.filter((call) => call.startsWith('POST')).length, 1)
  })

  it('that can be asked, but does not answer: it waits, and asks again', async () => {
    const { handle, script, calls, clock } = site('lookup')
    script('POST uid-grinder-3', lost)
    script('GET uid-grinder-3', answered(500), answered(400))
    await handle(reserved)
    assert.equal((await handle(reserved)).kind, 'wait')
    assert.equal((await handle(reserved)).kind, 'retry')
    await clock.advance(SETTLE_MS)
    assert.deepEqual(await handle(reserved), done)
    assert.equal(calls.filter((call) => call.startsWith('POST')).length, 2)
  })
})
