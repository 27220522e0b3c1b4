import assert from 'node:assert/strict'
import { applyToClaim, type Claim, unitsOut } from '../../../../operator/domain/stock/claim.ts'
import type { Entry } from '../../../../operator/domain/stock/entry.ts'
import { aClaim, afterTen, anEntry, tenOClock } from '../../../fixtures/builders.ts'

const price = { amount: '9.90', currency: 'EUR' }
const lines = [{ stockNamespace: 'shop', stock: 'beans', stockUID: 'uid-beans', sequence: 4, quantity: 1 }]

describe('unitsOut', () => {
  const cases: readonly [Claim | undefined, { reserved: number; confirmed: number }][] = [
    [aClaim({ phase: 'Reserved', quantity: 3 }), { reserved: 3, confirmed: 0 }],
    [aClaim({ phase: 'Confirmed', quantity: 3 }), { reserved: 0, confirmed: 3 }],
    [aClaim({ phase: 'Waiting', quantity: 3 }), { reserved: 0, confirmed: 0 }],
    [undefined, { reserved: 0, confirmed: 0 }],
  ]
  for (const [claim, want] of cases) {
    it(`counts ${want.reserved} held and ${want.confirmed} sold for ${claim?.phase ?? 'no claim'}`, () => {
      assert.deepEqual(unitsOut(claim), want)
    })
  }
})

describe('applyToClaim', () => {
  const waiting = aClaim({ phase: 'Waiting', reservedAt: tenOClock - 9_000, deadline: tenOClock + 60_000 })
  const held = aClaim({ unitPrice: price, lines, follows: { uid: 'uid-home', sequence: 2 } })
  const bare = (particular: Partial<Entry>): Entry => {
    const { deadline: _, ...entry } = anEntry({ sequence: 9, at: afterTen(30), ...particular })
    return particular.deadline ? { ...entry, deadline: particular.deadline } : entry
  }

  it('makes a hold of a Reserve', () => {
    assert.deepEqual(applyToClaim(undefined, anEntry({ unitPrice: price }), 'shop'), {
      uid: 'uid-order',
      namespace: 'shop',
      name: 'order',
      phase: 'Reserved',
      quantity: 2,
      sequence: 3,
      reservedAt: tenOClock,
      deadline: tenOClock + 900_000,
      unitPrice: price,
    })
  })

  it('remembers the namespace of a reservation from elsewhere', () => {
    assert.equal(applyToClaim(undefined, anEntry({ reservationNamespace: 'cafe' }), 'shop')?.namespace, 'cafe')
  })

  it('begins the hold of one that waited with its Reserve', () => {
    const claim = applyToClaim(waiting, anEntry({ sequence: 9, at: afterTen(30), deadline: afterTen(930) }), 'shop')
    assert.deepEqual(
      [claim?.phase, claim?.reservedAt, claim?.deadline, claim?.sequence],
      ['Reserved', tenOClock + 30_000, tenOClock + 930_000, 9],
    )
  })

  it('begins a hold when its Reserve says, where that is dated later', () => {
    const entry = anEntry({ at: afterTen(3_600), since: afterTen(30), deadline: afterTen(930) })
    const claim = applyToClaim(undefined, entry, 'shop')
    assert.deepEqual([claim?.reservedAt, claim?.deadline], [tenOClock + 30_000, tenOClock + 930_000])
  })

  it('puts a reservation in line until the deadline of its Wait', () => {
    const claim = applyToClaim(undefined, anEntry({ verb: 'Wait', at: afterTen(1), deadline: afterTen(61) }), 'shop')
    assert.deepEqual(
      [claim?.phase, claim?.reservedAt, claim?.deadline, claim?.quantity],
      ['Waiting', tenOClock + 1_000, tenOClock + 61_000, 2],
    )
  })

  it('forgets the lines of a set that goes back to waiting: it has nothing anywhere', () => {
    assert.equal(applyToClaim(held, anEntry({ verb: 'Wait', lines }), 'shop')?.lines, undefined)
  })

  it('keeps everything of a hold that is confirmed', () => {
    assert.deepEqual(applyToClaim(held, bare({ verb: 'Confirm' }), 'shop'), {
      ...held,
      phase: 'Confirmed',
      sequence: 9,
    })
  })

  it('moves the end of a hold that is extended, and nothing else', () => {
    assert.deepEqual(applyToClaim(held, bare({ verb: 'Extend', deadline: afterTen(1_800) }), 'shop'), {
      ...held,
      sequence: 9,
      deadline: tenOClock + 1_800_000,
    })
  })

  it('takes price, lines and what it follows from an entry that has its own', () => {
    const own = { unitPrice: { amount: '1', currency: 'USD' }, lines: [], follows: { uid: 'uid-home', sequence: 5 } }
    const claim = applyToClaim(held, anEntry({ verb: 'Confirm', ...own }), 'shop')
    assert.deepEqual([claim?.unitPrice, claim?.lines, claim?.follows], [own.unitPrice, own.lines, own.follows])
  })

  it('keeps the quantity of a claim whose entry says none', () => {
    const { quantity: _, ...entry } = bare({ verb: 'Confirm' })
    assert.equal(applyToClaim(held, entry, 'shop')?.quantity, 2)
  })

  it('says the same of a claim without knowing what came before it', () => {
    const { deadline: _, quantity: __, reservation: ___, uid: ____, ...nameless } = anEntry({ verb: 'Confirm' })
    assert.deepEqual(applyToClaim(undefined, nameless, 'shop'), {
      uid: '',
      namespace: 'shop',
      name: '',
      phase: 'Confirmed',
      quantity: 0,
      sequence: 3,
      reservedAt: tenOClock,
      deadline: tenOClock,
    })
  })

  for (const verb of ['Release', 'Return', 'Expire', 'Refuse'] as const) {
    it(`leaves nothing of a claim after ${verb}`, () => {
      assert.equal(applyToClaim(held, anEntry({ verb }), 'shop'), undefined)
    })
  }

  for (const verb of ['Adjust', 'Note', 'Recount'] as const) {
    it(`leaves a claim as it is after ${verb}`, () => {
      assert.equal(applyToClaim(held, anEntry({ verb }), 'shop'), held)
    })
  }
})
