import assert from 'node:assert/strict'
import { aBook, aClaim, tenOClock } from '../../../fixtures/builders.ts'
import { hold, release, sale } from '../../../fixtures/drafts.ts'

describe('stockBook: what a consumer has', () => {
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
