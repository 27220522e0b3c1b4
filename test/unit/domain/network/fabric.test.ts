import assert from 'node:assert/strict'
import fc from 'fast-check'
import { overlap, readCidr } from '../../../../operator/domain/network/cidr.ts'
import {
  type Claim,
  canonicalCidr,
  claimAgainst,
  type Fabric,
  fabricAgainst,
  MOST_CLAIMS,
  ruleAgainst,
  type Wish,
} from '../../../../operator/domain/network/fabric.ts'

const lab: Fabric = {
  ...{
    kind: 'bridge',
    parent: 'br1',
    vlans: [
      { from: 100, to: 199 },
      { from: 300, to: 300 },
    ],
  },
  ...{ cidrs: ['10.0.0.0/8', 'fd00::/8'], namespaces: ['team'] },
}
const wish: Wish = { namespace: 'team', fabric: 'lab', vlan: 120, cidr: '10.20.0.0/24', real: true }
const claimOf = (particular: Partial<Claim> = {}): Claim => ({
  ...{ uid: 'u-1', namespace: 'team', name: 'blue', vlan: 120, cidr: '10.20.0.0/24' },
  ...particular,
})

describe('a fabric', () => {
  const refusals: readonly (readonly [string, Partial<Wish>, string, RegExp])[] = [
    ['of another namespace', { namespace: 'guest' }, 'FabricNotShared', /takes no networks of namespace guest/],
    ['with another vlan', { vlan: 200 }, 'OutOfRange', /vlan 200 is none of fabric lab, which has 100 to 199, 300$/],
    ['with another range', { cidr: '192.168.0.0/24' }, 'OutOfRange', /which has 10.0.0.0\/8, fd00::\/8$/],
    ['that is larger than its own ranges', { cidr: '8.0.0.0/6' }, 'OutOfRange', /^cidr 8.0.0.0\/6/],
  ]
  for (const [what, particular, reason, message] of refusals)
    it(`takes no network ${what}`, () => {
      const objection = ruleAgainst({ ...wish, ...particular }, lab)
      assert.equal(objection?.reason, reason)
      assert.match(objection?.message ?? '', message)
    })

  it('takes what its rules allow', () => {
    assert.equal(ruleAgainst(wish, lab), undefined)
    assert.equal(ruleAgainst({ ...wish, vlan: 300, cidr: 'fd00:20::/64' }, lab), undefined)
    assert.equal(ruleAgainst({ ...wish, namespace: 'guest' }, { ...lab, namespaces: '*', cidrs: [] }), undefined)
  })

  it('has nothing made on it where it has no parent, but lets networks be simulated', () => {
    const { parent: _, ...bare } = lab
    assert.equal(fabricAgainst(wish, bare)?.reason, 'FabricUnknown')
    assert.equal(fabricAgainst({ ...wish, real: false }, bare), undefined)
    assert.match(fabricAgainst(wish, undefined)?.message ?? '', /the setting networks.fabrics has none of this name/)
  })

  it('names who has a vlan or a part of a range already', () => {
    const others = [claimOf({ uid: 'u-2', name: 'red' })]
    const vlan = claimAgainst(claimOf({ cidr: '10.21.0.0/24' }), others, 'lab')
    assert.deepEqual([vlan?.reason, vlan?.message.includes('network team/red')], ['VlanTaken', true])
    const cidr = claimAgainst(claimOf({ vlan: 121, cidr: '10.20.0.128/25' }), others, 'lab')
    assert.equal(cidr?.reason, 'CidrTaken')
    assert.match(cidr?.message ?? '', /^cidr 10.20.0.128\/25 overlaps 10.20.0.0\/24 of network team\/red on fabric lab/)
    assert.equal(claimAgainst(claimOf({ vlan: 121, cidr: 'fd00::/64' }), others, 'lab'), undefined)
  })

  for (const cidr of [
    '127.0.0.0/24',
    '169.254.7.0/24',
    '239.0.0.0/8',
    '0.0.0.0/8',
    'fe80::/64',
    'ff02::/64',
    '::/32',
    '::ffff:0:0/120',
  ])
    it(`takes no network of addresses that nobody can have: ${cidr}`, () =>
      assert.equal(ruleAgainst({ ...wish, cidr }, { ...lab, cidrs: [] })?.reason, 'CidrInvalid'))

  it('takes what it can not read for a part of every range', () => {
    const broken = claimOf({ uid: 'u-2', name: 'red', vlan: 9, cidr: '10.20.0.0' })
    assert.equal(claimAgainst(claimOf(), [broken], 'lab')?.reason, 'CidrTaken')
  })

  it('is full some time', () => {
    const others = Array.from({ length: MOST_CLAIMS }, (_, index) =>
      claimOf({ uid: `u-${index}`, vlan: index + 1, cidr: `10.${index >> 8}.${index & 255}.0/24` }),
    )
    const one = claimOf({ uid: 'new', vlan: 4_000, cidr: '172.16.0.0/24' })
    assert.equal(claimAgainst(one, others, 'lab')?.reason, 'FabricFull')
    assert.equal(claimAgainst(one, others.slice(1), 'lab'), undefined)
  })

  it('never gives a vlan or an address to two, in whatever order they come', () => {
    const wanted = fc.record({
      vlan: fc.integer({ min: 1, max: 12 }),
      cidr: fc
        .tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 255 }), fc.integer({ min: 14, max: 26 }))
        .map(([second, third, prefix]) => `10.${second}.${third}.0/${prefix}`),
    })
    fc.assert(
      fc.property(fc.array(wanted, { maxLength: 30 }), (wishes) => {
        const claims: Claim[] = []
        for (const [index, { vlan, cidr }] of wishes.entries()) {
          const read = canonicalCidr(cidr)
          assert.ok('cidr' in read)
          const claim = claimOf({ uid: `u-${index}`, vlan, cidr: read.cidr })
          if (claimAgainst(claim, claims, 'lab') === undefined) claims.push(claim)
        }
        for (const [index, one] of claims.entries())
          for (const other of claims.slice(index + 1)) {
            assert.notEqual(one.vlan, other.vlan)
            const [first, second] = [readCidr(one.cidr), readCidr(other.cidr)]
            assert.ok(first && second && !overlap(first, second), `${one.cidr} ${other.cidr}`)
          }
      }),
    )
  })
})

describe('the range of a network', () => {
  it('is compared in one spelling', () => {
    assert.deepEqual(canonicalCidr('10.20.0.7/24'), { cidr: '10.20.0.0/24' })
    assert.deepEqual(canonicalCidr('FD00:0020::1/64'), { cidr: 'fd00:20::/64' })
  })

  for (const text of ['10.0.0.0/7', '10.0.0.0/30', 'fd00::/31', 'fd00::/126', '10.0.0.0', 'nonsense/24'])
    it(`can't be ${text}`, () => {
      const read = canonicalCidr(text)
      assert.equal('reason' in read && read.reason, 'CidrInvalid')
    })
})
