import assert from 'node:assert/strict'
import type { Balances } from '../../../../operator/domain/stock/balances.ts'
import { decideTerms, type TermsTold, termsTold } from '../../../../operator/domain/stock/decide-terms.ts'
import type { EntryDraft } from '../../../../operator/domain/stock/entry.ts'
import type { StatedChange, StockTerms } from '../../../../operator/domain/stock/terms.ts'
import { someTerms, tenOClock } from '../../../fixtures/builders.ts'

const balances: Balances = { sequence: 4, at: tenOClock, quantity: 5, reserved: 1, confirmed: 1, level: 'Normal' }
const told: TermsTold = { safetyStock: 0, paused: false }
const eur = (amount: string) => ({ amount, currency: 'EUR' })

describe('decideTerms', () => {
  const cases: readonly [title: string, told: TermsTold, terms: Partial<StockTerms>, want: EntryDraft[]][] = [
    ['nothing when nothing changed', told, {}, []],
    ['more units', told, { quantity: 8 }, [{ verb: 'Adjust', quantity: 3, moves: { quantity: 3 } }]],
    ['fewer units', told, { quantity: 1 }, [{ verb: 'Adjust', quantity: 4, moves: { quantity: -4 } }]],
    ['more units kept back, which moves none', told, { safetyStock: 2 }, [{ verb: 'Adjust', quantity: 0 }]],
    ['fewer units kept back', { ...told, safetyStock: 3 }, {}, [{ verb: 'Adjust', quantity: 0 }]],
    [
      'both in one entry',
      told,
      { quantity: 6, safetyStock: 2 },
      [{ verb: 'Adjust', quantity: 1, moves: { quantity: 1 } }],
    ],
    ['a price', told, { price: eur('2') }, [{ verb: 'Note', note: 'priced' }]],
    ['another price', { ...told, price: eur('1') }, { price: eur('2') }, [{ verb: 'Note', note: 'priced' }]],
    ['no price any more', { ...told, price: eur('1') }, {}, [{ verb: 'Note', note: 'priced' }]],
    ['nothing when a price is only written otherwise', { ...told, price: eur('2.0') }, { price: eur('2') }, []],
    ['a pause', told, { paused: true }, [{ verb: 'Note', note: 'paused' }]],
    ['the end of a pause', { ...told, paused: true }, {}, [{ verb: 'Note', note: 'resumed' }]],
    ['nothing while a pause lasts', { ...told, paused: true }, { paused: true }, []],
    [
      'everything at once, units first',
      told,
      { quantity: 6, price: eur('2'), paused: true },
      [
        { verb: 'Adjust', quantity: 1, moves: { quantity: 1 } },
        { verb: 'Note', note: 'priced' },
        { verb: 'Note', note: 'paused' },
      ],
    ],
  ]
  for (const [title, before, terms, want] of cases) {
    it(`takes over ${title}`, () => assert.deepEqual(decideTerms(balances, before, someTerms(terms)), want))
  }

  const reason = 'the yearly count'
  const statements: readonly [title: string, stated: StatedChange, terms: Partial<StockTerms>, why: string[]][] = [
    ['another quantity', { reason, quantity: 8 }, { quantity: 8 }, ['Adjust']],
    ['the quantity, not what is kept back', { reason, quantity: 5 }, { safetyStock: 1 }, []],
    ['a quantity that another change has passed over', { reason, quantity: 8 }, { quantity: 9 }, []],
    ['a price, however it is written', { reason, price: eur('2.0') }, { price: eur('2') }, ['priced']],
    ['another price', { reason, price: eur('3') }, { price: eur('2') }, []],
    ['no price', { reason }, { price: eur('2') }, []],
    ['a pause', { reason, paused: true }, { paused: true }, ['paused']],
    ['one of several changes', { reason, paused: true }, { quantity: 9, paused: true }, ['paused']],
  ]
  for (const [title, statedChange, terms, why] of statements) {
    it(`says why where the reason was given for ${title}`, () => {
      const drafts = decideTerms(balances, told, someTerms({ ...terms, statedChanges: [statedChange] }))
      const explained = drafts.filter(({ changeReason }) => changeReason !== undefined)
      assert.deepEqual(
        explained.map(({ verb, note, changeReason }) => [note ?? verb, changeReason]),
        why.map((what) => [what, reason]),
      )
      assert.ok(drafts.length > 0)
    })
  }

  it('says of each of several changes at once why it was made', () => {
    const statedChanges = [
      { reason: 'sale', price: eur('3') },
      { reason: 'recall', paused: true },
      { reason: 'delivery', quantity: 9 },
    ]
    const drafts = decideTerms(balances, told, someTerms({ quantity: 9, price: eur('3'), paused: true, statedChanges }))
    assert.deepEqual(
      drafts.map(({ changeReason }) => changeReason),
      ['delivery', 'sale', 'recall'],
    )
  })

  it('says why a pause ends, which is not why it began', () => {
    const resumed = (paused: boolean) =>
      decideTerms(balances, { ...told, paused: true }, someTerms({ statedChanges: [{ reason, paused }] }))
    assert.deepEqual(resumed(false), [{ verb: 'Note', note: 'resumed', changeReason: reason }])
    assert.deepEqual(resumed(true), [{ verb: 'Note', note: 'resumed' }])
  })

  it('says no reason again for a later change to the same value', () => {
    const recall = { reason: 'recall', requestId: 'request-1', paused: true }
    const why = (stated: StatedChange, before: readonly StatedChange[]) =>
      decideTerms(balances, { ...told, statedChanges: before }, someTerms({ paused: true, statedChanges: [stated] }))
    assert.deepEqual(why(recall, [recall]), [{ verb: 'Note', note: 'paused' }])
    for (const before of [
      [],
      [{ ...recall, requestId: 'request-0' }],
      [{ reason: 'recall', paused: true }],
      [{ ...recall, reason: 'count' }],
      [{ ...recall, paused: false }],
      [{ ...recall, quantity: 5 }],
      [{ ...recall, price: eur('2') }],
    ])
      assert.deepEqual(why(recall, before), [{ verb: 'Note', note: 'paused', changeReason: 'recall' }])
  })

  it('begins with a stock’s creation, however its terms are', () => {
    assert.deepEqual(
      decideTerms({ ...balances, quantity: 0 }, undefined, someTerms({ paused: true, safetyStock: 2 })),
      [{ verb: 'Note', note: 'created', quantity: 5, moves: { quantity: 5 } }],
    )
  })
})

