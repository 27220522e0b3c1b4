import assert from 'node:assert/strict'
import { anEvent, created, stockNote } from '../../../fixtures/integration-events.ts'
import { answered, lost, site, unsent } from './integration-site.ts'

const reserved = anEvent({ sequence: 3 })
const done = { kind: 'done', neighbour: 'east' }

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
      const { handle, script, calls, made, statusOf } = site('lookup')
      script('POST uid-grinder-3', lost)
      assert.equal((await handle(reserved)).kind, 'wait')
      assert.equal(statusOf('uid-grinder-3'), 'NEEDS_ATTENTION')
      if (wasTaken) made.add('uid-grinder-3')
      assert.deepEqual(await handle(reserved), done)
      const again = wasTaken ? [] : ['POST /stock-reserved']
      assert.deepEqual(calls, ['POST /stock-reserved', 'GET /events/uid-grinder-3', ...again])
      assert.equal(statusOf('uid-grinder-3'), 'PROCESSED')
    }
  })

  it('that can be asked, but does not answer: it waits, and asks again', async () => {
    const { handle, script, calls } = site('lookup')
    script('POST uid-grinder-3', lost)
    script('GET uid-grinder-3', answered(500), answered(400))
    await handle(reserved)
    assert.equal((await handle(reserved)).kind, 'wait')
    assert.equal((await handle(reserved)).kind, 'retry')
    assert.deepEqual(await handle(reserved), done)
    assert.equal(calls.filter((call) => call.startsWith('POST')).length, 2)
  })
})
