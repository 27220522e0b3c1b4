import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import type { Clock } from '../../../../operator/application/clock.ts'
import { systemClock } from '../../../../operator/infrastructure/clock/system-clock.ts'
import { BreakerOpen, type BreakerState, breaker } from '../../../../operator/infrastructure/remote-api/breaker.ts'

const OPEN_MS = 150
const wrong = async () => {
  throw new Error('503')
}
const right = async () => 'fine'

describe('a breaker', () => {
  let states: BreakerState[]
  const make = (clock: Clock = systemClock()) => {
    states = []
    return breaker({ failures: 3, openMs: OPEN_MS }, { clock, onState: (state) => states.push(state) })
  }
  const opened = async (clock?: Clock) => {
    const subject = make(clock)
    for (const asker of ['a', 'b', 'c']) await assert.rejects(subject.run(asker, wrong), /503/)
    return subject
  }

  it('opens after so many failures in a row, and not where some get through in between', async () => {
    const subject = make()
    for (const work of [wrong, wrong, right, wrong, wrong]) await subject.run('a', work).catch(() => undefined)
    assert.equal(subject.state, 'closed')
    await assert.rejects(subject.run('a', wrong), /503/)
    assert.equal(subject.state, 'open')
    assert.ok(subject.openForMs > 0 && subject.openForMs <= OPEN_MS)
  })

  it('calls nobody while it is open, then lets one try it, and closes when that gets through', async () => {
    const subject = await opened()
    let calls = 0
    const counted = async () => {
      calls += 1
      await pause(20)
      return 'fine'
    }
    await assert.rejects(subject.run('a', counted), BreakerOpen)
    assert.equal(calls, 0)
    await pause(OPEN_MS + 10)
    const first = subject.run('a', counted)
    const others = ['b', 'd'].map((asker) => subject.run(asker, counted))
    await pause(5)
    assert.equal(calls, 1)
    assert.equal(subject.state, 'half-open')
    assert.deepEqual(await Promise.all([first, ...others]), ['fine', 'fine', 'fine'])
    assert.deepEqual(states, ['open', 'half-open', 'closed'])
  })

  it('opens again for whoever tries it in vain, and for all who waited for that', async () => {
    const subject = await opened()
    await pause(OPEN_MS + 10)
    const first = subject.run('a', wrong)
    const other = subject.run('b', right)
    await assert.rejects(first, /503/)
    await assert.rejects(other, BreakerOpen)
    assert.deepEqual(states, ['open', 'half-open', 'open'])
  })

  it('is closed by somebody else where the one that failed last would fail for ever', async () => {
    const subject = await opened()
    await pause(OPEN_MS + 10)
    await assert.rejects(subject.run('poison', wrong), /503/)
    await pause(OPEN_MS + 10)
    const poison = subject.run('poison', wrong)
    const other = subject.run('other', right)
    assert.equal(await other, 'fine')
    await assert.rejects(poison, /503/)
    assert.equal(subject.state, 'closed')
  })

  it('lets the one that failed last try it again where there is nobody else', async () => {
    const subject = await opened()
    await pause(OPEN_MS + 10)
    await assert.rejects(subject.run('a', wrong), /503/)
    await pause(OPEN_MS + 10)
    assert.equal(await subject.run('a', right), 'fine')
  })

  it('does not stay open when the clock of the machine is set back', async () => {
    const now = Date.now
    const subject = await opened()
    try {
      Date.now = () => now() - 3_600_000
      await pause(OPEN_MS + 1_050)
      await assert.rejects(subject.run('a', right), BreakerOpen)
      assert.equal(await subject.run('a', right), 'fine')
    } finally {
      Date.now = now
    }
  })
})
