import assert from 'node:assert/strict'
import { sharedClock } from '../../../../operator/application/shared-clock.ts'
import { databaseChores } from '../../../../operator/programs/worker/database-chores.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'

describe('databaseChores', () => {
  function site() {
    const own = fakeClock()
    const clock = sharedClock({ clock: own, server: 'the database', onApart: () => undefined })
    const database = { isAway: false, aheadMs: 0, asked: 0, lookedAfter: 0 }
    const chores = databaseChores({
      ...{ clock, logger: { debug: () => undefined, info: () => undefined } },
      async time() {
        database.asked += 1
        if (database.isAway) throw new Error('away')
        return own.now() + database.aheadMs
      },
      async lookAfter() {
        database.lookedAfter += 1
        return 0
      },
    })
    return { own, clock, database, chores }
  }

  it('asks a database that was away at the start again soon, until its time is known, and then seldom', async () => {
    const { own, clock, database, chores } = site()
    database.isAway = true
    chores.start()
    await own.advance(9_000)
    assert.equal(database.asked, 5)
    database.isAway = false
    database.aheadMs = 3_600_000
    await own.advance(13_000)
    assert.equal(clock.whyUnknown(), undefined)
    assert.equal(clock.now(), own.now() + 3_600_000)
    const { asked } = database
    await own.advance(60_000)
    assert.equal(database.asked, asked + 2)
  })

  it('asks nothing more once it is stopped', async () => {
    const { own, database, chores } = site()
    chores.start()
    await own.settle()
    chores.stop()
    await own.advance(120_000)
    assert.deepEqual([database.asked, database.lookedAfter], [1, 1])
  })
})
