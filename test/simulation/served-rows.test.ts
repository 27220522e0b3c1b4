import assert from 'node:assert/strict'
import { note } from '../fixtures/note.ts'
import { type ServedBreakage, servedBreakages } from './rows/served-breakages.ts'
import { simulateServed } from './rows/served-world.ts'

const SEEDS = 300
const NOTICED_WITHIN = 500

describe('stocks whose books are rows, with gateways and leaders in a simulated world', function () {
  this.timeout(400_000) // minutes on a busy machine
  const found: number[] = []
  after(() => note(`${servedBreakages.length} breakages of served rows, found after ${found.join(' ')} worlds`))

  it(`agree with their objects and topics in each of ${SEEDS} seeds`, async () => {
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const failure = await simulateServed(seed)
      assert.equal(failure, undefined, `seed ${seed}: ${failure}`)
    }
  })

  for (const breakage of servedBreakages)
    it(`do not with ${breakage.name}, which shows within ${NOTICED_WITHIN} seeds`, async () => {
      const seed = await firstFailure(breakage)
      assert.ok(seed !== undefined, 'nothing was noticed')
      assert.equal(await simulateServed(seed), undefined, 'what was noticed is not what is broken')
      found.push(seed)
    })
})

async function firstFailure(breakage: ServedBreakage): Promise<number | undefined> {
  for (let seed = 1; seed <= NOTICED_WITHIN; seed += 1) {
    if ((await simulateServed(seed, breakage)) !== undefined) return seed
  }
  return undefined
}
