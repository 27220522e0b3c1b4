import assert from 'node:assert/strict'
import { note } from '../fixtures/note.ts'
import { breakages } from './breakages/all-breakages.ts'
import type { Breakage } from './world/breakage.ts'
import { simulate } from './world/simulate.ts'

const SEEDS = 500

describe('a world in which the protocol is broken on purpose', () => {
  const found: number[] = []
  after(() => note(`${breakages.length} breakages, found after ${found.join(' ')} worlds`))

  for (const breakage of breakages) {
    it(`notices ${breakage.name} within ${SEEDS} seeds`, async function () {
      this.timeout(400_000) // minutes on a busy machine, where it is found late
      const seed = await firstFailure(breakage)
      assert.ok(seed !== undefined, 'nothing was noticed')
      const { failure } = await simulate(seed, { features: breakage.features })
      assert.equal(failure, undefined, 'what was noticed is not what is broken')
      found.push(seed)
    })
  }
})

async function firstFailure(breakage: Breakage): Promise<number | undefined> {
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const { failure } = await simulate(seed, { breakage, features: breakage.features })
    if (failure !== undefined) return seed
  }
  return undefined
}
