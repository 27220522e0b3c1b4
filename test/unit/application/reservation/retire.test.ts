import assert from 'node:assert/strict'
import { later } from '../../../../operator/application/clock.ts'
import { clockSkew } from '../../../../operator/application/clock-skew.ts'
import type { Retention } from '../../../../operator/application/reservation/retire.ts'
import type { Reservation } from '../../../../operator/domain/reservation/reservation.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { aReservation, aTime, hourMs, hoursAgo, now, retired } from './retirements.ts'

describe('retirement', () => {
  const dayMs = 24 * 3_600_000

  it('deletes what has been over for long enough, oldest first, and nothing else', async () => {
    const all = [
      aReservation('expired', 'Expired', hoursAgo(24)),
      aReservation('rejected', 'Rejected', hoursAgo(30)),
      aReservation('released-lately', 'Released', hoursAgo(23)),
      aReservation('sold', 'Confirmed', hoursAgo(25)),
      aReservation('in-use', 'Confirmed', hoursAgo(90), false),
      aReservation('held', 'Reserved', hoursAgo(90), false),
    ]
    const { removed, outcome } = await retired(all, { finishedAfterMs: dayMs })
    assert.deepEqual(removed, ['rejected', 'sold', 'expired'])
    assert.deepEqual(outcome, { kind: 'recheckAfter', delayMs: 30_000 })
  })

  it('deletes the oldest when there are more than may be kept, whatever their age', async () => {
    const all = [3, 1, 2, 4].map((hours) => aReservation(`${hours}h`, 'Released', hoursAgo(hours)))
    assert.deepEqual((await retired(all, { finishedMax: 2 })).removed, ['4h', '3h'])
  })

  it('deletes those of the namespace that has the most, however old others are, and counts none that goes by its age', async () => {
    const inNamespace = (namespace: string, hours: readonly number[]) =>
      hours.map((each) => ({ ...aReservation(`${namespace}${each}`, 'Released', hoursAgo(each)), namespace }))
    const all = [...inNamespace('noisy', [1, 2, 3]), ...inNamespace('quiet', [9]), ...inNamespace('old', [31, 32, 33])]
    const { removed } = await retired(all, { finishedAfterMs: dayMs, finishedMax: 3 })
    assert.deepEqual(removed, ['old33', 'old32', 'old31', 'noisy3'])
  })

  it('deletes the same ones in whatever order they are seen', async () => {
    const all = ['d', 'b', 'a', 'c'].map((name) => aReservation(name, 'Released', hoursAgo(1)))
    for (const seen of [all, all.toReversed()])
      assert.deepEqual((await retired(seen, { finishedMax: 2 })).removed, ['a', 'b'])
  })

  it('keeps everything for ever when both limits are 0', async () => {
    const all = [aReservation('old', 'Released', hoursAgo(90_000))]
    assert.deepEqual((await retired(all, {})).removed, [])
  })

  it('leaves alone what somebody is deleting already, and what has no status', async () => {
    const deleting = { ...aReservation('going', 'Released', hoursAgo(90)), deleting: true }
    const { status: _, ...fresh } = aReservation('fresh', 'Released', hoursAgo(90))
    assert.deepEqual((await retired([deleting, fresh], { finishedAfterMs: 1, finishedMax: 1 })).removed, [])
  })

  it('ends a sweep after five hundred and asks to go on at once', async () => {
    const all = Array.from({ length: 501 }, (_, index) => aReservation(`n${index}`, 'Released', hoursAgo(30)))
    const { removed, outcome } = await retired(all, { finishedAfterMs: dayMs })
    assert.equal(removed.length, 500)
    assert.deepEqual(outcome, { kind: 'recheckAfter', delayMs: 0 })
  })

  it('finds out once for all sweeps that follow at once what is to go, and tries nothing of it twice', async () => {
    const all = Array.from({ length: 1_200 }, (_, index) => aReservation(`n${index}`, 'Released', hoursAgo(30)))
    const changed = ({ name }: Reservation) => ['n3', 'n700'].includes(name)
    const { removed, looks, tries, outcomes } = await retired(all, { finishedAfterMs: dayMs }, { changed, sweeps: 3 })
    assert.deepEqual([removed.length, looks, tries], [1_198, 1, 1_200])
    assert.deepEqual(outcomes.at(-1), { kind: 'recheckAfter', delayMs: 30_000 })
  })

  it('finds it out anew where sweeps take so long that others have ended meanwhile', async () => {
    const all = Array.from({ length: 1_001 }, (_, index) => aReservation(`n${index}`, 'Released', hoursAgo(30)))
    const time = aTime()
    const { looks } = await retired(
      all,
      { finishedAfterMs: dayMs },
      { time, sweeps: 3, eachSweep: () => time.clock.advance(20_000) },
    )
    assert.equal(looks, 2)
  })

  it('deletes no more because there are too many once somebody else has deleted some', async () => {
    const all = Array.from({ length: 3_000 }, (_, index) => aReservation(`n${index}`, 'Released', hoursAgo(1)))
    let others = 0
    const deleted = ({ name }: Reservation) => Number(name.slice(1)) >= 3_000 - others
    const eachSweep = async () => {
      others = 1_500
    }
    const { removed } = await retired(all, { finishedMax: 1_500 }, { deleted, sweeps: 4, eachSweep })
    assert.equal(removed.length, 500) // of the first sweep; then 1,000 are left of 1,500 that may be
  })

  it('counts for forgotten only what it has deleted itself', async () => {
    const all = Array.from({ length: 20 }, (_, index) => ({
      ...aReservation(`n${index}`, 'Released', hoursAgo(0.1)),
      keyed: true as const,
    }))
    const isGone = new Set<string>()
    const deleted = ({ name }: Reservation) => isGone.has(name)
    const changed = ({ name }: Reservation) => {
      if (Number(name.slice(1)) % 2 === 0) isGone.add(name) // a moment before it is its turn
      return false
    }
    const keeping = { forMs: hourMs, most: 5 }
    const { removed, early } = await retired(all, { finishedMax: 1 }, { deleted, changed, keeping })
    assert.equal(early, removed.length)
  })

  it('lets others have their turn while it looks through very many', async () => {
    const { clock, ...time } = aTime()
    let pauses = 0
    let ticks = 0
    const busy = {
      ...clock,
      tick() {
        ticks += 1
        return later(clock.tick(), ticks) // each look at it finds 1 ms gone
      },
      schedule(_delayMs: number, run: () => void) {
        pauses += 1
        setImmediate(run)
        return () => {}
      },
    }
    const all = Array.from({ length: 20_000 }, (_, index) => aReservation(`n${index}`, 'Released', hoursAgo(1)))
    await retired(all, { finishedAfterMs: dayMs, finishedMax: 19_990 }, { time: { ...time, clock: busy } })
    assert.ok(pauses >= 20, `${pauses} pauses`)
  })

  it('deletes all others beside those that somebody keeps from going, and says that first and then seldom', async () => {
    const kept = Array.from({ length: 30 }, (_, index) => ({
      ...aReservation(`kept${index}`, 'Released', hoursAgo(40)),
      namespace: 'sick',
    }))
    const all = [
      ...kept,
      ...Array.from({ length: 700 }, (_, index) => aReservation(`n${index}`, 'Released', hoursAgo(30))),
    ]
    const undeletable = ({ namespace }: Reservation) => namespace === 'sick'
    const { removed, outcomes, retries, troubles } = await retired(
      all,
      { finishedAfterMs: dayMs },
      { undeletable, sweeps: 3 },
    )
    assert.equal(removed.length, 700)
    assert.deepEqual(
      outcomes,
      [0, 30_000, 30_000].map((delayMs) => ({ kind: 'recheckAfter', delayMs })),
    )
    assert.deepEqual(troubles, ["can't delete finished reservations; tried again: sick/kept0: denied"])
    assert.ok(retries.length >= 3 * 8 && retries.length <= 3 * 15, `${retries.length} tries`)
    assert.equal(retries[0], 'delete finished reservations: NoAnswer')
  })

  it('is not in a hurry while nothing can be deleted, and tries each of them in turn', async () => {
    const all = Array.from({ length: 501 }, (_, index) => ({
      ...aReservation(`n${index}`, 'Released', hoursAgo(30)),
      namespace: `team-${index % 100}`,
    }))
    const tried = new Set<string>()
    const undeletable = ({ name }: Reservation) => tried.add(name).size > 0
    const { outcomes, tries } = await retired(all, { finishedAfterMs: dayMs }, { undeletable, sweeps: 2 })
    assert.deepEqual(
      outcomes,
      [30_000, 30_000].map((delayMs) => ({ kind: 'recheckAfter', delayMs })),
    )
    assert.deepEqual([tries, tried.size], [1_000, 501])
  })

  describe('by a clock that may be wrong', () => {
    const sold = Array.from({ length: 50 }, (_, index) => aReservation(`sold${index}`, 'Confirmed', hoursAgo(1)))
    const sweepAt = (time: ReturnType<typeof aTime>, retention: Partial<Retention> = { finishedAfterMs: dayMs }) =>
      retired(sold, retention, { time })

    it('deletes nothing, and asks nobody again who has just answered, while the clock is known to be wrong', async () => {
      for (const retention of [{ finishedAfterMs: dayMs }, { finishedMax: 1 }]) {
        const time = aTime()
        time.clock.jump(25 * 3_600_000)
        const { removed, outcome, reads } = await sweepAt(time, retention)
        assert.deepEqual([removed, reads], [[], 0])
        assert.deepEqual(outcome, { kind: 'recheckAfter', delayMs: 30_000 })
      }
    })

    it('asks before it deletes when no answer has judged the clock for long, or none ever has', async () => {
      const ahead = fakeClock(now + 25 * 3_600_000)
      const never = { clock: ahead, skew: clockSkew(ahead), ask: () => now }
      const { removed, reads } = await sweepAt(never)
      assert.deepEqual([removed, reads], [[], 8])

      const lately = aTime()
      await lately.clock.advance(25 * 3_600_000) // its steady clock has leapt too, and tells nothing
      const wrong = await sweepAt({ ...lately, ask: () => now })
      assert.deepEqual([wrong.removed, wrong.reads], [[], 8])
    })

    it('goes on at once when an answer agrees with a clock that seemed to be set', async () => {
      const time = aTime()
      await time.clock.advance(11_000)
      time.clock.jump(25 * 3_600_000) // the machine was suspended
      const { removed, reads } = await sweepAt(time)
      assert.deepEqual([removed.length, reads], [50, 8])
    })

    it('deletes nothing that was due by a clock which is put right in the middle of a sweep', async () => {
      const clock = fakeClock(now + 25 * 3_600_000)
      const skew = clockSkew(clock)
      const ask = () => {
        if (clock.now() > now) clock.jump(now - clock.now())
        return clock.now()
      }
      const { removed } = await sweepAt({ clock, skew, ask })
      assert.deepEqual([removed, skew.excessMs()], [[], 0])
    })

    it('trusts the clock, as stocks do, when answers bring no date', async () => {
      const clock = fakeClock(now + 25 * 3_600_000)
      const { removed } = await sweepAt({ clock, skew: clockSkew(clock), ask: () => undefined })
      assert.equal(removed.length, 50)
    })
  })
})
