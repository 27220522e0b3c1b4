import assert from 'node:assert/strict'
import type { Claim } from '../../../../operator/domain/stock/claim.ts'
import { decideConfirm, decideExpire, decideExtend, decideRelease } from '../../../../operator/domain/stock/decide.ts'
import { aBook, aClaim, afterTen, minuteMs, tenOClock } from '../../../fixtures/builders.ts'

const about = { reservation: 'order', uid: 'uid-order', quantity: 2 }
const held = aClaim()
const sold = aClaim({ phase: 'Confirmed' })
const waiting = aClaim({ phase: 'Waiting' })
const deadline = held.deadline

describe('decideConfirm', () => {
  it('sells what is held', () => {
    assert.deepEqual(decideConfirm(held, aBook(), tenOClock, false), [
      { ...about, verb: 'Confirm', moves: { reserved: -2, confirmed: 2 } },
    ])
  })

  it('keeps the price, the lines and the namespace of the hold', () => {
    const own = {
      unitPrice: { amount: '9.90', currency: 'EUR' },
      lines: [{ stockNamespace: 'shop', stock: 'beans', stockUID: 'uid-beans', sequence: 1, quantity: 1 }],
    }
    assert.deepEqual(decideConfirm({ ...held, ...own, namespace: 'cafe' }, aBook(), tenOClock, false), [
      { ...about, ...own, reservationNamespace: 'cafe', verb: 'Confirm', moves: { reserved: -2, confirmed: 2 } },
    ])
  })

  it('is in time one millisecond before the deadline, and too late at it', () => {
    assert.equal(decideConfirm(held, aBook(), deadline - 1, false)[0]?.verb, 'Confirm')
    assert.deepEqual(decideConfirm(held, aBook(), deadline, false), [
      { ...about, verb: 'Expire', reason: 'ConfirmedTooLate', moves: { reserved: -2 } },
    ])
  })

  it('forgives a deadline that passed while nobody led', () => {
    assert.equal(decideConfirm(held, aBook(), deadline + minuteMs, true)[0]?.verb, 'Confirm')
  })

  for (const claim of [sold, waiting, undefined]) {
    it(`does nothing for ${claim?.phase ?? 'no claim'}`, () => {
      assert.deepEqual(decideConfirm(claim, aBook(), tenOClock, true), [])
    })
  }
})

describe('decideRelease', () => {
  const cases: readonly [Claim, object][] = [
    [held, { ...about, verb: 'Release', reason: 'ReleasedByClient', moves: { reserved: -2 } }],
    [sold, { ...about, verb: 'Return', reason: 'ReleasedByClient', moves: { confirmed: -2 } }],
    [waiting, { ...about, quantity: 0, verb: 'Release', reason: 'ReleasedByClient' }],
  ]
  for (const [claim, want] of cases) {
    it(`gives back exactly what is out of one that is ${claim.phase}`, () => {
      assert.deepEqual(decideRelease(claim, aBook(), 'ReleasedByClient'), [want])
    })
  }

  it('says why', () => assert.equal(decideRelease(held, aBook(), 'Deleted')[0]?.reason, 'Deleted'))

  it('does nothing for no claim', () => assert.deepEqual(decideRelease(undefined, aBook(), 'Deleted'), []))
})

describe('decideExpire', () => {
  it('ends a hold at its deadline, and not a millisecond before', () => {
    assert.deepEqual(decideExpire(held, aBook(), deadline - 1), [])
    assert.deepEqual(decideExpire(held, aBook(), deadline), [
      { ...about, verb: 'Expire', reason: 'HoldExpired', moves: { reserved: -2 } },
    ])
  })

  it('ends a wait at its deadline, and not a millisecond before', () => {
    assert.deepEqual(decideExpire(waiting, aBook(), deadline - 1), [])
    assert.deepEqual(decideExpire(waiting, aBook(), deadline), [
      { ...about, quantity: 0, verb: 'Refuse', reason: 'WaitTimedOut' },
    ])
  })

  for (const claim of [sold, undefined]) {
    it(`never ends ${claim?.phase ?? 'no claim'}`, () => {
      assert.deepEqual(decideExpire(claim, aBook(), deadline + minuteMs), [])
    })
  }
})

describe('decideExtend', () => {
  const terms = { hold: { ttlMs: 15 * minuteMs, maxTtlMs: 60 * minuteMs } }

  it('moves the end to the new ttl after the beginning', () => {
    assert.deepEqual(decideExtend(held, aBook(terms), tenOClock + minuteMs, 20 * minuteMs), [
      { ...about, verb: 'Extend', deadline: afterTen(20 * 60) },
    ])
  })

  it('cuts it at the longest hold of the stock', () => {
    assert.equal(decideExtend(held, aBook(terms), tenOClock, 61 * minuteMs)[0]?.deadline, afterTen(3_600))
  })

  it('never shortens a hold, nor says again what is so', () => {
    assert.deepEqual(decideExtend(held, aBook(terms), tenOClock, 14 * minuteMs), [])
    assert.deepEqual(decideExtend(held, aBook(terms), tenOClock, 15 * minuteMs), [])
  })

  it('does not bring a hold back whose time is up', () => {
    assert.deepEqual(decideExtend(held, aBook(terms), deadline, 20 * minuteMs), [])
    assert.equal(decideExtend(held, aBook(terms), deadline - 1, 20 * minuteMs).length, 1)
  })

  for (const claim of [sold, waiting, undefined]) {
    it(`does nothing for ${claim?.phase ?? 'no claim'}`, () => {
      assert.deepEqual(decideExtend(claim, aBook(terms), tenOClock, 20 * minuteMs), [])
    })
  }
})
