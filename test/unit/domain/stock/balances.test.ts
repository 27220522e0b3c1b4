import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  applyToBalances,
  availableUnits,
  type Balances,
  brokenInvariant,
  emptyBalances,
  entryFrom,
  utilizationPercent,
  withinBalances,
} from '../../../../operator/domain/stock/balances.ts'
import { rememberedTimes } from '../../../../operator/domain/times.ts'
import { afterTen, anEntry, someTerms, tenOClock } from '../../../fixtures/builders.ts'

const some: Balances = { sequence: 7, at: tenOClock, quantity: 20, reserved: 3, confirmed: 2, level: 'Low' }

describe('availableUnits', () => {
  const cases: readonly [quantity: number, safety: number, reserved: number, confirmed: number, want: number][] = [
    [20, 0, 0, 0, 20],
    [20, 4, 3, 2, 11],
    [20, 15, 3, 2, 0],
    [20, 16, 3, 2, 0],
    [5, 0, 4, 4, 0],
    [0, 0, 0, 0, 0],
  ]
  for (const [quantity, safety, reserved, confirmed, want] of cases) {
    it(`is ${want} of ${quantity} with ${safety} kept back, ${reserved} held and ${confirmed} sold`, () => {
      assert.equal(availableUnits({ quantity, reserved, confirmed }, safety), want)
    })
  }
})

describe('utilizationPercent', () => {
  const cases: readonly [quantity: number, reserved: number, confirmed: number, want: number][] = [
    [20, 1, 2, 15],
    [3, 1, 1, 66],
    [100, 0, 29, 29],
    [100, 29, 0, 29],
    [1_000, 0, 999, 99],
    [10, 10, 5, 150],
    [10, 0, 0, 0],
    [0, 0, 0, 0],
    [0, 1, 0, 100],
    [0, 0, 1, 100],
    [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER - 1, 0, 99],
  ]
  for (const [quantity, reserved, confirmed, want] of cases) {
    it(`is ${want} with ${reserved} held and ${confirmed} sold of ${quantity}`, () => {
      assert.equal(utilizationPercent({ ...some, quantity, reserved, confirmed }), want)
    })
  }

  it('says every whole percent as it is', () => {
    for (let percent = 0; percent <= 100; percent += 1) {
      assert.equal(utilizationPercent({ ...some, quantity: 100, reserved: percent, confirmed: 0 }), percent)
    }
  })
})

describe('entryFrom', () => {
  const price = { amount: '9.90', currency: 'EUR' }
  const moment = (at: number) => ({ at, textOf: rememberedTimes().textOf })

  it('numbers a draft, dates it and says the balances after it', () => {
    const entry = entryFrom(
      { verb: 'Confirm', uid: 'u', quantity: 2, moves: { reserved: -2, confirmed: 2 } },
      some,
      someTerms({ safetyStock: 4 }),
      moment(tenOClock + 1_500),
    )
    assert.deepEqual(entry, {
      sequence: 8,
      verb: 'Confirm',
      uid: 'u',
      quantity: 2,
      at: '2026-11-22T10:00:01.500Z',
      reserved: 1,
      confirmed: 4,
      available: 11,
      level: 'Low',
      stockQuantity: 20,
    })
  })

  it('leaves the balances as they are when the draft moves none', () => {
    const entry = entryFrom({ verb: 'Note', note: 'paused' }, some, someTerms(), moment(tenOClock))
    assert.deepEqual(
      [entry.stockQuantity, entry.reserved, entry.confirmed, entry.available, entry.level],
      [20, 3, 2, 15, 'Low'],
    )
  })

  it('moves the quantity', () => {
    const entry = entryFrom(
      { verb: 'Adjust', quantity: 5, moves: { quantity: -5 } },
      some,
      someTerms(),
      moment(tenOClock),
    )
    assert.deepEqual([entry.stockQuantity, entry.available, entry.quantity], [15, 10, 5])
  })

  it('never dates an entry before the one before it', () => {
    assert.equal(entryFrom({ verb: 'Wait' }, some, someTerms(), moment(tenOClock - 60_000)).at, afterTen(0))
  })

  it('takes the level that the draft brings', () => {
    const draft = { verb: 'Note', note: 'level_changed', level: 'Critical' } as const
    assert.equal(entryFrom(draft, some, someTerms(), moment(tenOClock)).level, 'Critical')
  })

  it('says the price of now, unless the draft brings one', () => {
    const terms = someTerms({ price })
    const own = { amount: '1', currency: 'USD' }
    assert.deepEqual(entryFrom({ verb: 'Reserve' }, some, terms, moment(tenOClock)).unitPrice, price)
    assert.deepEqual(entryFrom({ verb: 'Reserve', unitPrice: own }, some, terms, moment(tenOClock)).unitPrice, own)
    assert.ok(!('unitPrice' in entryFrom({ verb: 'Reserve' }, some, someTerms(), moment(tenOClock))))
  })
})

