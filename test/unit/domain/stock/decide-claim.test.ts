import assert from 'node:assert/strict'
import type { Reason } from '../../../../operator/domain/reservation/reservation.ts'
import { decideClaim } from '../../../../operator/domain/stock/decide.ts'
import { refusalOf } from '../../../../operator/domain/stock/may-take.ts'
import type { Request } from '../../../../operator/domain/stock/request.ts'
import type { StockTerms } from '../../../../operator/domain/stock/terms.ts'
import { aBook, afterTen, aRequest, minuteMs, someTerms, tenOClock } from '../../../fixtures/builders.ts'
import { hold, sale, wait } from '../../../fixtures/drafts.ts'

const waitlist = someTerms().waitlist
const identity = { reservation: 'order', uid: 'uid-order', quantity: 1 }
const missing = (units: number) => [{ stockNamespace: 'shop', stock: 'grinder', missing: units }]

/** Rules in their order, each with terms that it just refuses and the request at its very edge. */
const rules: readonly [Reason, Partial<StockTerms>, refused: Partial<Request>, allowed: Partial<Request>][] = [
  ['StockTerminating', { terminating: true }, {}, {}],
  ['StockNotShared', { allowedNamespaces: ['bar', 'inn'] }, { namespace: 'cafe' }, { namespace: 'inn' }],
  ['LimitPerReservation', { limits: { perReservation: 2 } }, { quantity: 3 }, { quantity: 2 }],
  ['HoldTooLong', { hold: { ttlMs: 1, maxTtlMs: minuteMs } }, { ttlMs: minuteMs + 1 }, { ttlMs: minuteMs }],
  ['WaitTooLong', { waitlist: { ...waitlist, maxWaitMs: 5 } }, { waitForMs: 6 }, { waitForMs: 5 }],
  ['PriorityTooHigh', { waitlist: { ...waitlist, maxPriority: 3 } }, { priority: 4 }, { priority: 3 }],
  ['NeverFits', { safetyStock: 2 }, { quantity: 4 }, { quantity: 3 }],
  [
    'LimitPerConsumer',
    { limits: { perConsumer: 2 } },
    { consumer: 'ana', quantity: 3 },
    { consumer: 'ana', quantity: 2 },
  ],
]

describe('refusalOf', () => {
  for (const [reason, terms, refused, allowed] of rules) {
    it(`says ${reason}`, () => assert.equal(refusalOf(aRequest(refused), aBook(terms)), reason))
    if (reason === 'StockTerminating') continue
    it(`does not say ${reason} at the very limit`, () => {
      assert.equal(refusalOf(aRequest({ quantity: 1, ...allowed }), aBook(terms)), undefined)
    })
  }

  it('says the first reason of its list when several fit', () => {
    const cures: readonly [Reason, Partial<StockTerms>, Partial<Request>][] = [
      ['StockTerminating', { terminating: false }, {}],
      ['StockNotShared', {}, { namespace: 'shop' }],
      ['LimitPerReservation', { limits: { perConsumer: 2 } }, {}],
      ['HoldTooLong', {}, { ttlMs: 1_000 }],
      ['WaitTooLong', {}, { waitForMs: 0 }],
      ['PriorityTooHigh', {}, { priority: 0 }],
      ['NeverFits', { safetyStock: 0 }, {}],
      ['LimitPerConsumer', { limits: {} }, {}],
    ]
    let terms = someTerms(Object.assign({}, ...rules.map(([, particular]) => particular)))
    terms = {
      ...terms,
      limits: { perReservation: 2, perConsumer: 2 },
      waitlist: { ...waitlist, maxWaitMs: 5, maxPriority: 3 },
    }
    let request = aRequest(Object.assign({}, ...rules.map(([, , refused]) => refused), { quantity: 5 }))
    for (const [reason, cure, change] of cures) {
      assert.equal(refusalOf(request, aBook(terms)), reason)
      terms = { ...terms, ...cure }
      request = { ...request, ...change }
    }
    assert.equal(refusalOf(request, aBook(terms)), undefined)
  })

  it('knows no limits where none are set', () => {
    const request = aRequest({ quantity: 5, consumer: 'ana', ttlMs: 24 * 60 * minuteMs, priority: 1_000 })
    assert.equal(refusalOf(request, aBook()), undefined)
  })

  it('shares a stock with its own namespace always, and with everybody where all are allowed', () => {
    assert.equal(refusalOf(aRequest(), aBook({ allowedNamespaces: ['inn'] })), undefined)
    assert.equal(refusalOf(aRequest({ namespace: 'cafe' }), aBook({ allowedNamespaces: ['*'] })), undefined)
    assert.equal(refusalOf(aRequest({ namespace: 'cafe' }), aBook()), 'StockNotShared')
  })

  it('counts what the consumer has already', () => {
    const book = aBook({ limits: { perConsumer: 3 } })
    book.setConsumer('a', 'ana')
    book.decide(hold('a', 2), tenOClock)
    assert.equal(refusalOf(aRequest({ consumer: 'ana', quantity: 1 }), book), undefined)
    assert.equal(refusalOf(aRequest({ consumer: 'ana', quantity: 2 }), book), 'LimitPerConsumer')
    assert.equal(refusalOf(aRequest({ consumer: 'bob', quantity: 2 }), book), undefined)
    assert.equal(refusalOf(aRequest({ quantity: 4 }), book), undefined)
  })

  it('does not refuse for good what is only not there now', () => {
    const book = aBook()
    book.decide(hold('a', 5), tenOClock)
    assert.equal(refusalOf(aRequest({ quantity: 5 }), book), undefined)
  })
})

