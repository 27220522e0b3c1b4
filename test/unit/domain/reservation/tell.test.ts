import assert from 'node:assert/strict'
import type { TellFacts } from '../../../../operator/domain/reservation/message.ts'
import type { Phase, Reason, ReservationStatus } from '../../../../operator/domain/reservation/reservation.ts'
import { phaseAfter, statusAfter, statusWithoutEntry } from '../../../../operator/domain/reservation/tell.ts'
import type { Entry, Verb } from '../../../../operator/domain/stock/entry.ts'
import { afterTen, anEntry, aReservation, grinder } from '../../../fixtures/builders.ts'

const price = { amount: '9.90', currency: 'EUR' }
const reservation = aReservation({ generation: 3 })
const facts: TellFacts = { reservation, home: grinder, consumed: true }
const item = { stockNamespace: 'shop', stock: 'grinder', stockUID: 'uid-grinder', quantity: 2, sequence: 3 }

/** The next entry of the grinders about the order; nothing is held until a time any more. */
function next(verb: Verb, seconds: number, particular: Partial<Entry> = {}): Entry {
  const { deadline: _, ...entry } = anEntry({ sequence: 9, verb, at: afterTen(seconds), ...particular })
  return particular.deadline ? { ...entry, deadline: particular.deadline } : entry
}

const withoutConditions = ({ conditions: _, ...status }: ReservationStatus) => status
const timesOf = ({ reservedAt, expiresAt, confirmedAt, finishedAt }: ReservationStatus) => ({
  reservedAt,
  expiresAt,
  confirmedAt,
  finishedAt,
})
const noTimes = { reservedAt: undefined, expiresAt: undefined, confirmedAt: undefined, finishedAt: undefined }
const held = statusAfter(undefined, anEntry({ unitPrice: price }), facts)

describe('phaseAfter', () => {
  const phases: readonly [Verb, Phase | undefined][] = [
    ['Reserve', 'Reserved'],
    ['Extend', 'Reserved'],
    ['Confirm', 'Confirmed'],
    ['Release', 'Released'],
    ['Return', 'Released'],
    ['Expire', 'Expired'],
    ['Refuse', 'Rejected'],
    ['Wait', 'Waiting'],
    ['Adjust', undefined],
    ['Note', undefined],
    ['Recount', undefined],
  ]
  for (const [verb, want] of phases) {
    it(`is ${want} after ${verb}`, () => assert.equal(phaseAfter(anEntry({ verb })), want))
  }
})

