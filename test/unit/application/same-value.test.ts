import assert from 'node:assert/strict'
import fc from 'fast-check'
import { sameValue } from '../../../operator/application/same-value.ts'

describe('sameValue', () => {
  it('takes copies of any JSON for the same', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => sameValue(value, JSON.parse(JSON.stringify(value)))))
  })

  it('does not look at the order of keys, but at that of lists', () => {
    assert.equal(sameValue({ a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 }), true)
    assert.equal(sameValue([1, 2], [2, 1]), false)
  })

  it('takes what is undefined for not there', () => {
    assert.equal(sameValue({ a: 1, b: undefined }, { a: 1 }), true)
    assert.equal(sameValue({ a: 1 }, { b: undefined, a: 1 }), true)
    assert.equal(sameValue({ a: undefined }, { b: 1 }), false)
  })

  const different: readonly (readonly [a: unknown, b: unknown])[] = [
    [1, 2],
    [1, '1'],
    [null, undefined],
    [null, {}],
    [{}, null],
    [0, null],
    ['', {}],
    [{ a: 1 }, { a: 2 }],
    [{ a: 1 }, { b: 1 }],
    [{ a: 1 }, { a: 1, b: 1 }],
    [{ a: 1, b: 1 }, { a: 1 }],
    [[1], [1, 2]],
    [[{ a: 1 }], [{ a: 2 }]],
  ]
  for (const [a, b] of different) {
    it(`tells ${JSON.stringify(a)} from ${JSON.stringify(b)}`, () => {
      assert.equal(sameValue(a, b), false)
    })
  }
})