describe('applyToBalances', () => {
  it('takes everything from the entry', () => {
    const entry = anEntry({
      sequence: 8,
      at: afterTen(5),
      reserved: 4,
      confirmed: 1,
      stockQuantity: 9,
      level: 'Critical',
    })
    assert.deepEqual(applyToBalances(some, entry), {
      sequence: 8,
      at: tenOClock + 5_000,
      quantity: 9,
      reserved: 4,
      confirmed: 1,
      level: 'Critical',
    })
  })

  it('keeps the later time', () => {
    assert.equal(applyToBalances(some, anEntry({ at: afterTen(-5) })).at, tenOClock)
  })
})

describe('brokenInvariant', () => {
  const next = (particular: Partial<Balances>): Balances => ({ ...some, sequence: 8, ...particular })
  const cases: readonly [title: string, after: Balances, safety: number, want: string | undefined][] = [
    ['nothing in a step that moves nothing', next({}), 0, undefined],
    ['nothing in a hold of the last unit', next({ reserved: 14 }), 4, undefined],
    ['a hold of one more than there is', next({ reserved: 15 }), 4, '17 out and 4 kept back, of 20'],
    ['a sale of one more than there is', next({ confirmed: 18 }), 0, '21 out and 0 kept back, of 20'],
    ['nothing in a stock shrunk below what is out', next({ quantity: 1 }), 0, undefined],
    ['nothing in units that come back to a stock below what is out', next({ quantity: 1, reserved: 2 }), 0, undefined],
    ['nothing in a sale of what is held in it', next({ quantity: 1, reserved: 1, confirmed: 4 }), 9, undefined],
    ['units going out of it', next({ quantity: 1, reserved: 4 }), 0, '6 out and 0 kept back, of 1'],
    ['a negative hold', next({ reserved: -1 }), 0, 'a balance is not a whole number ≥ 0: 20, -1, 2'],
    ['a negative sale', next({ confirmed: -1 }), 0, 'a balance is not a whole number ≥ 0: 20, 3, -1'],
    ['a negative quantity', next({ quantity: -1 }), 0, 'a balance is not a whole number ≥ 0: -1, 3, 2'],
    ['half a unit', next({ reserved: 0.5 }), 0, 'a balance is not a whole number ≥ 0: 20, 0.5, 2'],
    [
      'a number that can no longer be counted',
      next({ quantity: 2 ** 53 }),
      0,
      'a balance is not a whole number ≥ 0: 9007199254740992, 3, 2',
    ],
    ['a number used twice', next({ sequence: 7 }), 0, 'entry 7 does not follow 7'],
    ['a gap', next({ sequence: 9 }), 0, 'entry 9 does not follow 7'],
    ['falling time', next({ at: tenOClock - 1 }), 0, `time falls from ${tenOClock} to ${tenOClock - 1}`],
    ['nothing in time standing still', next({ at: tenOClock }), 0, undefined],
  ]
  for (const [title, after, safety, want] of cases) {
    it(`finds ${title}`, () => assert.equal(brokenInvariant(some, after, safety), want))
  }

  it('never lets what is out rise above what may be handed out, by any step', () => {
    const units = fc.integer({ min: 0, max: 12 })
    const balances = fc.record({ quantity: units, reserved: units, confirmed: units })
    fc.assert(
      fc.property(balances, balances, units, (a, b, safety) => {
        const before = { ...emptyBalances, ...a }
        const after = { ...emptyBalances, ...b, sequence: 1 }
        const out = b.reserved + b.confirmed
        const sound = out + safety <= b.quantity || out <= a.reserved + a.confirmed
        assert.equal(brokenInvariant(before, after, safety) === undefined, sound)
      }),
    )
  })
})

describe('what ends where less is counted than is held', () => {
  type Moves = { reserved?: number; confirmed?: number }
  const cases: readonly [what: string, moves: Moves | undefined, want: Moves | undefined][] = [
    ['gives back what is counted', { reserved: -3 }, { reserved: -3 }],
    ['gives back no more than is counted of a hold', { reserved: -5 }, { reserved: -3, confirmed: 0 }],
    ['gives back no more than is counted of what was lent', { confirmed: -4 }, { reserved: 0, confirmed: -2 }],
    ['sells what is counted', { reserved: -2, confirmed: 2 }, { reserved: -2, confirmed: 2 }],
    ['sells only as much as is counted', { reserved: -5, confirmed: 5 }, { reserved: -3, confirmed: 3 }],
    ['moves nothing where nothing moves', undefined, undefined],
  ]
  for (const [what, moves, want] of cases) {
    it(what, () => {
      const draft = { verb: 'Release' as const, uid: 'a', ...(moves && { moves }) }
      assert.deepEqual(withinBalances(draft, some).moves, want)
    })
  }
})
