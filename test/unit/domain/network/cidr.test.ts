import assert from 'node:assert/strict'
import { BlockList, isIP } from 'node:net'
import fc from 'fast-check'
import { addressText, readAddress } from '../../../../operator/domain/network/address.ts'
import { type Cidr, cidrText, isIn, isWithin, overlap, readCidr } from '../../../../operator/domain/network/cidr.ts'

interface OneFamily {
  readonly name: string
  readonly kind: 'ipv4' | 'ipv6'
  readonly addresses: fc.Arbitrary<string>
  readonly prefixes: fc.Arbitrary<number>
}

const families: readonly OneFamily[] = [
  { name: 'IPv4', kind: 'ipv4', addresses: fc.ipV4(), prefixes: fc.integer({ min: 0, max: 32 }) },
  // an IPv4 tail is a spelling that is none here
  {
    ...{ name: 'IPv6', kind: 'ipv6', addresses: fc.ipV6().filter((text) => !text.includes('.')) },
    prefixes: fc.integer({ min: 0, max: 128 }),
  },
]

function read(text: string): Cidr {
  const cidr = readCidr(text)
  assert.ok(cidr, text)
  return cidr
}

function listOf(text: string, kind: 'ipv4' | 'ipv6'): BlockList {
  const [address = '', prefix] = text.split('/')
  const list = new BlockList()
  list.addSubnet(address, Number(prefix), kind)
  return list
}

for (const { name, kind, addresses, prefixes } of families) {
  const cidrs = fc.tuple(addresses, prefixes).map(([address, prefix]) => `${address}/${prefix}`)

  describe(`addresses and ranges of ${name}`, () => {
    it('have one spelling, the one that URLs give them', () => {
      fc.assert(
        fc.property(addresses, (text) => {
          const address = readAddress(text)
          assert.ok(address)
          const spelling = addressText(address)
          const { hostname } = new URL(kind === 'ipv4' ? `http://${text}` : `http://[${text}]`)
          assert.equal(spelling, hostname.replace(/^\[|\]$/g, ''))
          assert.deepEqual(readAddress(spelling), address)
        }),
      )
    })

    it('are read where, and only where, they are addresses', () => {
      const near = fc.oneof(addresses, fc.string({ unit: fc.constantFrom(...'0123456789abcf:.'), maxLength: 20 }))
      fc.assert(
        fc.property(near, (text) => {
          const isAddress = isIP(text) === 6 ? !text.includes('.') : isIP(text) === 4
          assert.equal(readAddress(text) !== undefined, isAddress, text)
        }),
        { numRuns: 2_000 },
      )
    })

    it('have one spelling of a range, whatever bits are set behind its prefix', () => {
      fc.assert(
        fc.property(cidrs, (text) => {
          const cidr = read(text)
          assert.deepEqual(read(cidrText(cidr)), cidr)
          assert.equal(cidrText({ ...cidr, first: read(`${text.split('/')[0]}/${cidr.prefix}`).first }), cidrText(cidr))
        }),
      )
    })

    it('hold exactly the addresses that Node finds in them', () => {
      fc.assert(
        fc.property(cidrs, addresses, (text, other) => {
          const address = readAddress(other)
          assert.ok(address)
          assert.equal(isIn(address, read(text)), listOf(text, kind).check(other, kind), `${other} in ${text}`)
        }),
      )
    })

    it('overlap where one is within the other, either way round, and with nothing of the other family', () => {
      const pairs = fc.tuple(cidrs, cidrs).chain(([one, other]) =>
        fc.constantFrom(
          [one, other] as const,
          [one, `${one.split('/')[0]}/${other.split('/')[1]}`] as const, // one of two prefixes of the same address
        ),
      )
      fc.assert(
        fc.property(pairs, ([first, second]) => {
          const [one, other] = [read(first), read(second)]
          assert.equal(overlap(one, other), overlap(other, one))
          assert.equal(overlap(one, other), isWithin(one, other) || isWithin(other, one))
          const shares = listOf(first, kind).check(second.split('/')[0] ?? '', kind)
          if (shares) assert.ok(overlap(one, other))
          assert.equal(overlap(one, { ...other, family: other.family === 4 ? 6 : 4 }), false)
        }),
      )
    })
  })
}

describe('a range of addresses', () => {
  for (const text of [
    '',
    '10.0.0.0',
    '10.0.0.0/33',
    '10.0.0/8',
    '010.0.0.0/8',
    '256.0.0.0/8',
    '10.0.0.0/08',
    '10.0.0.0/8/8',
  ])
    it(`is not ${JSON.stringify(text)}`, () => assert.equal(readCidr(text), undefined))
  for (const text of [
    '::/129',
    ':::/8',
    '1::2::3/64',
    '1:2:3:4:5:6:7/64',
    '1:2:3:4:5:6:7:8:9/64',
    '::ffff:10.0.0.1/120',
  ])
    it(`is not ${JSON.stringify(text)}`, () => assert.equal(readCidr(text), undefined))

  it('is written as RFC 5952 has it', () => {
    const spellings: readonly (readonly [string, string])[] = [
      ['2001:DB8:0:0:1:0:0:1/128', '2001:db8::1:0:0:1/128'],
      ['2001:db8:0:1:1:1:1:1/128', '2001:db8:0:1:1:1:1:1/128'],
      ['fd00:0020:0:0::5/64', 'fd00:20::/64'],
      ['0:0:0:0:0:0:0:0/0', '::/0'],
      ['10.20.30.40/24', '10.20.30.0/24'],
    ]
    for (const [text, spelling] of spellings) assert.equal(cidrText(read(text)), spelling)
  })
})
