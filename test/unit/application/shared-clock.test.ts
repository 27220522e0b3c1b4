import assert from 'node:assert/strict'
import { tickOf } from '../../../operator/application/clock.ts'
import { sharedClock } from '../../../operator/application/shared-clock.ts'
import { fakeClock } from '../../fakes/fake-clock.ts'

const HOUR = 3_600_000

function site() {
  const clock = fakeClock()
  const apart: number[] = []
  const shared = sharedClock({ clock, server: 'the server', onApart: (ms) => apart.push(ms) })
  /** Answers of a server whose clock is so far ahead of the wall clock, one every five seconds. */
  async function answers(aheadMs: number, count: number): Promise<void> {
    for (let left = count; left > 0; left -= 1) {
      shared.observe(clock.now() + aheadMs)
      if (left > 1) await clock.advance(5_000)
    }
  }
  return { clock, apart, shared, answers }
}

describe('sharedClock', () => {
  it('tells the time of the server, however wrong its own clock is and whatever it is set to', async () => {
    const { clock, shared, answers } = site()
    assert.equal(shared.whyUnknown(), 'the server has not told its time yet')
    await answers(-HOUR, 3)
    assert.equal(shared.whyUnknown(), undefined)
    const right = clock.now() - HOUR
    assert.equal(shared.now(), right)
    await clock.advance(30_000)
    assert.equal(shared.now(), right + 30_000)
    clock.jump(-3 * HOUR)
    assert.equal(shared.now(), right + 30_000)
    assert.match(shared.whyUnknown() ?? '', /this host's clock was set, or the host was suspended, since the server/)
    await answers(3 * HOUR - HOUR, 3)
    assert.equal(shared.whyUnknown(), undefined)
    assert.equal(shared.now(), right + 40_000)
  })

  it('tells whole milliseconds, as clocks do', () => {
    let steady = 0.25
    const clock = { ...fakeClock(), now: () => 5_000, tick: () => tickOf(steady) }
    const shared = sharedClock({ clock, server: 'the server', onApart: () => undefined })
    shared.observe(3_000)
    steady = 1.5
    assert.equal(shared.now(), 3_001)
  })

  it('is its own where a server tells no time', () => {
    const { clock, shared } = site()
    shared.observe(undefined)
    assert.equal(shared.whyUnknown(), undefined)
    assert.equal(shared.now(), clock.now())
  })

  it('believes its first answer at once where its own clock says the same, and else only what is said again and again', async () => {
    const agreeing = site()
    agreeing.shared.observe(agreeing.clock.now() - 10_000)
    assert.equal(agreeing.shared.whyUnknown(), undefined)
    const { clock, shared, answers } = site()
    await answers(HOUR, 2)
    assert.match(
      shared.whyUnknown() ?? '',
      /^the server tells another time than this host's clock, by 3600 s: it is beli/,
    )
    assert.equal(shared.now(), clock.now() + HOUR, 'nothing better is known')
    await clock.advance(4_999)
    shared.observe(clock.now() + HOUR)
    assert.notEqual(shared.whyUnknown(), undefined, 'the first of the three is less than ten seconds ago')
    await clock.advance(1)
    shared.observe(clock.now() + HOUR)
    assert.equal(shared.whyUnknown(), undefined)
  })

  it('knows no time after a wrong date, keeps the one that it knew, and knows it again once answers agree', async () => {
    for (const offMs of [-2 * HOUR, 192 * HOUR, 30_000]) {
      const { clock, shared, answers } = site()
      await answers(0, 10)
      shared.observe(clock.now() + offMs)
      assert.match(shared.whyUnknown() ?? '', /tells another time than before, by -?[0-9]+ s/)
      assert.equal(shared.now(), clock.now())
      await answers(0, 3)
      assert.equal(shared.whyUnknown(), undefined)
      assert.equal(shared.now(), clock.now())
    }
  })

  it('follows a server whose clock was set, once enough answers say so; not one whose answers contradict each other', async () => {
    const { clock, shared, answers } = site()
    await answers(0, 3)
    for (let round = 0; round < 20; round += 1) {
      await answers(HOUR, 2)
      await answers(0, 2)
    }
    assert.notEqual(shared.whyUnknown(), undefined)
    await answers(HOUR, 3)
    assert.equal(shared.whyUnknown(), undefined)
    assert.equal(shared.now(), clock.now() + HOUR)
  })

  it('knows the time at the first answer after its host was suspended, and not by one of before that is read late', async () => {
    const { clock, shared, answers } = site()
    const late = clock.now()
    await answers(0, 3)
    clock.jump(2 * HOUR) // steady time stands still meanwhile
    assert.match(shared.whyUnknown() ?? '', /the host was suspended/)
    shared.observe(clock.now())
    assert.equal(shared.whyUnknown(), undefined)
    assert.equal(shared.now(), clock.now())
    clock.jump(2 * HOUR)
    shared.observe(late + 2 * HOUR + 10_000)
    assert.notEqual(shared.whyUnknown(), undefined)
  })

  describe('while clocks are apart', () => {
    it('says so once, and once that they agree when that has lasted for a minute', async () => {
      const { clock, apart, shared, answers } = site()
      await answers(-HOUR, 3)
      clock.jump(-HOUR)
      await answers(0, 14)
      assert.deepEqual(apart, [HOUR])
      await clock.advance(5_000)
      shared.observe(clock.now())
      assert.deepEqual(apart, [HOUR, 0])
    })

    it('does not say it again and again on the verge of it, or where one of several servers is off', async () => {
      const cut = (ms: number) => Math.floor(ms / 1_000) * 1_000
      const verge = site()
      const several = site()
      for (let answer = 0; answer < 3_000; answer += 1) {
        verge.shared.observe(cut(verge.clock.now() - 5_500))
        several.shared.observe(cut(several.clock.now() - (answer % 3 === 0 ? 10_000 : 0)))
        await verge.clock.advance(250)
        await several.clock.advance(250)
      }
      assert.deepEqual([verge.apart.length, several.apart.length], [1, 1])
      assert.equal(several.shared.whyUnknown(), undefined)
    })
  })
})
