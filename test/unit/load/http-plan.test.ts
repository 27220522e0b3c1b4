import assert from 'node:assert/strict'
import { type Scenario, scenarios } from '../../../config/load/scenarios.ts'
import { scaled, secondsOf, shiftsOf, usersAt, usersIn } from '../../../hack/load/http/plan.ts'

const all: [string, Scenario][] = Object.entries(scenarios)

describe('the plan of a scenario', () => {
  it('lets users come one by one within a second where they come at once, and all go at the end', () => {
    const shifts = shiftsOf([
      { seconds: 0, users: 4 },
      { seconds: 10, users: 4 },
    ])
    assert.deepEqual(
      shifts.map(({ fromMs, toMs }) => [fromMs, toMs]),
      [
        [0, 10_000],
        [250, 10_000],
        [500, 10_000],
        [750, 10_000],
      ],
    )
  })

  it('has the first still there when a spike is over', () => {
    const shifts = shiftsOf([
      { seconds: 0, users: 1 },
      { seconds: 5, users: 1 },
      { seconds: 0, users: 3 },
      { seconds: 5, users: 3 },
      { seconds: 0, users: 1 },
      { seconds: 5, users: 1 },
    ])
    assert.deepEqual(
      shifts.map(({ fromMs, toMs }) => [fromMs, toMs]),
      [
        [0, 15_000],
        [5_000, 10_000],
        [5_500, 10_000],
      ],
    )
  })

  it('goes up and down evenly', () => {
    const shifts = shiftsOf([
      { seconds: 10, users: 10 },
      { seconds: 10, users: 0 },
    ])
    const seen = [500, 2_500, 5_500, 9_500, 10_500, 12_500, 15_500, 19_500].map((atMs) => usersAt(shifts, atMs))
    assert.deepEqual(seen, [0, 2, 5, 9, 10, 8, 5, 1])
    assert.equal(usersAt(shifts, 20_000), 0)
  })

  it('is never without end, nor of more users than it says', () => {
    for (const [name, scenario] of all) {
      if (scenario.shape.kind === 'burst') continue
      const shifts = shiftsOf(scenario.shape.phases)
      const endMs = secondsOf(scenario) * 1_000
      assert.ok(
        shifts.every(({ fromMs, toMs }) => fromMs < toMs && toMs <= endMs),
        name,
      )
      const most = Math.max(...shifts.map(({ fromMs }) => usersAt(shifts, fromMs)))
      assert.equal(most, usersIn(scenario), name)
    }
  })

  it('takes a share of the time and of the burst, with the same limits', () => {
    for (const [name, scenario] of all) {
      const tenth = scaled(scenario, 0.1)
      assert.deepEqual(tenth.limits, scenario.limits, name)
      assert.ok(Math.abs(secondsOf(tenth) - secondsOf(scenario) / 10) < 0.001, name)
    }
    assert.deepEqual(scaled(scenarios.burst, 0.1).shape, { kind: 'burst', units: 10, refused: 10 })
    assert.deepEqual(scaled(scenarios.burst, 0.000_1).shape, { kind: 'burst', units: 1, refused: 1 })
    assert.equal(secondsOf(scaled(scenarios.baseline, 0.000_1)), 1)
  })
})

describe('the scenarios', () => {
  it('are what was agreed with people who wait for them', () => {
    assert.deepEqual(
      [usersIn(scenarios['warm-up']), usersIn(scenarios.baseline), usersIn(scenarios.mixed)],
      [5, 20, 20],
    )
    assert.deepEqual(scenarios.baseline.limits, { p95Ms: 200, p99Ms: 500, errorShare: 0.001 })
    assert.deepEqual(scenarios.mixed.limits, scenarios.baseline.limits)
    assert.equal(secondsOf(scenarios.mixed), 300)
    assert.deepEqual(scenarios.burst.shape, { kind: 'burst', units: 100, refused: 100 })
    assert.equal(scenarios.burst.stocks, 1)
    const spike = scenarios.spike.shape.phases.map(({ users }) => users)
    assert.deepEqual(spike, [5, 5, 50, 50, 5, 5])
  })

  it('read seven times of ten in the mixed one', () => {
    const shares = Object.entries(scenarios.mixed.mix)
    const sum = (some: typeof shares) => some.reduce((total, [, share]) => total + share, 0)
    const reads = shares.filter(([step]) => ['readStock', 'listStocks', 'readReservation'].includes(step))
    assert.equal(sum(reads) / sum(shares), 0.7)
  })
})