describe('decideClaim', () => {
  const reserve = { ...identity, verb: 'Reserve', deadline: afterTen(900), moves: { reserved: 1 } }

  it('holds what is free, for as long as was asked', () => {
    assert.deepEqual(decideClaim(aRequest(), aBook(), tenOClock), [reserve])
    assert.deepEqual(decideClaim(aRequest({ quantity: 5, ttlMs: 1_000 }), aBook(), tenOClock), [
      { ...reserve, quantity: 5, deadline: afterTen(1), moves: { reserved: 5 } },
    ])
  })

  it('names the namespace of a reservation from elsewhere', () => {
    const [draft] = decideClaim(aRequest({ namespace: 'cafe' }), aBook({ allowedNamespaces: ['*'] }), tenOClock)
    assert.deepEqual(draft, { ...reserve, reservationNamespace: 'cafe' })
  })

  it('holds and confirms in one go where that is asked', () => {
    assert.deepEqual(decideClaim(aRequest({ confirm: true, quantity: 2 }), aBook(), tenOClock), [
      { ...reserve, quantity: 2, moves: { reserved: 2 } },
      { ...identity, quantity: 2, verb: 'Confirm', moves: { reserved: -2, confirmed: 2 } },
    ])
  })

  it('decides nothing for one that has its units', () => {
    const book = aBook()
    book.decide(hold('uid-order', 1), tenOClock)
    assert.deepEqual(decideClaim(aRequest(), book, tenOClock), [])
    book.decide(sale('uid-order', 1), tenOClock)
    assert.deepEqual(decideClaim(aRequest(), book, tenOClock), [])
  })

  it('refuses one that may not have it, waiting or not, and says what is missing', () => {
    const book = aBook()
    book.decide(hold('a', 4), tenOClock)
    assert.deepEqual(decideClaim(aRequest({ quantity: 7, waitForMs: minuteMs }), book, tenOClock), [
      { ...identity, quantity: 7, verb: 'Refuse', reason: 'NeverFits', shortages: missing(6) },
    ])
  })

  it('says no shortage where nothing is missing', () => {
    assert.deepEqual(decideClaim(aRequest(), aBook({ terminating: true }), tenOClock), [
      { ...identity, verb: 'Refuse', reason: 'StockTerminating' },
    ])
  })

  it('refuses one that waits when its turn would be against the rules by now', () => {
    const book = aBook()
    book.decide(wait('uid-order', 1), tenOClock)
    book.setTerms(someTerms({ terminating: true }))
    assert.deepEqual(
      decideClaim(aRequest(), book, tenOClock).map(({ reason }) => reason),
      ['StockTerminating'],
    )
  })

  describe('without enough units', () => {
    const soldOut = (terms: Partial<StockTerms> = {}) => {
      const book = aBook(terms)
      book.decide(hold('a', 4), tenOClock)
      return book
    }

    it('refuses one that does not wait', () => {
      assert.deepEqual(decideClaim(aRequest({ quantity: 3 }), soldOut(), tenOClock), [
        { ...identity, quantity: 3, verb: 'Refuse', reason: 'InsufficientStock', shortages: missing(2) },
      ])
    })

    it('puts one in line that waits, until its time is up', () => {
      assert.deepEqual(decideClaim(aRequest({ quantity: 3, waitForMs: 5_000 }), soldOut(), tenOClock + 1_000), [
        {
          ...identity,
          quantity: 3,
          verb: 'Wait',
          reason: 'WaitingForStock',
          deadline: afterTen(6),
          shortages: missing(2),
        },
      ])
    })

    it('says nothing again to one that waits already', () => {
      const book = soldOut()
      book.decide(wait('uid-order', 3), tenOClock)
      assert.deepEqual(decideClaim(aRequest({ quantity: 3, waitForMs: 5_000 }), book, tenOClock), [])
    })

    it('grants one that waits what has come free', () => {
      const book = aBook()
      book.decide(wait('uid-order', 3), tenOClock)
      book.waiting.add(aRequest({ quantity: 3 }))
      assert.deepEqual(
        decideClaim(aRequest({ quantity: 3, waitForMs: 5_000 }), book, tenOClock).map(({ verb }) => verb),
        ['Reserve'],
      )
    })

    it('refuses a newcomer when the line is full, and not the last who fits in', () => {
      const request = aRequest({ quantity: 3, waitForMs: 5_000 })
      const book = soldOut({ waitlist: { ...waitlist, maxLength: 1 } })
      assert.equal(decideClaim(request, book, tenOClock)[0]?.verb, 'Wait')
      book.waiting.add(aRequest({ uid: 'b' }))
      assert.deepEqual(decideClaim(request, book, tenOClock), [
        { ...identity, quantity: 3, verb: 'Refuse', reason: 'WaitlistFull', shortages: missing(2) },
      ])
    })

    it('keeps what is kept back, and what a set under way was promised', () => {
      const book = aBook({ safetyStock: 2 })
      book.earmark('set', 2)
      assert.deepEqual(
        decideClaim(aRequest({ quantity: 2 }), book, tenOClock).map(({ verb, shortages }) => [verb, shortages]),
        [['Refuse', missing(1)]],
      )
      assert.equal(decideClaim(aRequest({ quantity: 1 }), book, tenOClock)[0]?.verb, 'Reserve')
    })

    it('never says more missing than was asked for, when more is promised than there is', () => {
      const book = aBook()
      book.earmark('set', 7)
      assert.deepEqual(decideClaim(aRequest({ quantity: 2 }), book, tenOClock)[0]?.shortages, missing(2))
    })
  })

  describe('of a paused stock', () => {
    it('refuses one that does not wait', () => {
      assert.deepEqual(decideClaim(aRequest(), aBook({ paused: true }), tenOClock), [
        { ...identity, verb: 'Refuse', reason: 'StockPaused' },
      ])
    })

    it('lets one wait that would', () => {
      const [draft] = decideClaim(aRequest({ waitForMs: 5_000 }), aBook({ paused: true }), tenOClock)
      assert.deepEqual([draft?.verb, draft?.deadline, draft?.shortages], ['Wait', afterTen(5), []])
    })
  })
})
