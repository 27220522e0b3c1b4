import assert from 'node:assert/strict'
import { mixAt, planOf, STOCKS } from '../../../hack/load/plan.ts'
import { randomFrom } from '../../simulation/world/random.ts'

describe('planOf', () => {
  const mix = mixAt(1)
  const steps = planOf(mix, randomFrom(1))

  it('has the 18,600 operations of the reference load', () => {
    const counts = Object.groupBy(steps, ({ verb }) => verb)
    assert.deepEqual(
      [counts.reserve?.length, counts.confirm?.length, counts.release?.length, steps.length],
      [13_460, 3_784, 1_356, 18_600],
    )
  })

  it('ends no reservation before it was asked for, and none twice', () => {
    const reserved = new Set<number>()
    const ended = new Set<number>()
    for (const step of steps) {
      if (step.verb === 'reserve') reserved.add(step.order)
      else if (step.order !== undefined) {
        assert.ok(reserved.has(step.order) && !ended.has(step.order), `${step.verb} of ${step.order}`)
        ended.add(step.order)
      }
    }
    assert.equal(ended.size, mix.confirm + mix.release - mix.unknown)
  })

  it('spreads the reservations over all five stocks', () => {
    const stocks = new Set(steps.flatMap((step) => (step.verb === 'reserve' ? [step.stock] : [])))
    assert.equal(stocks.size, STOCKS.length)
  })

  it('is the same for the same seed and another for another', () => {
    assert.deepEqual(planOf(mixAt(0.01), randomFrom(7)), planOf(mixAt(0.01), randomFrom(7)))
    assert.notDeepEqual(planOf(mixAt(0.01), randomFrom(7)), planOf(mixAt(0.01), randomFrom(8)))
  })
})
