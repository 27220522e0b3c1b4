import assert from 'node:assert/strict'
import { isFinished, keyOf, type Phase } from '../../../../operator/domain/reservation/reservation.ts'
import { isTold } from '../../../../operator/domain/stock/entry.ts'
import { anEntry } from '../../../fixtures/builders.ts'

describe('isFinished', () => {
  const phases: readonly [Phase | undefined, boolean][] = [
    [undefined, false],
    ['Pending', false],
    ['Waiting', false],
    ['Reserved', false],
    ['Confirmed', false],
    ['Released', true],
    ['Expired', true],
    ['Rejected', true],
  ]
  for (const [phase, want] of phases) {
    it(`is ${want} for ${phase ?? 'no phase'}`, () => assert.equal(isFinished(phase), want))
  }
})

describe('keyOf', () => {
  it('joins namespace and name', () => assert.equal(keyOf('shop', 'grinder'), 'shop/grinder'))
})

describe('isTold', () => {
  it('is true of an entry about a reservation, unless it only follows a home', () => {
    const { uid: _, ...aboutTheStock } = anEntry({ verb: 'Adjust' })
    assert.equal(isTold(anEntry()), true)
    assert.equal(isTold(anEntry({ follows: { uid: 'uid-home', sequence: 0 } })), false)
    assert.equal(isTold(aboutTheStock), false)
  })
})
