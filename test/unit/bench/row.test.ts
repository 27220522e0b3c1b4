import assert from 'node:assert/strict'
import { meetsBar, percentile, ratioOf } from '../../bench/row.ts'

describe('a row of the benchmark', () => {
  const row = { what: 'holds', measured: 80, unit: '/s' } as const

  it('is held against the bare client of the same run where there is one', () => {
    assert.equal(ratioOf({ ...row, bare: 100, bar: 'none' }), 0.8)
    assert.equal(meetsBar({ ...row, bare: 100, bar: { atLeast: 0.8 } }), true)
    assert.equal(meetsBar({ ...row, bare: 101, bar: { atLeast: 0.8 } }), false)
  })

  it('is held against the bar itself where that is absolute', () => {
    assert.equal(meetsBar({ ...row, bar: { atMost: 80 } }), true)
    assert.equal(meetsBar({ ...row, bar: { atMost: 79 } }), false)
    assert.equal(meetsBar({ ...row, bar: 'none' }), undefined)
  })

  it('takes the value at a share of values in any order', () => {
    const values = [5, 1, 4, 2, 3]
    assert.deepEqual([percentile(values, 0), percentile(values, 0.5), percentile(values, 0.99)], [1, 3, 5])
    assert.equal(percentile([], 0.5), 0)
  })
})
