import assert from 'node:assert/strict'
import { base32, objectNames, uuidOf } from '../../../../operator/programs/gateway/object-names.ts'

/** Test vectors of RFC 4648, section 10, without what is not whole. */
const vectors: Readonly<Record<string, string>> = {
  '': '',
  f: 'm',
  fo: 'mzx',
  foo: 'mzxw',
  foob: 'mzxw6y',
  fooba: 'mzxw6ytb',
  foobar: 'mzxw6ytbo',
}

describe('base32', () => {
  it('is that of RFC 4648 in small letters, in whole letters', () => {
    const given = Object.keys(vectors).map((text) => [text, base32(Buffer.from(text))])
    assert.deepEqual(Object.fromEntries(given), vectors)
  })

  it('has a letter for each five bits, whatever came before', () => {
    assert.equal(base32(Uint8Array.from({ length: 5 }, () => 0xff)), '77777777')
    assert.equal(base32(Uint8Array.from([0xff, 0, 0, 0, 0])), '74aaaaaa')
  })
})

describe('objectNames', () => {
  it('makes of a text the SHA-256 that it always was: orders are found again by it', () => {
    assert.equal(objectNames.digest('order-1'), 'box6eikw2juyyfb3qycairwtm3vnqy52magvzesphuk4pbxpibl')
    assert.match(objectNames.digest(''), /^[a-z2-7]{51}$/)
    assert.equal(objectNames.hex('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  })

  it('makes random names of one length', () => {
    const names = new Set(Array.from({ length: 100 }, () => objectNames.random()))
    assert.equal(names.size, 100)
    for (const name of names) assert.match(name, /^[a-z2-7]{20}$/)
  })
})

describe('uuidOf', () => {
  it('makes of a text the version 5 that it always was: requests are found again by it', () => {
    assert.equal(uuidOf('order-1'), '01a63548-5ca3-5c26-b033-86cba1ba8702')
    assert.notEqual(uuidOf('order-2'), uuidOf('order-1'))
    for (let count = 0; count < 50; count += 1)
      assert.match(uuidOf(String(count)), /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })
})
