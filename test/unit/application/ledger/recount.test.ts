import assert from 'node:assert/strict'
import { decideRecount } from '../../../../operator/application/engine/recount.ts'
import type { Claim } from '../../../../operator/domain/stock/claim.ts'
import { StockBook } from '../../../../operator/domain/stock/stock-book.ts'
import type { StockTerms } from '../../../../operator/domain/stock/terms.ts'
import { aClaim, grinder, someTerms, tenOClock } from '../../../fixtures/builders.ts'

function recountOf(reserved: number, confirmed: number, claims: readonly Claim[], terms: Partial<StockTerms> = {}) {
  const book = new StockBook(grinder, someTerms(terms))
  book.open({ sequence: 9, at: tenOClock, quantity: 5, reserved, confirmed, level: 'Normal' }, claims)
  return decideRecount(book)
}

const hold = (uid: string, quantity: number) => aClaim({ uid, quantity })
const sale = (uid: string, quantity: number) => aClaim({ uid, quantity, phase: 'Confirmed' })

describe('decideRecount', () => {
  it('leaves books alone that close', () => {
    assert.deepEqual(recountOf(2, 1, [hold('a', 2), sale('b', 1)]), { kind: 'closed' })
  })

  it('counts down what nobody holds any more', () => {
    const draft = { verb: 'Recount', quantity: 3, moves: { reserved: -3, confirmed: 0 } }
    assert.deepEqual(recountOf(5, 0, [hold('a', 2)]), { kind: 'recount', draft })
  })

  it('lets sold goods stay sold, and takes lent units back', () => {
    assert.deepEqual(recountOf(0, 4, []), { kind: 'closed' })
    const draft = { verb: 'Recount', quantity: 4, moves: { reserved: 0, confirmed: -4 } }
    assert.deepEqual(recountOf(0, 4, [], { reclaimPolicy: 'Return' }), { kind: 'recount', draft })
  })

  it('counts up what reservations hold, where the stock has that much', () => {
    const draft = { verb: 'Recount', quantity: 3, moves: { reserved: 2, confirmed: 1 } }
    assert.deepEqual(recountOf(0, 0, [hold('a', 2), sale('b', 1)]), { kind: 'recount', draft })
  })

  it('refuses to count up beyond what exists, and says both numbers', () => {
    const recounting = recountOf(1, 0, [hold('a', 6)])
    assert.equal(recounting.kind, 'open')
    assert.match(recounting.kind === 'open' ? recounting.message : '', /^reservations hold 6, the books say 1 of 5/)
  })

  it('minds the safety stock when it counts up', () => {
    assert.equal(recountOf(0, 0, [hold('a', 4)], { safetyStock: 2 }).kind, 'open')
    assert.equal(recountOf(0, 0, [hold('a', 3)], { safetyStock: 2 }).kind, 'recount')
  })
})
