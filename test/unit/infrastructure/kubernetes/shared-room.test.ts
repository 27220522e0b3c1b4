import assert from 'node:assert/strict'
import { hasSharedRoom } from '../../../../operator/infrastructure/kubernetes/shared-room.ts'

describe('room for objects of several namespaces', () => {
  it('is there until there are as many as there may be, where there is one namespace', () => {
    assert.equal(hasSharedRoom({ all: 7, own: 7 }, 8, false), true)
    assert.equal(hasSharedRoom({ all: 8, own: 8 }, 8, false), false)
  })

  it('is left to others in a quarter of it, also where that is not a whole number', () => {
    const flooded = { all: 6, own: 6 }
    assert.deepEqual([hasSharedRoom(flooded, 8, true), hasSharedRoom({ all: 6, own: 0 }, 8, true)], [false, true])
    assert.equal(hasSharedRoom(flooded, 9, true), false)
    assert.equal(hasSharedRoom(flooded, 12, true), true)
  })

  it('is for those that have less than that quarter, and ends with it', () => {
    assert.equal(hasSharedRoom({ all: 7, own: 1 }, 8, true), true)
    assert.equal(hasSharedRoom({ all: 7, own: 2 }, 8, true), false)
    assert.equal(hasSharedRoom({ all: 8, own: 0 }, 8, true), false)
  })
})
