import assert from 'node:assert/strict'
import { decideClaim, decidePrepare } from '../../../../operator/domain/stock/decide.ts'
import { mayTake } from '../../../../operator/domain/stock/may-take.ts'
import type { Request } from '../../../../operator/domain/stock/request.ts'
import type { StockTerms } from '../../../../operator/domain/stock/terms.ts'
import { aBook, aRequest, someTerms, tenOClock } from '../../../fixtures/builders.ts'

/** Five units of which one is kept for a set under way, and one reservation in line that needs all five. */
function withWaiting(order: 'Strict' | 'BestEffort') {
  const { waitlist } = someTerms()
  const book = aBook({ waitlist: { ...waitlist, order } })
  book.waiting.add(aRequest({ uid: 'uid-b', quantity: 5, waitForMs: 60_000 }))
  book.earmark('set', 1)
  return book
}

const verbsFor = (book: ReturnType<typeof aBook>, request: Request) =>
  decideClaim(request, book, tenOClock).map(({ verb, reason }) => reason ?? verb)

describe('decideClaim while another waits', () => {
  it('does not overtake in a strict line, though units are free', () => {
    assert.deepEqual(verbsFor(withWaiting('Strict'), aRequest({ uid: 'uid-c' })), ['InsufficientStock'])
  })

  it('goes first in a strict line when it ranks before the head', () => {
    assert.deepEqual(verbsFor(withWaiting('Strict'), aRequest({ uid: 'uid-c', priority: 1 })), ['Reserve'])
  })

  it('takes what fits where the line is of best effort', () => {
    assert.deepEqual(verbsFor(withWaiting('BestEffort'), aRequest({ uid: 'uid-c' })), ['Reserve'])
  })
})

describe('terms that change while somebody waits', () => {
  const changes: readonly [string, Partial<StockTerms>][] = [
    ['a quantity that it can never fit', { quantity: 4 }],
    ['a limit for each reservation', { limits: { perReservation: 2 } }],
    ['a shorter longest hold', { hold: { ttlMs: 1_000, maxTtlMs: 2_000 } }],
    ['a lower highest priority', { waitlist: { ...someTerms().waitlist, maxPriority: -1 } }],
    ['a namespace that may not reserve any more', { allowedNamespaces: [] }],
  ]
  for (const [what, particular] of changes) {
    it(`pass it over for ${what}, keep its place, and serve it in its place once they allow it again`, () => {
      const book = aBook({ allowedNamespaces: ['team'] })
      const waits = aRequest({ uid: 'uid-b', namespace: 'team', quantity: 5, waitForMs: 60_000 })
      book.earmark('set', 1)
      const drafts = decideClaim(waits, book, tenOClock)
      assert.equal(drafts[0]?.verb, 'Wait')
      book.waiting.add(waits)
      for (const draft of drafts) book.decide(draft, tenOClock)
      book.commit()

      book.setTerms({ ...book.terms, ...particular })
      assert.deepEqual(decideClaim(waits, book, tenOClock), [], 'nothing final comes of it')
      assert.equal(book.waiting.has('uid-b'), true)
      const newcomer = aRequest({ uid: 'uid-c', priority: -5, ttlMs: 1_000 })
      assert.equal(decideClaim(newcomer, book, tenOClock)[0]?.verb, 'Reserve', 'and nobody is blocked by it')

      book.setTerms(someTerms({ allowedNamespaces: ['team'] }))
      book.earmark('set', 0)
      assert.deepEqual(verbsFor(book, newcomer), ['InsufficientStock'])
      assert.deepEqual(verbsFor(book, waits), ['Reserve'])
    })
  }

  it('do not shorten a wait that has begun', () => {
    const book = aBook()
    const waits = aRequest({ uid: 'uid-b', quantity: 5, waitForMs: 60_000 })
    book.waiting.add(waits)
    book.setTerms({ ...book.terms, waitlist: { ...book.terms.waitlist, maxWaitMs: 1_000 } })
    assert.equal(mayTake(waits, book), true)
    assert.equal(mayTake({ ...waits, uid: 'uid-c' }, book), false, 'but a newcomer may not ask for so long')
  })

  it('end it when the stock is being deleted, which nobody takes back', () => {
    const book = aBook()
    const waits = aRequest({ uid: 'uid-b', quantity: 6, waitForMs: 60_000 })
    book.waiting.add(waits)
    book.setTerms({ ...book.terms, terminating: true })
    assert.deepEqual(verbsFor(book, waits), ['StockTerminating'])
  })
})

describe('decidePrepare', () => {
  it('takes nothing that the limits of its stock do not allow at that moment', () => {
    const book = aBook({ limits: { perConsumer: 2 } })
    const request = aRequest({ consumer: 'ana', quantity: 2, set: true })
    book.setConsumer(request.uid, 'ana')
    const drafts = decidePrepare(request, book, tenOClock, 'uid-home')
    assert.equal(drafts[0]?.verb, 'Reserve')
    for (const draft of drafts) book.decide(draft, tenOClock)
    assert.deepEqual(decidePrepare({ ...request, uid: 'uid-other', quantity: 1 }, book, tenOClock, 'uid-home'), [])
  })

  it('takes nothing of a paused stock, nor what was promised away', () => {
    const request = aRequest({ set: true })
    assert.deepEqual(decidePrepare(request, aBook({ paused: true }), tenOClock, 'uid-home'), [])
    const book = aBook()
    book.earmark('another', 6)
    assert.deepEqual(decidePrepare(request, book, tenOClock, 'uid-home'), [])
  })
})
