import assert from 'node:assert/strict'
import { addressBlock } from '../../../../operator/domain/gateway/address-block.ts'

describe('address block', () => {
  for (const [address, block] of [
    ['10.1.2.3', '10.1.2.3'],
    ['::ffff:10.1.2.3', '10.1.2.3'],
    ['::FFFF:10.1.2.3', '10.1.2.3'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::9', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8::', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['/run/socket', '/run/socket'],
    ['', ''],
    ['1::2::3', '1::2::3'],
  ] as const)
    it(`of ${JSON.stringify(address)} is ${JSON.stringify(block)}`, () => {
      assert.equal(addressBlock(address), block)
    })
})
