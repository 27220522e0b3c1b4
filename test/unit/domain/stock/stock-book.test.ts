import assert from 'node:assert/strict'
import { InvariantViolated, StockBook } from '../../../../operator/domain/stock/stock-book.ts'
import { aBook, aClaim, aRequest, grinder, someTerms, tenOClock } from '../../../fixtures/builders.ts'
import { hold, sale, wait } from '../../../fixtures/drafts.ts'

describe('StockBook', () => {
  it('is empty at first', () => {
    const book = new StockBook(grinder, someTerms())
    assert.deepEqual(book.balances, { sequence: 0, at: 0, quantity: 0, reserved: 0, confirmed: 0, level: 'Normal' })
    assert.equal(book.stored, book.balances)
    assert.equal(book.claims.size, 0)
    assert.equal(book.waiting.length, 0)
    assert.equal(book.free(), 0)
    assert.deepEqual(book.sums(), { reserved: 0, confirmed: 0 })
    assert.deepEqual(book.stock, grinder)
  })

  it('applies an entry at once and keeps what is stored apart until it is committed', () => {
    const book = aBook()
    const entry = book.decide(hold('a', 2), tenOClock + 1_000)
    assert.equal(entry.sequence, 2)
    assert.equal(entry.at, '2026-11-22T10:00:01.000Z')
    assert.equal(book.balances.reserved, 2)
    assert.equal(book.stored.reserved, 0)
    assert.equal(book.free(), 3)
    assert.equal(book.claims.get('a')?.phase, 'Reserved')
    book.commit()
    assert.equal(book.stored, book.balances)
    assert.equal(book.stored.reserved, 2)
  })

  it('never lets time fall from one entry to the next', () => {
    const book = aBook()
    const first = book.decide(hold('a', 1), tenOClock + 5_000)
    const second = book.decide(hold('b', 1), tenOClock + 2_000)
    assert.equal(second.at, first.at)
    assert.equal(book.balances.at, tenOClock + 5_000)
  })

  it('says since when a hold or a wait is where time would have fallen, and nowhere else', () => {
    const book = aBook()
    const ahead = book.decide(hold('a', 1), tenOClock + 5_000)
    const held = book.decide(hold('b', 1), tenOClock + 2_000)
    const waits = book.decide(wait('c', 9), tenOClock + 2_000)
    const sold = book.decide(sale('b', 1), tenOClock + 2_000)
    const since = '2026-11-22T10:00:02.000Z'
    assert.deepEqual([ahead.since, held.since, waits.since, sold.since], [undefined, since, since, undefined])
    assert.equal(book.claims.get('b')?.reservedAt, tenOClock + 2_000)
  })

  it('refuses to apply an entry that would oversell, and stays as it was', () => {
    const book = aBook({ safetyStock: 1 })
    book.decide(hold('a', 4), tenOClock)
    const { balances } = book
    assert.throws(
      () => book.decide(hold('b', 1), tenOClock),
      (error) =>
        error instanceof InvariantViolated && error.message === 'shop/grinder: Reserve 3: 5 out and 1 kept back, of 5',
    )
    assert.equal(book.balances, balances)
    assert.deepEqual([...book.claims.keys()], ['a'])
  })

  it('leaves one in line who only waits on', () => {
    const book = aBook()
    book.decide(wait('a', 1), tenOClock)
    book.waiting.add(aRequest({ uid: 'a' }))
    book.decide(wait('a', 1), tenOClock)
    assert.equal(book.waiting.position('a'), 1)
  })

  describe('units kept for a set', () => {
    it('are not free for newcomers, and free again when let go', () => {
      const book = aBook()
      book.earmark('a', 3)
      assert.equal(book.free(), 2)
      book.earmark('b', 4)
      assert.equal(book.free(), -2)
      book.earmark('a', 0)
      book.earmark('b', 0)
      assert.equal(book.free(), 5)
    })

    it('count once when they are taken, and again when that was not stored', () => {
      const book = aBook()
      book.earmark('a', 3)
      book.earmark('b', 2)
      assert.equal(book.free(), 0)
      book.decide(hold('a', 3), tenOClock)
      assert.equal(book.free(), 0, 'there is still room for the other')
      book.rollback()
      assert.equal(book.free(), 0)
      book.decide(hold('a', 3), tenOClock)
      book.commit()
      book.earmark('a', 0)
      assert.equal(book.free(), 0)
    })

    it('are no part of what is stored', () => {
      const book = aBook()
      book.earmark('a', 3)
      assert.equal(book.decide({ verb: 'Note', note: 'paused' }, tenOClock).available, 5)
    })
  })

  describe('levelNote', () => {
    const thresholds = { low: 3, critical: 1 }

    it('notes a level that the latest entry led to, once', () => {
      const book = aBook({ thresholds })
      book.decide(hold('a', 2), tenOClock)
      const note = book.levelNote(tenOClock + 1_000)
      assert.deepEqual(note, {
        sequence: 3,
        verb: 'Note',
        note: 'level_changed',
        at: '2026-11-22T10:00:01.000Z',
        reserved: 2,
        confirmed: 0,
        available: 3,
        level: 'Low',
        stockQuantity: 5,
      })
      assert.equal(book.balances.level, 'Low')
      assert.equal(book.levelNote(tenOClock + 1_000), undefined)
    })

    it('notes nothing while the level stays', () => {
      const book = aBook({ thresholds })
      book.decide(hold('a', 1), tenOClock)
      assert.equal(book.levelNote(tenOClock), undefined)
      assert.equal(book.balances.sequence, 2)
    })

    it('measures what is available: without what is kept back', () => {
      const book = aBook({ thresholds, safetyStock: 4 })
      assert.equal(book.levelNote(tenOClock)?.level, 'Critical')
    })

    it('is taken back with the rest', () => {
      const book = aBook({ thresholds })
      book.decide(hold('a', 5), tenOClock)
      assert.equal(book.levelNote(tenOClock)?.level, 'Exhausted')
      book.rollback()
      assert.equal(book.balances.level, 'Normal')
    })
  })

  it('judges by the terms that were set last', () => {
    const book = aBook()
    book.setTerms(someTerms({ safetyStock: 3 }))
    assert.equal(book.terms.safetyStock, 3)
    assert.equal(book.free(), 2)
    assert.throws(() => book.decide(hold('a', 3), tenOClock), InvariantViolated)
  })

  it('opens with what a leader has found', () => {
    const book = new StockBook(grinder, someTerms())
    const found = { sequence: 9, at: tenOClock, quantity: 5, reserved: 2, confirmed: 1, level: 'Low' } as const
    const claims = [aClaim({ uid: 'a' }), aClaim({ uid: 'b', quantity: 1, phase: 'Confirmed' })]
    book.open(found, claims)
    assert.equal(book.balances, found)
    assert.equal(book.stored, found)
    assert.deepEqual([...book.claims.values()], claims)
    assert.deepEqual(book.sums(), { reserved: 2, confirmed: 1 })
    book.open(found, [])
    assert.equal(book.claims.size, 0)
  })

  it('forgets a claim, whose it was and its place in line, and leaves the balances alone', () => {
    const book = aBook({ reclaimPolicy: 'Return' })
    book.setConsumer('a', 'ana')
    book.decide(hold('a', 2), tenOClock)
    book.decide(sale('a', 2), tenOClock)
    book.commit()
    book.forget('a')
    assert.equal(book.claims.size, 0)
    assert.equal(book.consumerUnits('ana'), 0)
    assert.equal(book.balances.confirmed, 2)
    book.setConsumer('a', 'bob')
    book.decide(hold('a', 1), tenOClock)
    assert.equal(book.consumerUnits('bob'), 1)
  })

  it('leaves a line alone that nobody left', () => {
    const book = aBook()
    book.waiting.add(aRequest({ uid: 'set' }))
    book.decide({ verb: 'Note', note: 'paused' }, tenOClock)
    assert.equal(book.waiting.length, 1)
  })
})
