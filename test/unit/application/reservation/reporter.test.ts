import assert from 'node:assert/strict'
import { unfinishedFrom } from '../../../../operator/application/ledger/journal.ts'
import type { Reservation, ReservationStatus } from '../../../../operator/domain/reservation/reservation.ts'
import { anEntry } from '../../../fixtures/builders.ts'
import { aReporter, denied } from './a-reporter.ts'

const inNamespace = (namespace: string) => (reservation: Reservation) =>
  reservation.namespace === namespace ? denied : undefined

describe('reporter', () => {
  it('tells in one write all that is to be told at that moment', async () => {
    const { clock, writes, home, reporter, store } = aReporter()
    store({ namespace: 'shop', name: 'order', uid: 'uid-order' })
    const entries = [
      unfinishedFrom(anEntry()),
      unfinishedFrom(anEntry({ sequence: 4, verb: 'Confirm', reserved: 0, confirmed: 2 })),
    ]
    reporter.report(home, entries)
    await clock.advance(10)
    assert.deepEqual(
      writes.map(({ status }) => [status.phase, status.sequence]),
      [['Confirmed', 4]],
    )
    assert.ok(entries.every(({ reported }) => reported))
  })

  it('tells what comes while a write is under way by the next one, never two at a time', async () => {
    const { clock, writes, world, hold, tell } = aReporter()
    hold('shop', 'order')
    const confirmed = tell('shop', 'order', { sequence: 4, verb: 'Confirm' })
    const released = tell('shop', 'order', { sequence: 5, verb: 'Return', reason: 'ReleasedByClient' })
    await clock.advance(10)
    assert.equal(confirmed.reported, false)
    await clock.advance(10)
    assert.equal(world.mostUnderWay, 1)
    assert.deepEqual(
      writes.map(({ status }) => status.phase),
      ['Reserved', 'Released'],
    )
    assert.equal(confirmed.reported && released.reported, true)
  })

  it('tells of what was decided last, also where what came before it comes to be told later', async () => {
    const { clock, statusOf, home, reporter, hold, tell } = aReporter()
    const confirm = { sequence: 4, verb: 'Confirm' } as const
    hold('shop', 'order')
    tell('shop', 'order', confirm)
    await clock.advance(20)
    assert.equal(statusOf('shop', 'order')?.phase, 'Confirmed', 'told by a leader before')
    const entries = [{ sequence: 5, verb: 'Return', reason: 'ReleasedByClient' } as const, confirm].map((entry) =>
      unfinishedFrom(anEntry({ reservation: 'order', uid: 'uid-order', ...entry })),
    )
    reporter.report(home, entries)
    await clock.advance(20)
    assert.equal(statusOf('shop', 'order')?.phase, 'Released')
    assert.ok(entries.every(({ reported }) => reported))
  })

  it('leaves out the hold of a set that is about to be confirmed, unless that takes long', async () => {
    const { clock, writes, store, tell } = aReporter()
    for (const name of ['quick', 'slow'])
      store({ namespace: 'shop', name, uid: `uid-${name}`, spec: { state: 'Confirmed' } })
    tell('shop', 'quick')
    tell('shop', 'slow')
    await clock.advance(4_000)
    tell('shop', 'quick', { sequence: 4, verb: 'Confirm' })
    await clock.advance(10)
    assert.deepEqual(
      writes.map(({ key, status }) => [key, status.phase]),
      [['shop/quick', 'Confirmed']],
    )
    await clock.advance(2_000)
    assert.deepEqual(writes[1]?.status.phase, 'Reserved')
  })

  it('reads again after a conflict, and keeps what it can not read', async () => {
    const { clock, world, writes, stored, hold } = aReporter()
    const one = hold('shop', 'order')
    await clock.settle()
    stored.set('shop/order', { ...(stored.get('shop/order') as Reservation), resourceVersion: '8' })
    const { read } = world
    world.read = () => {
      throw new Error('too busy')
    }
    await clock.advance(2_000)
    assert.deepEqual([one.reported, writes.length], [false, 0])
    world.read = read
    await clock.advance(10_000)
    assert.deepEqual([one.reported, writes.length], [true, 1])
  })

  it('does not take a home that can not be read for one that is gone', async () => {
    const { clock, world, writes, retries, store, tell } = aReporter()
    const elsewhere = { phase: 'Reserved', sequence: 7, conditions: [], items: [{ stockUID: 'uid-former' }] }
    store({ namespace: 'shop', name: 'order', uid: 'uid-order', status: elsewhere as unknown as ReservationStatus })
    world.isPresent = () => {
      throw Object.assign(new Error('slow down'), { reason: 'TooManyRequests' })
    }
    const one = tell('shop', 'order')
    await clock.advance(10)
    assert.deepEqual([one.reported, writes.length, retries], [false, 0, ['TooManyRequests']])
    world.isPresent = () => true
    await clock.advance(1_000)
    assert.deepEqual([one.reported, writes[0]?.status.sequence], [true, 3])
  })

  it('keeps a list of those whose status the schema refuses, and lets their entries go', async () => {
    const { clock, world, refused, reporter, statusOf, hold } = aReporter()
    world.answer = () => ({ kind: 'refused', reason: 'unknown phase' })
    const one = hold('shop', 'order')
    await clock.advance(10)
    assert.deepEqual([one.reported, reporter.untold, refused], [true, 1, ['order']])
    await clock.advance(120_000)
    assert.deepEqual([reporter.untold, refused.length], [1, 1])
    world.answer = () => undefined
    await clock.advance(60_010)
    assert.deepEqual([reporter.untold, statusOf('shop', 'order')?.phase], [0, 'Reserved'])
  })

  it('tells what was refused together with what comes next, and forgets what is gone', async () => {
    const { clock, world, stored, reporter, statusOf, hold, tell } = aReporter()
    world.answer = () => ({ kind: 'refused', reason: 'unknown phase' })
    hold('shop', 'order')
    hold('shop', 'gone')
    await clock.advance(10)
    stored.delete('shop/gone')
    world.answer = () => undefined
    tell('shop', 'order', { sequence: 4, verb: 'Confirm' })
    await clock.advance(10)
    const { phase, reservedAt } = statusOf('shop', 'order') ?? {}
    assert.deepEqual([phase, reservedAt === undefined, reporter.untold], ['Confirmed', false, 1])
    await clock.advance(61_000)
    assert.equal(reporter.untold, 0)
  })

  it('is idle when only what has failed waits for its next try', async () => {
    const { clock, world, reporter, hold } = aReporter()
    world.answer = inNamespace('frozen')
    hold('frozen', 'one')
    let isIdle = false
    void reporter.idle().then(() => {
      isIdle = true
    })
    await clock.settle()
    assert.equal(isIdle, false)
    await clock.advance(10)
    assert.equal(isIdle, true)
  })
})
