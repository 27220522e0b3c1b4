import assert from 'node:assert/strict'
import { parkingLot } from '../../../../operator/application/ledger/parking-lot.ts'

function aLot() {
  const lot = parkingLot()
  const called: string[] = []
  const park = (name: string, takesUnits = false) => lot.place().park(name, takesUnits, () => called.push(name))
  return { lot, called, park }
}

const roomFor = (takers: number, others: number) => (takesUnits: boolean) => (takesUnits ? takers : others)

describe('those parked at a stock', () => {
  it('are called in the order in which they came, those first who give units back', () => {
    const { lot, called, park } = aLot()
    park('taker', true)
    park('first')
    park('second')
    assert.equal(lot.size, 3)
    lot.release(10, roomFor(10, 10))
    assert.deepEqual([called, lot.size], [['first', 'second', 'taker'], 0])
  })

  it('are called only as far as there is room for them', () => {
    const { lot, called, park } = aLot()
    for (const name of ['a', 'b', 'c']) park(name, true)
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
    park('order', true)
    park('order')
    assert.equal(lot.size, 1)
    lot.release(9, roomFor(0, 9))
    assert.deepEqual(called, ['order'])
    park('order')
    park('order', true)
    assert.equal(lot.size, 1)
    lot.release(9, roomFor(0, 9))
    assert.equal(called.length, 1)
  })

  it('are called at once when those of their kind were called after they were sent away', () => {
    const { lot, called } = aLot()
    const before = lot.place()
    lot.release(9, roomFor(0, 9))
    before.park('taker', true, () => called.push('taker'))
    assert.deepEqual([called, lot.size], [[], 1])
    before.park('other', false, () => called.push('other'))
    assert.deepEqual([called, lot.size], [['other'], 1])
    lot.place().park('late', false, () => called.push('late'))
    assert.deepEqual([called, lot.size], [['other'], 2])
  })

  it('are called at once where the stock has ended meanwhile', () => {
    const { lot, called } = aLot()
    const before = lot.place()
    lot.release(Infinity, () => Infinity)
    for (const takesUnits of [true, false]) before.park('order', takesUnits, () => called.push('order'))
    assert.deepEqual([called, lot.size], [['order', 'order'], 0])
  })

  it('may park again while they are called', () => {
    const { lot, called, park } = aLot()
    lot.place().park('order', false, () => park('order'))
    lot.release(9, roomFor(0, 9))
    assert.deepEqual([called, lot.size], [[], 1])
  })
})
