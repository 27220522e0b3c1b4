import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { EntryDraft } from '../../../../operator/domain/stock/entry.ts'
import { InvariantViolated, type StockBook, stockBook } from '../../../../operator/domain/stock/stock-book.ts'
import { aBook, aClaim, aRequest, grinder, someTerms, tenOClock } from '../../../fixtures/builders.ts'

const hold = (uid: string, quantity: number): EntryDraft => ({
  verb: 'Reserve',
  uid,
  reservation: uid,
  quantity,
  deadline: new Date(tenOClock + 60_000).toISOString(),
  moves: { reserved: quantity },
})
const sale = (uid: string, quantity: number): EntryDraft => ({
  verb: 'Confirm',
  uid,
  reservation: uid,
  quantity,
  moves: { reserved: -quantity, confirmed: quantity },
})
const wait = (uid: string, quantity: number): EntryDraft => ({ verb: 'Wait', uid, reservation: uid, quantity })
const release = (uid: string, quantity: number): EntryDraft => ({
  verb: 'Release',
  uid,
  reservation: uid,
  quantity,
  moves: { reserved: -quantity },
})

/** Everything that can be seen of a book. */
const seenOf = (book: StockBook) => ({
  balances: book.balances,
  claims: new Map(book.claims),
  line: [...book.waiting],
  free: book.free(),
  sums: book.sums(),
  consumers: ['ana', 'bob', 'cy'].map((consumer) => book.consumerUnits(consumer)),
})

