import assert from 'node:assert/strict'
import { places } from '../../../../operator/application/gateway/places.ts'

describe('places', () => {
  it('are there for so many of one account and for so many in all, and again once they are given back', () => {
    const some = places({ inAll: 3, ofOne: 2 })
    const leave = some.take('a')
    some.take('a')
    assert.deepEqual([some.fullFor('a'), some.fullFor('b'), some.takenBy('a')], ['one', undefined, 2])
    some.take('b')
    assert.deepEqual([some.fullFor('a'), some.fullFor('b'), some.taken], ['one', 'all', 3])
    leave()
    assert.deepEqual([some.fullFor('a'), some.fullFor('b'), some.taken], [undefined, undefined, 2])
  })
})
