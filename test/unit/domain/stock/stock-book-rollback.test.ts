import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { StockBook } from '../../../../operator/domain/stock/stock-book.ts'
import { aBook, aRequest, tenOClock } from '../../../fixtures/builders.ts'
import { hold, release, sale, wait } from '../../../fixtures/drafts.ts'

/** Everything that can be seen of a book. */
const seenOf = (book: StockBook) => ({
  balances: book.balances,
  claims: new Map(book.claims),
  line: [...book.waiting],
  free: book.free(),
  sums: book.sums(),
  consumers: ['ana', 'bob', 'cy'].map((consumer) => book.consumerUnits(consumer)),
})

describe('stockBook: taking back what was not stored', () => {
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

  it('counts whom it would put back in line, and knows whose entries are not stored, until they are', () => {
    const book = aBook()
    book.decide(wait('a', 1), tenOClock)
    book.waiting.add(aRequest({ uid: 'a' }))
    book.commit()
    assert.deepEqual([book.leaving(), book.isStored('a')], [0, true])
    book.decide(hold('a', 1), tenOClock)
    book.decide(hold('b', 1), tenOClock)
    assert.deepEqual([book.leaving(), book.isStored('a'), book.isStored('c')], [1, false, true])
    book.commit()
    assert.deepEqual([book.leaving(), book.isStored('a')], [0, true])
  })

  it('takes one out of the line whose wait was not stored', () => {
    const book = aBook()
    book.decide(wait('a', 1), tenOClock)
    book.waiting.add(aRequest({ uid: 'a' }))
    book.rollback()
    assert.equal(book.waiting.length, 0)
    assert.equal(book.claims.size, 0)
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
})
