import assert from 'node:assert/strict'
import { note } from '../fixtures/note.ts'
import { type RowBreakage, rowBreakages } from './rows/row-breakages.ts'
import { simulateRows } from './rows/row-world.ts'

const SEEDS = 2_000
const NOTICED_WITHIN = 500

describe('stocks whose books are rows, in a simulated world', function () {
  this.timeout(400_000) // minutes on a busy machine
  const found: number[] = []
  after(() => note(`${rowBreakages.length} breakages of rows, found after ${found.join(' ')} worlds`))

  it(`close their books in each of ${SEEDS} seeds, and tell everybody how it stands`, async () => {
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const failure = await simulateRows(seed)
      assert.equal(failure, undefined, `seed ${seed}: ${failure}`)
    }
  })

  for (const breakage of rowBreakages)
    it(`are not in order with ${breakage.name}, which shows within ${NOTICED_WITHIN} seeds`, async () => {
      const seed = await firstFailure(breakage)
      assert.ok(seed !== undefined, 'nothing was noticed')
      assert.equal(await simulateRows(seed), undefined, 'what was noticed is not what is broken')
      found.push(seed)
    })
})

async function firstFailure(breakage: RowBreakage): Promise<number | undefined> {
  for (let seed = 1; seed <= NOTICED_WITHIN; seed += 1) {
    if ((await simulateRows(seed, breakage)) !== undefined) return seed
  }
  return undefined
}
