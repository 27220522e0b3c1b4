import assert from 'node:assert/strict'
import { giveWay } from '../../../operator/application/give-way.ts'
import { fakeClock } from '../../fakes/fake-clock.ts'

describe('giveWay', () => {
  function watched() {
    const clock = fakeClock()
    const skew = { ms: 0, excessMs: () => skew.ms }
    const given: string[] = []
    const stop = giveWay({ clock, skew, afterMs: 10_000, onGiveWay: ({ message }) => given.push(message) })
    return { clock, skew, given, stop }
  }

  it('ends a leader whose clock has been wrong all the time, and says by how much', async () => {
    const { clock, skew, given } = watched()
    skew.ms = 61_000
    await clock.advance(9_999)
    assert.deepEqual(given, [])
    await clock.advance(1)
    assert.deepEqual(given, ["this clock is 61 s from the API server's; another may lead"])
    assert.equal(clock.timers, 0)
  })

  it('begins anew when the clock was right meanwhile', async () => {
    const { clock, skew, given, stop } = watched()
    skew.ms = -8_000
    await clock.advance(6_000)
    skew.ms = 0
    await clock.advance(1_000)
    skew.ms = -8_000
    await clock.advance(9_000)
    assert.deepEqual(given, [])
    stop()
    await clock.advance(60_000)
    assert.deepEqual(given, [])
  })
})
