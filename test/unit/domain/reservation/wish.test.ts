import assert from 'node:assert/strict'
import type { Phase, ReservationSpec } from '../../../../operator/domain/reservation/reservation.ts'
import { type Progress, type Wish, wishOf } from '../../../../operator/domain/reservation/wish.ts'
import { aSpec, minuteMs, tenOClock } from '../../../fixtures/builders.ts'

const deadline = tenOClock + 15 * minuteMs
const states = ['Reserved', 'Confirmed', 'Released'] as const

/** The wish of each phase for `state` Reserved, Confirmed and Released, and for one that is deleted; before its deadline. */
const table: readonly [Phase | undefined, Wish, Wish, Wish, Wish][] = [
  [undefined, 'claim', 'claim', 'release', 'end'],
  ['Pending', 'claim', 'claim', 'release', 'end'],
  ['Waiting', 'claim', 'claim', 'release', 'end'],
  ['Reserved', 'nothing', 'confirm', 'release', 'end'],
  ['Confirmed', 'nothing', 'nothing', 'release', 'end'],
  ['Released', 'nothing', 'nothing', 'nothing', 'nothing'],
  ['Expired', 'nothing', 'nothing', 'nothing', 'nothing'],
  ['Rejected', 'nothing', 'nothing', 'nothing', 'nothing'],
]

describe('wishOf', () => {
  for (const [phase, ...wishes] of table) {
    const progress: Progress = { deadline, reservedAt: tenOClock, ...(phase && { phase }) }
    for (const [index, state] of states.entries()) {
      it(`is to ${wishes[index]} when ${phase ?? 'undecided'} and ${state} is wanted`, () => {
        assert.equal(wishOf(aSpec({ state }), false, progress, tenOClock), wishes[index])
      })
    }
    it(`is to ${wishes[3]} when ${phase ?? 'undecided'} and deleted, whatever is wanted`, () => {
      for (const state of states) assert.equal(wishOf(aSpec({ state }), true, progress, tenOClock), wishes[3])
    })
  }

  const later: readonly [string, Partial<ReservationSpec>, Progress, number, Wish][] = [
    ['a hold just before its end', {}, { phase: 'Reserved', deadline }, deadline - 1, 'nothing'],
    ['a hold at its end', {}, { phase: 'Reserved', deadline }, deadline, 'expire'],
    [
      'a hold to be confirmed after its end',
      { state: 'Confirmed' },
      { phase: 'Reserved', deadline },
      deadline,
      'confirm',
    ],
    [
      'a hold to be released after its end',
      { state: 'Released' },
      { phase: 'Reserved', deadline },
      deadline,
      'release',
    ],
    ['a wait just before its end', {}, { phase: 'Waiting', deadline }, deadline - 1, 'claim'],
    ['a wait at its end', {}, { phase: 'Waiting', deadline }, deadline, 'expire'],
    ['a hold whose end nobody knows', {}, { phase: 'Reserved' }, deadline, 'nothing'],
    ['a wait whose end nobody knows', {}, { phase: 'Waiting' }, deadline, 'claim'],
    ['a confirmed one long after its hold', {}, { phase: 'Confirmed', deadline }, deadline, 'nothing'],
    ['a pending one long after', {}, { phase: 'Pending', deadline }, deadline, 'claim'],
  ]
  for (const [title, spec, progress, now, want] of later) {
    it(`is to ${want} for ${title}`, () => assert.equal(wishOf(aSpec(spec), false, progress, now), want))
  }

  describe('of a hold with a ttl', () => {
    const held: Progress = { phase: 'Reserved', deadline, reservedAt: tenOClock }
    const ttls: readonly [number, Wish][] = [
      [14, 'nothing'],
      [15, 'nothing'],
      [16, 'extend'],
    ]
    for (const [minutes, want] of ttls) {
      it(`is to ${want} when ${minutes} minutes are asked and 15 were granted`, () => {
        assert.equal(wishOf(aSpec({ ttlMs: minutes * minuteMs }), false, held, tenOClock), want)
      })
    }

    it('is to expire, not to extend, at its end', () => {
      assert.equal(wishOf(aSpec({ ttlMs: 16 * minuteMs }), false, held, deadline), 'expire')
    })

    it('is nothing to extend where nobody knows when it began', () => {
      assert.equal(wishOf(aSpec({ ttlMs: minuteMs }), false, { phase: 'Reserved', deadline }, tenOClock), 'nothing')
    })
  })
})