describe('statusAfter', () => {
  it('tells all of a hold', () => {
    assert.deepEqual(withoutConditions(held), {
      observedGeneration: 3,
      phase: 'Reserved',
      reason: 'Reserved',
      message: '2 of grinder held until 10:15:00Z',
      summary: 'grinder×2',
      stock: 'grinder',
      sequence: 3,
      items: [{ ...item, unitPrice: price }],
      totalPrice: [{ amount: '19.80', currency: 'EUR' }],
      reservedAt: afterTen(0),
      expiresAt: afterTen(900),
    })
    assert.deepEqual(
      held.conditions.map(({ type, status, reason, observedGeneration }) => [type, status, reason, observedGeneration]),
      [
        ['Reserved', 'True', 'Reserved', 3],
        ['Confirmed', 'False', 'Reserved', 3],
        ['Finished', 'False', 'Reserved', 3],
      ],
    )
  })

  it('tells of no price where there is none', () => {
    const status = statusAfter(undefined, anEntry(), facts)
    assert.deepEqual(status.items, [item])
    assert.ok(!('totalPrice' in status))
  })

  it('keeps the price of the hold when it is confirmed at another one', () => {
    const status = statusAfter(held, next('Confirm', 60, { unitPrice: { amount: '1', currency: 'USD' } }), facts)
    assert.deepEqual(withoutConditions(status), {
      observedGeneration: 3,
      phase: 'Confirmed',
      reason: 'Confirmed',
      message: '2 of grinder sold',
      summary: 'grinder×2',
      stock: 'grinder',
      sequence: 9,
      items: [{ ...item, sequence: 9, unitPrice: price }],
      totalPrice: [{ amount: '19.80', currency: 'EUR' }],
      reservedAt: afterTen(0),
      confirmedAt: afterTen(60),
    })
    assert.equal(status.conditions[2]?.status, 'True')
  })

  it('tells the price of one that is confirmed before anything else was told', () => {
    const { items } = statusAfter(undefined, next('Confirm', 60, { unitPrice: price }), facts)
    assert.deepEqual(items, [{ ...item, sequence: 9, unitPrice: price }])
  })

  it('does not finish a confirmed one whose units come back', () => {
    const status = statusAfter(held, next('Confirm', 60), { ...facts, consumed: false })
    assert.deepEqual([status.message, status.conditions[2]?.status], ['2 of grinder in use', 'False'])
  })

  it('tells the new end of a hold that is extended, and its old beginning', () => {
    const status = statusAfter(held, next('Extend', 60, { deadline: afterTen(1_800) }), facts)
    assert.deepEqual(timesOf(status), {
      reservedAt: afterTen(0),
      expiresAt: afterTen(1_800),
      confirmedAt: undefined,
      finishedAt: undefined,
    })
    assert.deepEqual([status.phase, status.reason], ['Reserved', 'Reserved'])
  })

  it('keeps the end of a hold that an entry does not say', () => {
    assert.equal(statusAfter(held, next('Extend', 60), facts).expiresAt, afterTen(900))
  })

  const ends: readonly [Verb, Reason, Phase][] = [
    ['Release', 'ReleasedByClient', 'Released'],
    ['Release', 'Deleted', 'Released'],
    ['Return', 'ReleasedByClient', 'Released'],
    ['Expire', 'HoldExpired', 'Expired'],
    ['Expire', 'ConfirmedTooLate', 'Expired'],
  ]
  for (const [verb, reason, phase] of ends) {
    it(`tells of ${verb} for ${reason} when it ended, and of no end to come`, () => {
      const status = statusAfter(held, next(verb, 60, { reason }), facts)
      assert.deepEqual([status.phase, status.reason, status.sequence], [phase, reason, 9])
      assert.deepEqual(timesOf(status), {
        reservedAt: afterTen(0),
        expiresAt: undefined,
        confirmedAt: undefined,
        finishedAt: afterTen(60),
      })
    })
  }

  it('remembers of a returned one when it was confirmed', () => {
    const sold = statusAfter(held, next('Confirm', 60), facts)
    const status = statusAfter(sold, next('Return', 90, { reason: 'ReleasedByClient' }), facts)
    assert.deepEqual(timesOf(status), {
      reservedAt: afterTen(0),
      expiresAt: undefined,
      confirmedAt: afterTen(60),
      finishedAt: afterTen(90),
    })
  })

  it('tells a refusal without a price', () => {
    const entry = next('Refuse', 0, { reason: 'InsufficientStock', unitPrice: price, shortages: [], available: 1 })
    const status = statusAfter(undefined, entry, facts)
    assert.deepEqual([status.phase, status.reason, status.finishedAt], ['Rejected', 'InsufficientStock', afterTen(0)])
    assert.deepEqual(status.items, [{ ...item, sequence: 9 }])
    assert.ok(!('totalPrice' in status))
    assert.ok(!('waitlist' in status))
  })

  it('leaves the status of a stock’s own entry as it was, but for the number', () => {
    const status = statusAfter(held, next('Note', 60, { note: 'paused' }), facts)
    assert.deepEqual([status.phase, status.sequence], ['Reserved', 9])
    assert.equal(statusAfter(undefined, next('Note', 60, { note: 'paused' }), facts).phase, 'Pending')
  })

  describe('of one that waits', () => {
    const shortages = [{ stockNamespace: 'shop', stock: 'grinder', missing: 1 }]
    const wait = next('Wait', 5, { reason: 'WaitingForStock', deadline: afterTen(605), unitPrice: price, shortages })
    const waiting = statusAfter(undefined, wait, { ...facts, position: 4 })

    it('tells since when, until when, its place and what is missing', () => {
      assert.deepEqual([waiting.phase, waiting.reason], ['Waiting', 'WaitingForStock'])
      assert.deepEqual(waiting.waitlist, { since: afterTen(5), until: afterTen(605), position: 4, shortages })
      assert.deepEqual(timesOf(waiting), noTimes)
      assert.ok(!('totalPrice' in waiting))
    })

    it('keeps since when and until when, and a place that nobody says anew', () => {
      const { shortages: _, ...again } = next('Wait', 50, { reason: 'WaitingForStock' })
      const status = statusAfter(waiting, again, facts)
      assert.deepEqual(status.waitlist, { since: afterTen(5), until: afterTen(605), position: 4, shortages: [] })
      assert.equal(statusAfter(waiting, again, { ...facts, position: 2 }).waitlist?.position, 2)
      assert.equal(statusAfter(undefined, again, facts).waitlist?.position, 0)
    })

    it('gets the price of the day on which it is held', () => {
      const dearer = { amount: '12', currency: 'EUR' }
      const status = statusAfter(waiting, anEntry({ sequence: 12, at: afterTen(60), unitPrice: dearer }), facts)
      assert.deepEqual(status.items, [{ ...item, sequence: 12, unitPrice: dearer }])
      assert.equal(status.reservedAt, afterTen(60))
      assert.ok(!('waitlist' in status))
    })
  })
})

