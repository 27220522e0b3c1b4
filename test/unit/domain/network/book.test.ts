import assert from 'node:assert/strict'
import { bookAfter, type Newcomer } from '../../../../operator/domain/network/book.ts'
import { type Claim, MOST_CLAIMS } from '../../../../operator/domain/network/fabric.ts'

const claimOf = (particular: Partial<Claim> = {}): Claim => ({
  ...{ uid: 'u-1', namespace: 'team', name: 'blue', vlan: 120, cidr: '10.20.0.0/24', provider: 'Simulated' },
  ...particular,
})
const knowing = (...claims: readonly Claim[]): Newcomer => ({
  ...{ isNew: true, rule: undefined, unseen: undefined },
  known: () => claims,
})
const red = claimOf({ uid: 'u-2', name: 'red' })

describe('the book of a fabric', () => {
  it('lets the first of two entries win that are in each other’s way', () => {
    const book = [claimOf(), red]
    assert.deepEqual(bookAfter('lab', book, claimOf(), knowing(red)), { objection: undefined, claims: undefined })
    assert.equal(bookAfter('lab', book, red, knowing(claimOf())).objection?.reason, 'VlanTaken')
  })

  it('has one entry of each', () => {
    const book = [claimOf(), claimOf({ uid: 'u-3', vlan: 3, cidr: '10.3.0.0/24' }), claimOf({ vlan: 4 })]
    const after = bookAfter('lab', book, claimOf(), knowing())
    assert.deepEqual([after.objection, after.claims], [undefined, book.slice(0, 2)])
  })

  it('counts what others are known to have, and leaves it to them to write that', () => {
    assert.equal(bookAfter('lab', [], red, knowing(claimOf())).objection?.reason, 'VlanTaken')
    const green = claimOf({ uid: 'u-3', name: 'green', vlan: 3, cidr: '10.3.0.0/24' })
    assert.deepEqual(bookAfter('lab', [], green, knowing(claimOf())).claims, [green])
  })

  it('is not believed alone by one that is new: it may be an older copy that has lost another', () => {
    const book = [claimOf()]
    assert.equal(bookAfter('lab', book, claimOf(), knowing(red)).objection?.reason, 'VlanTaken')
    const settled = { ...knowing(red), isNew: false }
    assert.equal(bookAfter('lab', book, claimOf(), settled).objection, undefined)
  })

  it('begins with no more than it can hold, and says that it is full', () => {
    const known = Array.from({ length: MOST_CLAIMS + 5 }, (_, index) =>
      claimOf({ uid: `k-${index}`, vlan: index + 1, cidr: `10.${index >> 8}.${index & 255}.0/24` }),
    )
    const late = claimOf({ uid: 'late', vlan: 4_000, cidr: '172.16.0.0/24' })
    const { objection, claims } = bookAfter('lab', undefined, late, knowing(...known))
    assert.deepEqual([objection?.reason, claims?.length], ['FabricFull', MOST_CLAIMS])
  })
})
