import assert from 'node:assert/strict'
import { KnownEntries } from '../../../../operator/application/rows/known-entries.ts'

describe('The entries that a process knows to be kept', () => {
  it('are the latest of each stock, in whatever order they come', () => {
    const known = new KnownEntries()
    known.note('bean', 7)
    known.note('bean', 5)
    known.note('cup', 1)
    assert.deepEqual([known.of('bean'), known.of('cup'), known.of('milk')], [7, 1, 0])
  })

  it('are forgotten of the stock that nobody has asked for the longest, where there are too many', () => {
    const known = new KnownEntries(2)
    known.note('bean', 7)
    known.note('cup', 1)
    known.note('bean', 8)
    known.note('milk', 2)
    assert.deepEqual([known.of('bean'), known.of('cup'), known.of('milk')], [8, 0, 2])
  })
})