describe('stockBook', () => {
  it('is empty at first', () => {
    const book = stockBook(grinder, someTerms())
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

  it('refuses to apply an entry that would oversell, and stays as it was', () => {
    const book = aBook({ safetyStock: 1 })
    book.decide(hold('a', 4), tenOClock)
    const before = seenOf(book)
    assert.throws(
      () => book.decide(hold('b', 1), tenOClock),
      (error) =>
        error instanceof InvariantViolated && error.message === 'shop/grinder: Reserve 3: 5 out and 1 kept back, of 5',
    )
    assert.deepEqual(seenOf(book), before)
  })

  it('takes what was not stored back, and can be decided on again', () => {
    const book = aBook()
    book.decide(hold('a', 2), tenOClock)
    book.commit()
    const before = seenOf(book)
    book.decide(sale('a', 2), tenOClock + 1_000)
    book.decide(hold('b', 3), tenOClock + 2_000)
    book.rollback()
    assert.deepEqual(seenOf(book), before)
    assert.equal(book.decide(hold('b', 1), tenOClock).sequence, 3)
  })

  it('puts one who got units back in line when they were not stored', () => {
    const book = aBook()
    book.decide(wait('a', 1), tenOClock)
    book.waiting.add(aRequest({ uid: 'a' }))
    book.waiting.add(aRequest({ uid: 'b' }))
    book.commit()
    book.decide(hold('a', 1), tenOClock)
    assert.equal(book.waiting.position('a'), 0)
    book.rollback()
    assert.equal(book.waiting.position('a'), 1)
    assert.equal(book.claims.get('a')?.phase, 'Waiting')
  })

  it('takes one out of the line whose wait was not stored', () => {
    const book = aBook()
    book.decide(wait('a', 1), tenOClock)
    book.waiting.add(aRequest({ uid: 'a' }))
    book.rollback()
    assert.equal(book.waiting.length, 0)
    assert.equal(book.claims.size, 0)
  })

  it('leaves one in line who only waits on', () => {
    const book = aBook()
    book.decide(wait('a', 1), tenOClock)
    book.waiting.add(aRequest({ uid: 'a' }))
    book.decide(wait('a', 1), tenOClock)
    assert.equal(book.waiting.position('a'), 1)
  })

  it('takes nothing back twice', () => {
    const book = aBook()
    book.decide(hold('a', 2), tenOClock)
    book.commit()
    book.rollback()
    assert.equal(book.balances.reserved, 2)
    assert.equal(book.claims.size, 1)
  })

  it('is as it was after a rollback, whatever was decided', () => {
    const commands = fc.array(
      fc.record({
        kind: fc.constantFrom('hold', 'sell', 'wait', 'release'),
        uid: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
        quantity: fc.integer({ min: 1, max: 4 }),
        priority: fc.integer({ min: -1, max: 1 }),
      }),
      { maxLength: 30 },
    )
    type Command = { kind: string; uid: string; quantity: number; priority: number }
    const consumers: Record<string, string> = { a: 'ana', b: 'ana', c: 'bob', d: 'cy' }
    const step = (book: StockBook, { kind, uid, quantity, priority }: Command) => {
      const claim = book.claims.get(uid)
      book.setConsumer(uid, consumers[uid])
      if (kind === 'hold' && claim?.phase !== 'Confirmed' && claim?.phase !== 'Reserved' && book.free() >= quantity)
        book.decide(hold(uid, quantity), tenOClock)
      if (kind === 'sell' && claim?.phase === 'Reserved') book.decide(sale(uid, claim.quantity), tenOClock)
      if (kind === 'release' && claim?.phase === 'Reserved') book.decide(release(uid, claim.quantity), tenOClock)
      if (kind === 'wait' && !claim) {
        book.decide(wait(uid, quantity), tenOClock)
        book.waiting.add(aRequest({ uid, quantity, priority }))
      }
    }
    fc.assert(
      fc.property(commands, commands, fc.constantFrom('Consume', 'Return'), (kept, lost, reclaimPolicy) => {
        const book = aBook({ quantity: 12, reclaimPolicy })
        for (const command of kept) step(book, command)
        book.commit()
        const before = seenOf(book)
        for (const command of lost) step(book, command)
        const { reserved, confirmed } = book.balances
        assert.deepEqual(book.sums(), { reserved, confirmed })
        book.rollback()
        assert.deepEqual(seenOf(book), before)
      }),
    )
  })

  describe('what a consumer has', () => {
    const phases: readonly ['Consume' | 'Return', number, number][] = [
      ['Consume', 2, 0],
      ['Return', 2, 2],
    ]
    for (const [reclaimPolicy, held, sold] of phases) {
      it(`is ${held} while held and ${sold} once confirmed of a ${reclaimPolicy} stock`, () => {
        const book = aBook({ reclaimPolicy })
        book.setConsumer('a', 'ana')
        book.decide(hold('a', 2), tenOClock)
        assert.equal(book.consumerUnits('ana'), held)
        book.decide(sale('a', 2), tenOClock)
        assert.equal(book.consumerUnits('ana'), sold)
      })
    }

    it('adds up over reservations, and is nothing for others', () => {
      const book = aBook()
      for (const uid of ['a', 'b']) {
        book.setConsumer(uid, 'ana')
        book.decide(hold(uid, 2), tenOClock)
      }
      assert.equal(book.consumerUnits('ana'), 4)
      assert.equal(book.consumerUnits('bob'), 0)
      book.decide(release('a', 2), tenOClock)
      assert.equal(book.consumerUnits('ana'), 2)
    })

    it('counts a hold that was there before it was said whose it is, once', () => {
      const book = aBook()
      book.open(book.balances, [aClaim({ uid: 'a', quantity: 3 })])
      book.setConsumer('a', 'ana')
      book.setConsumer('a', 'ana')
      book.setConsumer('a', 'bob')
      assert.equal(book.consumerUnits('ana'), 3)
      assert.equal(book.consumerUnits('bob'), 0)
    })

    it('adds a hold that was there before to what the consumer has', () => {
      const book = aBook()
      book.open(book.balances, [aClaim({ uid: 'a', quantity: 3 }), aClaim({ uid: 'b', quantity: 1 })])
      book.setConsumer('a', 'ana')
      book.setConsumer('b', 'ana')
      assert.equal(book.consumerUnits('ana'), 4)
    })

    it('is nobody’s for a reservation without a consumer', () => {
      const book = aBook()
      book.setConsumer('a', undefined)
      book.decide(hold('a', 2), tenOClock)
      book.setConsumer('a', 'ana')
      assert.equal(book.consumerUnits('ana'), 2)
    })

    it('is forgotten with the claim once its end is stored, so that its uid means nobody any more', () => {
      const book = aBook()
      book.setConsumer('a', 'ana')
      book.decide(hold('a', 1), tenOClock)
      book.decide(release('a', 1), tenOClock)
      book.commit()
      book.setConsumer('a', 'bob')
      book.decide(hold('a', 1), tenOClock)
      assert.deepEqual([book.consumerUnits('ana'), book.consumerUnits('bob')], [0, 1])
    })

    it('is still known after a commit while the claim is there', () => {
      const book = aBook()
      book.setConsumer('a', 'ana')
      book.decide(hold('a', 2), tenOClock)
      book.commit()
      book.decide(release('a', 2), tenOClock)
      assert.equal(book.consumerUnits('ana'), 0)
    })
  })

  describe('units kept for a set', () => {
    it('are not free for newcomers, and free again when let go', () => {
      const book = aBook()
      book.earmark(3)
      assert.equal(book.free(), 2)
      book.earmark(4)
      assert.equal(book.free(), -2)
      book.earmark(-7)
      assert.equal(book.free(), 5)
    })

    it('are no part of what is stored', () => {
      const book = aBook()
      book.earmark(3)
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
    const book = stockBook(grinder, someTerms())
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
