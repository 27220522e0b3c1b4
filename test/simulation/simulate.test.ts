import assert from 'node:assert/strict'
import { simulate } from './world/simulate.ts'

const SEEDS = 2_000

describe('a world with faults', () => {
  it(`closes its books in each of ${SEEDS} seeds`, async function () {
    this.timeout(300_000)
    let entries = 0
    let takeovers = 0
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const run = await simulate(seed)
      assert.equal(run.failure, undefined, `seed ${seed}: ${run.failure}; replay: npm run simulate -- --seed ${seed}`)
      entries += run.entries
      takeovers += run.takeovers
    }
    assert.ok(entries > SEEDS * 50, `only ${entries} entries in ${SEEDS} worlds: they don't do enough`)
    assert.ok(takeovers > SEEDS * 3, `only ${takeovers} takeovers in ${SEEDS} worlds`)
  })

  it('says the same again from the same seed', async () => {
    const once = await simulate(42, { keepTrace: true })
    const again = await simulate(42, { keepTrace: true })
    assert.deepEqual(again, once)
  })
})