describe('statusWithoutEntry', () => {
  const facts = { reason: 'StockNotFound', message: 'no stock grinder in namespace shop', at: afterTen(30) } as const

  it('tells one that is over, and when', () => {
    const status = statusWithoutEntry({ phase: 'Rejected', ...facts }, reservation)
    assert.deepEqual(withoutConditions(status), {
      observedGeneration: 3,
      phase: 'Rejected',
      reason: 'StockNotFound',
      message: 'no stock grinder in namespace shop',
      summary: 'grinder×2',
      stock: 'grinder',
      finishedAt: afterTen(30),
    })
    assert.deepEqual(status.conditions[2], {
      type: 'Finished',
      status: 'True',
      reason: 'StockNotFound',
      message: 'no stock grinder in namespace shop',
      lastTransitionTime: '2026-11-22T10:00:30Z',
      observedGeneration: 3,
    })
  })

  it('tells one that is pending, which is not over', () => {
    const status = statusWithoutEntry({ phase: 'Pending', ...facts, reason: 'StockBusy' }, reservation)
    assert.deepEqual([status.phase, status.reason, status.finishedAt], ['Pending', 'StockBusy', undefined])
    assert.equal(status.conditions[2]?.status, 'False')
  })

  it('keeps what was told before, but no place in line and no end to come', () => {
    const before = { ...held, waitlist: { since: afterTen(0), position: 1, shortages: [] } }
    const status = statusWithoutEntry({ before, phase: 'Released', ...facts, reason: 'StockGone' }, reservation)
    assert.deepEqual([status.sequence, status.items, status.reservedAt], [3, held.items, afterTen(0)])
    assert.ok(!('waitlist' in status))
    assert.ok(!('expiresAt' in status))
    assert.equal(status.finishedAt, afterTen(30))
    assert.deepEqual(
      status.conditions.map(({ lastTransitionTime }) => lastTransitionTime),
      ['2026-11-22T10:00:30Z', '2026-11-22T10:00:00Z', '2026-11-22T10:00:30Z'],
    )
  })

  it('has no bare stock name for several lines', () => {
    const items = [
      { stockNamespace: 'shop', stock: 'beans', quantity: 1 },
      { stockNamespace: 'shop', stock: 'grinder', quantity: 2 },
    ]
    const status = statusWithoutEntry({ phase: 'Rejected', ...facts }, aReservation({ spec: { items } }))
    assert.deepEqual([status.summary, status.stock], ['beans×1, grinder×2', ''])
  })
})