describe('termsTold', () => {
  const status = { available: 3, paused: false }
  const draftsFrom = (found: Parameters<typeof termsTold>[0], terms: StockTerms) =>
    decideTerms(balances, termsTold(found, balances, terms), terms)

  const unchanged: readonly [title: string, found: Parameters<typeof termsTold>[0], terms: Partial<StockTerms>][] = [
    ['a plain stock', status, {}],
    ['a safety stock', { ...status, available: 1 }, { safetyStock: 2 }],
    ['a price', { ...status, totalValue: eur('10.00') }, { price: eur('2.00') }],
    ['a pause', { ...status, paused: true }, { paused: true }],
  ]
  for (const [title, found, terms] of unchanged) {
    it(`finds nothing new in ${title} that a status was written under`, () => {
      assert.deepEqual(draftsFrom(found, someTerms(terms)), [])
    })
  }

  const changed: readonly [string, Parameters<typeof termsTold>[0], Partial<StockTerms>, EntryDraft[]][] = [
    ['more units kept back', status, { safetyStock: 1 }, [{ verb: 'Adjust', quantity: 0 }]],
    ['fewer units kept back', { ...status, available: 1 }, {}, [{ verb: 'Adjust', quantity: 0 }]],
    ['the first price', status, { price: eur('2') }, [{ verb: 'Note', note: 'priced' }]],
    ['another price', { ...status, totalValue: eur('10') }, { price: eur('3') }, [{ verb: 'Note', note: 'priced' }]],
    [
      'another currency',
      { ...status, totalValue: eur('10') },
      { price: { amount: '2', currency: 'USD' } },
      [{ verb: 'Note', note: 'priced' }],
    ],
    [
      'a price for one unit that all units had together before',
      { ...status, totalValue: eur('10') },
      { price: eur('10') },
      [{ verb: 'Note', note: 'priced' }],
    ],
    ['no price any more', { ...status, totalValue: eur('10') }, {}, [{ verb: 'Note', note: 'priced' }]],
    ['a pause', status, { paused: true }, [{ verb: 'Note', note: 'paused' }]],
    ['the end of a pause', { ...status, paused: true }, {}, [{ verb: 'Note', note: 'resumed' }]],
  ]
  for (const [title, found, terms, want] of changed) {
    it(`finds ${title} that nobody was told of while nobody led`, () => {
      assert.deepEqual(draftsFrom(found, someTerms(terms)), want)
    })
  }
})
