import assert from 'node:assert/strict'
import fc from 'fast-check'
import { simulatedAddress } from '../../../../operator/infrastructure/simulated/simulated-address.ts'

const toNumber = (address: string) => address.split('.').reduce((number, octet) => number * 256 + Number(octet), 0)
const octet = fc.integer({ min: 0, max: 255 })

describe('simulatedAddress', () => {
  it('is the same each time, also in the next release', () => {
    assert.equal(simulatedAddress('10.10.0.0/16', '0909a693-1111-4222-8333-444444444444'), '10.10.204.102')
  })

  it('is inside of its network, and neither the first nor the last there', () => {
    const networks = fc.tuple(fc.tuple(octet, octet, octet, octet), fc.integer({ min: 8, max: 30 }))
    fc.assert(
      fc.property(networks, fc.uuid(), ([octets, bits], uid) => {
        const base = octets.join('.')
        const address = simulatedAddress(`${base}/${bits}`, uid)
        assert.match(address, /^\d{1,3}(\.\d{1,3}){3}$/)
        const size = 2 ** (32 - bits)
        const first = Math.floor(toNumber(base) / size) * size
        const offset = toNumber(address) - first
        assert.ok(offset > 0 && offset < size - 1, `${address} in ${base}/${bits}`)
      }),
    )
  })

  it('spreads uids that differ in one digit', () => {
    const addresses = new Set<string>()
    for (let n = 0; n < 200; n += 1) addresses.add(simulatedAddress('10.0.0.0/8', `0909a693-${n}`))
    assert.ok(addresses.size > 190, `${addresses.size} addresses for 200 machines`)
  })
})
