import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { waits } from '../../../../operator/application/gateway/waits.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'

function aHall() {
  const clock = fakeClock()
  const hall = waits(clock)
  const abort = new AbortController()
  const state = { decided: false, looks: 0 }
  const test = () => {
    state.looks += 1
    return state.decided
  }
  const wait = (key = 'r1', caller = 'ana', ms = 10_000) => hall.until(key, test, { ms, caller, over: abort.signal })
  /** Nothing of anybody who waited is left. */
  const isEmpty = () => {
    assert.equal(hall.size, 0)
    assert.equal(clock.timers, 0)
    assert.equal(getEventListeners(abort.signal, 'abort').length, 0)
  }
  return { clock, hall, abort, state, wait, isEmpty }
}

describe('waits', () => {
  it('wake who waits for what has changed, when it is as they want it', async () => {
    const { hall, state, wait, isEmpty } = aHall()
    const waiting = wait()
    hall.changed('r1')
    assert.equal(hall.size, 1)
    state.decided = true
    hall.changed('r1')
    assert.equal(await waiting, true)
    isEmpty()
  })

  it('say how long each was and whether it was for something, also where it is so already', async () => {
    const { clock, hall, abort, state } = aHall()
    const told: unknown[] = []
    const wait = (ms: number) =>
      hall.until('r1', () => state.decided, {
        ms,
        caller: 'ana',
        over: abort.signal,
        waited: (each, came) => told.push([each, came]),
      })
    const short = wait(1_000)
    await clock.advance(1_000)
    const long = wait(10_000)
    await clock.advance(700)
    state.decided = true
    hall.changed('r1')
    assert.deepEqual([await short, await long, await wait(5_000)], [false, true, true])
    assert.deepEqual(told, [
      [1_000, false],
      [700, true],
      [0, true],
    ])
  })

  it('ask nobody who waits for something else', async () => {
    const { hall, state, wait, abort } = aHall()
    const all = Array.from({ length: 150 }, (_, index) => wait(`r${index}`))
    state.looks = 0
    hall.changed('r7')
    hall.changed('nobody waits for it')
    assert.equal(state.looks, 1)
    abort.abort()
    await Promise.all(all)
  })

  it('are over at once where it is so already', async () => {
    const { state, wait, isEmpty } = aHall()
    state.decided = true
    assert.equal(await wait(), true)
    isEmpty()
  })

  it('end with their time and not before', async () => {
    const { clock, wait, hall, isEmpty } = aHall()
    const waiting = wait()
    await clock.advance(9_999)
    assert.equal(hall.size, 1)
    await clock.advance(1)
    assert.equal(await waiting, false)
    isEmpty()
  })

  it('end when the caller hangs up, and do not begin after that or without time', async () => {
    const { abort, wait, isEmpty } = aHall()
    assert.equal(await wait('r1', 'ana', 0), false)
    const waiting = wait()
    abort.abort()
    assert.equal(await waiting, false)
    assert.equal(await wait(), false)
    isEmpty()
  })

  it('end with what goes wrong in the test, of one alone', async () => {
    const { hall, abort, state, wait, isEmpty } = aHall()
    let gone = false
    const looking = () => {
      if (gone) throw new Error('it is gone')
      return false
    }
    const failing = hall.until('r1', looking, { ms: 1_000, caller: 'ana', over: abort.signal })
    const fine = wait()
    gone = true
    state.decided = true
    hall.changed('r1')
    await assert.rejects(failing, /it is gone/)
    assert.equal(await fine, true)
    await assert.rejects(hall.until('r1', looking, { ms: 1_000, caller: 'ana', over: abort.signal }), /it is gone/)
    isEmpty()
  })

  it('are at most 200 of one caller, and beyond that others still may', async () => {
    const { hall, state, wait, isEmpty } = aHall()
    const all = Array.from({ length: 200 }, () => wait())
    assert.equal(await wait(), false)
    all.push(wait('r1', 'bob'))
    assert.equal(hall.size, 201)
    state.decided = true
    hall.changed('r1')
    assert.ok((await Promise.all(all)).every((woken) => woken))
    isEmpty()
    state.decided = false
    const again = wait()
    assert.equal(hall.size, 1)
    state.decided = true
    hall.changed('r1')
    await again
  })

  it('are at most 2,000 in all, and what is so already is still said beyond that', async () => {
    const { clock, hall, state, wait, isEmpty } = aHall()
    const all = Array.from({ length: 2_000 }, (_, index) => wait('r1', `caller-${index % 20}`))
    assert.equal(await wait('r1', 'another'), false)
    assert.equal(hall.size, 2_000)
    state.decided = true
    assert.equal(await wait('r1', 'another'), true)
    await clock.advance(10_000)
    assert.ok((await Promise.all(all)).every((woken) => !woken))
    isEmpty()
  })

  it('bear a test that ends others and begins new ones', async () => {
    const { hall, abort } = aHall()
    const waiting = { ms: 1_000, caller: 'ana', over: abort.signal }
    const begun: Promise<boolean>[] = []
    let open = false
    const first = hall.until(
      'r1',
      () => {
        if (open) begun.push(hall.until('r1', () => false, waiting))
        return open
      },
      waiting,
    )
    open = true
    hall.changed('r1')
    assert.equal(await first, true)
    assert.equal(hall.size, 1)
    abort.abort()
    assert.deepEqual(await Promise.all(begun), [false])
  })
})
