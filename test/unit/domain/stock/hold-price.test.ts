import assert from 'node:assert/strict'
import {
  decideClaim,
  decideConfirm,
  decideExpire,
  decideExtend,
  decideFollow,
  decideRelease,
} from '../../../../operator/domain/stock/decide.ts'
import type { Entry, EntryDraft } from '../../../../operator/domain/stock/entry.ts'
import type { StockBook } from '../../../../operator/domain/stock/stock-book.ts'
import { aBook, anEntry, aRequest, minuteMs, someTerms, tenOClock } from '../../../fixtures/builders.ts'

const before = { amount: '9.90', currency: 'EUR' }
const later = { amount: '12.50', currency: 'EUR' }

const apply = (book: StockBook, drafts: readonly EntryDraft[], at = tenOClock): Entry[] =>
  drafts.map((draft) => book.decide(draft, at))
const claimOf = (book: StockBook) => book.claims.get('uid-order')
const pricesOf = (entries: readonly Entry[]) => entries.map(({ verb, unitPrice }) => [verb, unitPrice])

const steps: readonly [string, (book: StockBook) => EntryDraft[]][] = [
  ['Confirm', (book) => decideConfirm(claimOf(book), book, tenOClock, false)],
  ['Extend', (book) => decideExtend(claimOf(book), book, tenOClock, 60 * minuteMs)],
  ['Release', (book) => decideRelease(claimOf(book), book, 'ReleasedByClient')],
  ['Expire', (book) => decideExpire(claimOf(book), book, tenOClock + 15 * minuteMs)],
  ['Confirm', (book) => decideFollow(claimOf(book), book, anEntry({ verb: 'Confirm' }), 'uid-home')],
]

describe('the price of a hold', () => {
  it('is that of the moment it began', () => {
    const book = aBook({ price: before })
    assert.deepEqual(pricesOf(apply(book, decideClaim(aRequest(), book, tenOClock))), [['Reserve', before]])
    assert.deepEqual(claimOf(book)?.unitPrice, before)
  })

  it('is said by both entries of what is sold at once', () => {
    const book = aBook({ price: before })
    const entries = apply(book, decideClaim(aRequest({ confirm: true }), book, tenOClock))
    assert.deepEqual(pricesOf(entries), [
      ['Reserve', before],
      ['Confirm', before],
    ])
  })

  for (const [verb, decide] of steps) {
    it(`stands when the stock is priced anew before its ${verb}`, () => {
      const book = aBook({ price: before })
      apply(book, decideClaim(aRequest(), book, tenOClock))
      book.setTerms(someTerms({ price: later }))
      assert.deepEqual(pricesOf(apply(book, decide(book))), [[verb, before]])
    })

    it(`stays none when the stock is given a price before its ${verb}`, () => {
      const book = aBook()
      apply(book, decideClaim(aRequest(), book, tenOClock))
      book.setTerms(someTerms({ price: later }))
      const [entry] = apply(book, decide(book))
      assert.equal(entry?.verb, verb)
      assert.ok(!('unitPrice' in entry))
    })
  }

  it('stays none on the Return of units that were sold without one', () => {
    const book = aBook()
    apply(book, decideClaim(aRequest({ confirm: true }), book, tenOClock))
    book.setTerms(someTerms({ price: later }))
    assert.deepEqual(pricesOf(apply(book, decideRelease(claimOf(book), book, 'ReleasedByClient'))), [
      ['Return', undefined],
    ])
  })

  it('is none when the stock lost its price while the reservation waited', () => {
    const book = aBook({ price: before, paused: true })
    const request = aRequest({ waitForMs: minuteMs })
    assert.equal(apply(book, decideClaim(request, book, tenOClock))[0]?.verb, 'Wait')
    book.setTerms(someTerms())
    assert.deepEqual(pricesOf(apply(book, decideClaim(request, book, tenOClock))), [['Reserve', undefined]])
    assert.ok(!('unitPrice' in (claimOf(book) ?? {})))
  })
})
