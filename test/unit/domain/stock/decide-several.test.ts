import assert from 'node:assert/strict'
import type { Reason } from '../../../../operator/domain/reservation/reservation.ts'
import type { Claim } from '../../../../operator/domain/stock/claim.ts'
import {
  decideFollow,
  decidePrepare,
  grant,
  refuse,
  stockKeyOf,
  waitOrRefuse,
} from '../../../../operator/domain/stock/decide.ts'
import type { Entry, EntryDraft } from '../../../../operator/domain/stock/entry.ts'
import { mayTake, shortageOf } from '../../../../operator/domain/stock/may-take.ts'
import { aBook, aClaim, afterTen, anEntry, aRequest, someTerms, tenOClock } from '../../../fixtures/builders.ts'
import { hold, wait } from '../../../fixtures/drafts.ts'

const about = { reservation: 'order', uid: 'uid-order', quantity: 2 }
const lines = [{ stockNamespace: 'shop', stock: 'beans', stockUID: 'uid-beans', sequence: 4, quantity: 1 }]
const shortages = [{ stockNamespace: 'shop', stock: 'beans', missing: 1 }]

describe('decidePrepare', () => {
  it('takes the units of a line, to be decided by the home', () => {
    assert.deepEqual(decidePrepare(aRequest({ quantity: 2, set: true }), aBook(), tenOClock, 'uid-home'), [
      {
        ...about,
        verb: 'Reserve',
        deadline: afterTen(900),
        moves: { reserved: 2 },
        follows: { uid: 'uid-home', sequence: 0 },
      },
    ])
  })

  it('only holds, though the set is to be confirmed at once', () => {
    const drafts = decidePrepare(aRequest({ confirm: true }), aBook(), tenOClock, 'uid-home')
    assert.deepEqual(
      drafts.map(({ verb }) => verb),
      ['Reserve'],
    )
  })

  it('takes nothing twice', () => {
    const book = aBook()
    book.decide(hold('uid-order', 2), tenOClock)
    assert.deepEqual(decidePrepare(aRequest({ quantity: 2 }), book, tenOClock, 'uid-home'), [])
  })
})

describe('grant', () => {
  it('holds the home’s units and names the other lines; the set is confirmed afterwards', () => {
    assert.deepEqual(grant(aRequest({ quantity: 2, confirm: true }), aBook(), tenOClock, lines), [
      { ...about, verb: 'Reserve', deadline: afterTen(900), lines, moves: { reserved: 2 } },
    ])
  })
})

describe('waitOrRefuse', () => {
  const inLine = () => {
    const book = aBook({ waitlist: { ...someTerms().waitlist, maxLength: 1 } })
    book.decide({ ...wait('uid-order', 2), deadline: afterTen(60) }, tenOClock)
    book.waiting.add(aRequest())
    return book
  }

  it('says what the other stocks lack, and which lines are given up', () => {
    const request = aRequest({ quantity: 2, waitForMs: 5_000 })
    assert.deepEqual(waitOrRefuse(request, aBook(), tenOClock, { shortages, lines }), {
      ...about,
      verb: 'Wait',
      reason: 'WaitingForStock',
      deadline: afterTen(5),
      shortages,
      lines,
    })
    assert.deepEqual(waitOrRefuse(aRequest({ quantity: 2 }), aBook(), tenOClock, { shortages, lines }), {
      ...about,
      verb: 'Refuse',
      reason: 'InsufficientStock',
      shortages,
      lines,
    })
  })

  it('leaves one that was in line before its time, and its place in a full line', () => {
    const draft = waitOrRefuse(aRequest({ waitForMs: 5_000 }), inLine(), tenOClock + 30_000, { shortages })
    assert.deepEqual([draft.verb, draft.deadline], ['Wait', afterTen(60)])
  })

  it('refuses one that no longer waits', () => {
    const draft = waitOrRefuse(aRequest(), inLine(), tenOClock, { shortages })
    assert.deepEqual([draft.verb, draft.reason], ['Refuse', 'InsufficientStock'])
  })
})

describe('refuse', () => {
  it('says only what there is to say', () => {
    assert.deepEqual(refuse(aRequest({ quantity: 2 }), aBook(), 'StockNotShared', { shortages: [] }), {
      ...about,
      verb: 'Refuse',
      reason: 'StockNotShared',
    })
  })
})

describe('shortageOf', () => {
  it('counts what is missing, and names the stock', () => {
    const book = aBook()
    book.decide(hold('a', 4), tenOClock)
    assert.deepEqual(shortageOf({ quantity: 3 }, book), [{ stockNamespace: 'shop', stock: 'grinder', missing: 2 }])
    assert.deepEqual(shortageOf({ quantity: 1 }, book), [])
  })
})

