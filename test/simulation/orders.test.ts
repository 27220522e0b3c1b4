import assert from 'node:assert/strict'
import { note } from '../fixtures/note.ts'
import { type OrderBreakage, orderBreakages } from './orders/order-breakages.ts'
import { simulateOrders } from './orders/simulate-orders.ts'

const SEEDS = 2_000
const NOTICED_WITHIN = 500

describe('orders, in a simulated world', function () {
  this.timeout(400_000) // minutes on a busy machine
  const found: number[] = []
  after(() => note(`${orderBreakages.length} breakages of orders, found after ${found.join(' ')} worlds`))

  it(`are paid and sold or neither in each of ${SEEDS} seeds, and tell all that has happened`, async () => {
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const failure = await simulateOrders(seed)
      assert.equal(failure, undefined, `seed ${seed}: ${failure}`)
    }
  })

  for (const breakage of orderBreakages)
    it(`are not in order with ${breakage.name}, which shows within ${NOTICED_WITHIN} seeds`, async () => {
      const seed = await firstFailure(breakage)
      assert.ok(seed !== undefined, 'nothing was noticed')
      assert.equal(await simulateOrders(seed), undefined, 'what was noticed is not what is broken')
      found.push(seed)
    })
})

async function firstFailure(breakage: OrderBreakage): Promise<number | undefined> {
  for (let seed = 1; seed <= NOTICED_WITHIN; seed += 1) {
    if ((await simulateOrders(seed, breakage)) !== undefined) return seed
  }
  return undefined
}
