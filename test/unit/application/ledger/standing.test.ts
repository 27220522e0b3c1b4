import assert from 'node:assert/strict'
import { longAgo } from '../../../../operator/application/clock.ts'
import { Journal } from '../../../../operator/application/ledger/journal.ts'
import { Standing } from '../../../../operator/application/ledger/standing.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { aBook, anEntry, someTerms } from '../../../fixtures/builders.ts'

/** A stock that is counted and well; what it stands in can be changed. */
function aStanding() {
  const clock = fakeClock()
  const kept = new Journal()
  const world = {
    failing: undefined as { ms: number; reason: string } | undefined,
    queued: 0,
    parked: 0,
    mute: '',
    looks: 0,
  }
  const stands = new Standing({
    ...{ book: aBook(), journal: kept, clock, skew: { excessMs: () => 0 } },
    writer: {
      known: { terms: someTerms() },
      get failing() {
        return world.failing
      },
    },
    queue: {
      get length() {
        return world.queued
      },
    },
    lot: {
      get size() {
        return world.parked
      },
    },
    cannotTell(namespace) {
      world.looks += 1
      return namespace === world.mute
    },
  })
  stands.counting = false
  stands.drainedAt = longAgo
  const whyOf = (wish: Parameters<typeof stands.whyUndecided>[0]) => stands.whyUndecided(wish)?.reason
  return { stands, world, journal: kept, whyOf, clock }
}

const takes = { takesUnits: true }
const opening = { opening: true }

describe('a stock decides', () => {
  it('everything while it is well', () => {
    const { whyOf, stands } = aStanding()
    assert.deepEqual([whyOf(takes), whyOf({}), whyOf(opening), stands.mode], [undefined, undefined, undefined, 'open'])
  })

  it('only what its takeover asks while it is counted', () => {
    const { whyOf, stands } = aStanding()
    stands.counting = true
    assert.deepEqual([whyOf(takes), whyOf({}), whyOf(opening)], ['Counting', 'Counting', undefined])
  })

  it('no new holds while its books do not close', () => {
    const { whyOf, stands } = aStanding()
    stands.blocked = { reason: 'BooksDoNotClose', message: 'too little' }
    assert.deepEqual([whyOf(takes), whyOf({}), whyOf(opening)], ['BooksDoNotClose', undefined, undefined])
  })

  it('nothing at all while it is halted', () => {
    const { whyOf, stands } = aStanding()
    stands.blocked = { reason: 'InternalError', message: 'broken' }
    assert.deepEqual([whyOf(takes), whyOf({}), whyOf(opening)], ['InternalError', 'InternalError', 'InternalError'])
  })

  it('nothing more once its write has failed for five seconds, and says why', () => {
    const { whyOf, stands, world } = aStanding()
    world.failing = { ms: 4_999, reason: 'a freeze' }
    assert.deepEqual([whyOf(takes), stands.stalledBecause !== undefined], [undefined, false])
    world.failing = { ms: 5_000, reason: 'a freeze' }
    assert.deepEqual([whyOf({}), stands.stalledBecause !== undefined], ['StoreFails', true])
    assert.equal(stands.whyUndecided(takes)?.message, "its books can't be stored: a freeze")
  })

  it('nothing for newcomers while 4,096 are in line', () => {
    const { stands, whyOf, world } = aStanding()
    world.queued = 4_095
    assert.equal(stands.whyTurnedAway({}), undefined)
    world.queued = 4_096
    assert.deepEqual([stands.whyTurnedAway({})?.reason, stands.whyTurnedAway(takes)?.reason], ['Busy', 'Busy'])
    assert.deepEqual([stands.whyTurnedAway(opening), whyOf(takes)], [undefined, undefined], 'who is in line is decided')
  })

  it('no new holds while a full journal has not drained for long, if somebody waits', () => {
    const { whyOf, world, journal: kept } = aStanding()
    kept.add(Array.from({ length: 176 }, (_, index) => anEntry({ sequence: index + 1 })))
    assert.equal(whyOf(takes), undefined)
    world.parked = 1
    assert.deepEqual([whyOf(takes), whyOf({})], ['JournalFull', undefined])
    assert.equal(whyOf({ ...takes, promised: 1 }), undefined, 'its places are its own')
  })

  it('no new holds for a namespace that can not be told, once 32 decisions wait there', () => {
    const { whyOf, world, journal: kept, stands } = aStanding()
    world.mute = 'bakery'
    kept.add(Array.from({ length: 31 }, (_, index) => anEntry({ sequence: index + 1, reservationNamespace: 'bakery' })))
    const bakery = { namespace: 'bakery' }
    assert.equal(whyOf({ ...takes, ...bakery }), undefined)
    kept.add([anEntry({ sequence: 32, reservationNamespace: 'bakery' })])
    assert.deepEqual(
      [whyOf({ ...takes, ...bakery }), whyOf({ ...takes, namespace: 'shop' }), whyOf(takes)],
      [...['Untold', undefined, undefined]],
    )
    assert.equal(whyOf(bakery), undefined, 'what gives back has room')
    assert.deepEqual([stands.isMute('bakery'), stands.isMute('shop')], [true, false])
    assert.equal(whyOf({ ...takes, ...bakery, promised: 1 }), undefined, 'its place was judged before')
  })

  it('whom a long line passes over by one look at its namespace each tenth of a second', async () => {
    const { world, journal: kept, stands, clock } = aStanding()
    kept.add(Array.from({ length: 32 }, (_, index) => anEntry({ sequence: index + 1, reservationNamespace: 'bakery' })))
    for (let of = 0; of < 10_000; of += 1) stands.isMute('bakery')
    world.mute = 'bakery'
    assert.deepEqual([stands.isMute('bakery'), world.looks], [false, 1])
    await clock.advance(100)
    assert.deepEqual([stands.isMute('bakery'), world.looks], [true, 2])
  })
})