describe('mayTake', () => {
  it('asks for units, no pause and nobody before', () => {
    assert.equal(mayTake(aRequest({ quantity: 5 }), aBook()), true)
    assert.equal(mayTake(aRequest({ quantity: 6 }), aBook()), false)
    assert.equal(mayTake(aRequest(), aBook({ paused: true })), false)
    const book = aBook()
    book.waiting.add(aRequest({ uid: 'uid-a' }))
    assert.equal(mayTake(aRequest({ uid: 'uid-b' }), book), false)
    assert.equal(mayTake(aRequest({ uid: 'uid-a' }), book), true)
  })
})

describe('decideFollow', () => {
  const follows = { uid: 'uid-home', sequence: 8 }
  const verdict = (particular: Partial<Entry>): Entry => anEntry({ sequence: 8, ...particular })
  const claims = {
    held: aClaim(),
    sold: aClaim({ phase: 'Confirmed' }),
    waiting: aClaim({ phase: 'Waiting' }),
  }
  type Kind = keyof typeof claims
  const confirm: EntryDraft = { ...about, verb: 'Confirm', moves: { reserved: -2, confirmed: 2 } }
  const back = (verb: 'Release' | 'Return' | 'Expire', reason: Reason): EntryDraft => ({
    ...about,
    verb,
    reason,
    moves: verb === 'Return' ? { confirmed: -2 } : { reserved: -2 },
  })
  const left: EntryDraft = { ...about, quantity: 0, verb: 'Release', reason: 'Deleted' }
  const extend: EntryDraft = { ...about, verb: 'Extend', deadline: afterTen(1_800) }

  const cases: readonly [Partial<Entry>, Record<Kind, EntryDraft | undefined>][] = [
    [{ verb: 'Confirm' }, { held: confirm, sold: undefined, waiting: undefined }],
    [
      { verb: 'Extend', deadline: afterTen(1_800) },
      { held: extend, sold: undefined, waiting: undefined },
    ],
    [
      { verb: 'Extend', deadline: afterTen(900) },
      { held: undefined, sold: undefined, waiting: undefined },
    ],
    [
      { verb: 'Refuse', reason: 'InsufficientStock' },
      { held: back('Release', 'Undone'), sold: { ...back('Return', 'Undone'), verb: 'Release' }, waiting: undefined },
    ],
    [
      { verb: 'Wait', reason: 'WaitingForStock' },
      { held: back('Release', 'Undone'), sold: { ...back('Return', 'Undone'), verb: 'Release' }, waiting: undefined },
    ],
    [
      { verb: 'Release', reason: 'Deleted' },
      { held: back('Release', 'Deleted'), sold: back('Return', 'Deleted'), waiting: left },
    ],
    [
      { verb: 'Return', reason: 'Deleted' },
      { held: back('Release', 'Deleted'), sold: back('Return', 'Deleted'), waiting: left },
    ],
    [
      { verb: 'Expire', reason: 'ConfirmedTooLate' },
      { held: back('Expire', 'ConfirmedTooLate'), sold: undefined, waiting: undefined },
    ],
    [{ verb: 'Reserve' }, { held: undefined, sold: undefined, waiting: undefined }],
    [{ verb: 'Adjust' }, { held: undefined, sold: undefined, waiting: undefined }],
    [{ verb: 'Note' }, { held: undefined, sold: undefined, waiting: undefined }],
    [{ verb: 'Recount' }, { held: undefined, sold: undefined, waiting: undefined }],
  ]
  for (const [entry, wants] of cases) {
    for (const [kind, want] of Object.entries(wants) as [Kind, EntryDraft | undefined][]) {
      it(`${want ? `answers ${want.verb}` : 'does nothing'} to ${entry.verb} ${entry.reason ?? entry.deadline ?? ''} when ${kind}`, () => {
        const drafts = decideFollow(claims[kind], aBook(), verdict(entry), 'uid-home')
        assert.deepEqual(drafts, want ? [{ ...want, follows }] : [])
      })
    }
  }

  it('confirms with its home however late: the home’s time has decided', () => {
    const late: Claim = aClaim({ deadline: tenOClock - 1 })
    assert.equal(decideFollow(late, aBook(), verdict({ verb: 'Confirm' }), 'uid-home')[0]?.verb, 'Confirm')
  })

  it('does nothing where nothing is left', () => {
    assert.deepEqual(decideFollow(undefined, aBook(), verdict({ verb: 'Release' }), 'uid-home'), [])
  })

  it('follows each verdict once, however often it is told', () => {
    for (const verb of ['Confirm', 'Release', 'Expire', 'Refuse', 'Extend'] as const) {
      const book = aBook()
      book.decide({ ...hold('uid-order', 2), deadline: afterTen(900) }, tenOClock)
      const told = verdict({ verb, reason: 'Deleted', deadline: afterTen(1_800) })
      const follow = () => decideFollow(book.claims.get('uid-order'), book, told, 'uid-home')
      for (const draft of follow()) book.decide(draft, tenOClock)
      assert.equal(book.balances.sequence, 3, verb)
      assert.deepEqual(follow(), [], verb)
    }
  })
})

describe('stockKeyOf', () => {
  it('is namespace and name of the stock', () => {
    assert.equal(stockKeyOf({ stockNamespace: 'shop', stock: 'beans' }), 'shop/beans')
  })
})
