import assert from 'node:assert/strict'
import { inLanes } from '../../../operator/application/in-lanes.ts'

describe('inLanes', () => {
  it('works on all, in order, no more than so many at once', async () => {
    const begun: number[] = []
    let underWay = 0
    let most = 0
    await inLanes([1, 2, 3, 4, 5], 2, async (item) => {
      begun.push(item)
      underWay += 1
      most = Math.max(most, underWay)
      await Promise.resolve()
      underWay -= 1
    })
    assert.deepEqual([begun, most], [[1, 2, 3, 4, 5], 2])
  })

  it('goes on with all others when some fail, and rejects in the end with what the first said', async () => {
    const worked: number[] = []
    const done = inLanes([1, 2, 3, 4, 5], 2, async (item) => {
      if (item <= 2) throw new Error(`no ${item}`)
      await Promise.resolve()
      worked.push(item)
    })
    await assert.rejects(done, /no 1/)
    assert.deepEqual(worked, [3, 4, 5])
  })
})
