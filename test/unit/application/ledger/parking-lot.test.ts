import assert from 'node:assert/strict'
import { ParkingLot } from '../../../../operator/application/ledger/parking-lot.ts'
import type { Errand } from '../../../../operator/application/ledger/undecided.ts'

function aLot() {
  const lot = new ParkingLot()
  const called: string[] = []
  const park = (name: string, errand: Errand = 'gives') => lot.place().park(name, errand, () => called.push(name))
  return { lot, called, park }
}

const roomFor = (takers: number, others: number) => (errand: Errand) => (errand === 'takes' ? takers : others)

describe('those parked at a stock', () => {
  it('keep nobody among them who has left, and stay where they are when they park again', () => {
    const { lot, called, park } = aLot()
    for (const name of ['first', 'second', 'third']) park(name)
    park('first')
    lot.place().leave('second')
    assert.equal(lot.size, 2)
    lot.release(1, () => Infinity)
    assert.deepEqual(called, ['first'])
  })

  it('are called in the order in which they came, verdicts first, then those who give units back', () => {
    const { lot, called, park } = aLot()
    park('taker', 'takes')
    park('first')
    park('second')
    park('verdict', 'follows')
    assert.equal(lot.size, 4)
    assert.equal(lot.release(10, roomFor(10, 10)), 4)
    assert.deepEqual([called, lot.size], [['verdict', 'first', 'second', 'taker'], 0])
  })

  it('are called only as far as there is room for them', () => {
    const { lot, called, park } = aLot()
    for (const name of ['a', 'b', 'c']) park(name, 'takes')
    for (const name of ['x', 'y', 'z']) park(name)
    lot.release(3, roomFor(10, 2))
    assert.deepEqual(called, ['x', 'y', 'a'])
    lot.release(3, roomFor(1, 0))
    assert.deepEqual([called.slice(3), lot.size], [['b'], 2])
    lot.release(0, roomFor(9, 9))
    assert.equal(lot.size, 2)
  })

  it('stand there once for each name, by what they want last', () => {
    const { lot, called, park } = aLot()
    park('order', 'takes')
    park('order')
    assert.equal(lot.size, 1)
    lot.release(9, roomFor(0, 9))
    assert.deepEqual(called, ['order'])
    park('order')
    park('order', 'takes')
    assert.equal(lot.size, 1)
    lot.release(9, roomFor(0, 9))
    assert.equal(called.length, 1)
  })

  it('are called at once when those of their kind were called after they were sent away', () => {
    const { lot, called } = aLot()
    const before = lot.place()
    lot.release(9, roomFor(0, 9))
    before.park('taker', 'takes', () => called.push('taker'))
    assert.deepEqual([called, lot.size], [[], 1])
    before.park('other', 'gives', () => called.push('other'))
    assert.deepEqual([called, lot.size], [['other'], 1])
    lot.place().park('late', 'gives', () => called.push('late'))
    assert.deepEqual([called, lot.size], [['other'], 2])
  })

  it('are called at once where the stock has ended meanwhile', () => {
    const { lot, called } = aLot()
    const before = lot.place()
    lot.release(Infinity, () => Infinity)
    for (const errand of ['takes', 'gives', 'follows'] as const)
      before.park('order', errand, () => called.push('order'))
    assert.deepEqual([called, lot.size], [['order', 'order', 'order'], 0])
  })

  it('may park again while they are called', () => {
    const { lot, called, park } = aLot()
    lot.place().park('order', 'gives', () => park('order'))
    lot.release(9, roomFor(0, 9))
    assert.deepEqual([called, lot.size], [[], 1])
  })
})
