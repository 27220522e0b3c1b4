import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Scenario, type Step, scenarios } from '../../../config/load/scenarios.ts'
import { stepAt } from '../../../config/load/steps.ts'
import { loadUser } from '../../../config/load/user.ts'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { randomFrom } from '../../simulation/world/random.ts'

const place = { namespace: 'shop', stocks: ['lamp', 'desk'], name: 'run-1' }
const held = JSON.stringify({ reservationId: 'order-1' })
const isRead = (step: Step) => step === 'readStock' || step === 'listStocks' || step === 'readReservation'

function userOf(mix: Scenario['mix'], shape: Scenario['shape'] = scenarios.mixed.shape) {
  return loadUser({ ...place, scenario: { ...scenarios.mixed, mix, shape }, random: randomFrom(7).next })
}

describe('a user of the load', () => {
  it('takes steps as often as the mix says, also while it has no reservation yet', () => {
    const user = userOf(scenarios.mixed.mix)
    let reads = 0
    for (let turn = 0; turn < 10_000; turn += 1) {
      const { step } = user.next()
      if (isRead(step)) reads += 1
      assert.equal(user.answered(200, held), true)
    }
    assert.ok(reads > 6_800 && reads < 7_200, `${reads} of 10,000 are reads`)
  })

  it('orders before it sells, and asks for what it has ordered', () => {
    const user = userOf({ confirm: 1 })
    assert.equal(user.next().step, 'reserve')
    user.answered(200, held)
    const { step, request } = user.next()
    assert.deepEqual(
      [step, request.method, request.path],
      ['confirm', 'POST', '/api/v1/reservations/order-1/confirm?namespace=shop'],
    )
    user.answered(200, held)
    assert.equal(user.next().step, 'reserve', 'it has sold what it had')
  })

  it('reads a stock where it has no reservation to read', () => {
    assert.equal(userOf({ readReservation: 1 }).next().step, 'readStock')
  })

  it('sends each order with a key of its own', () => {
    const user = userOf({ reserve: 1 })
    const keys = Array.from({ length: 5 }, () => user.next().request.headers['idempotency-key'])
    assert.equal(new Set(keys).size, 5)
    assert.equal(keys.includes(undefined), false)
  })

  it('gives each stock that it opens another name', () => {
    const user = userOf({ createStock: 1 })
    const bodies = Array.from({ length: 5 }, () => user.next().request.body)
    assert.equal(new Set(bodies).size, 5)
  })

  it('expects a refusal in a burst alone', () => {
    const burst = userOf({ reserve: 1 }, scenarios.burst.shape)
    burst.next()
    assert.deepEqual([burst.answered(409, '{}'), burst.answered(429, '{}')], [true, false])
    const shopper = userOf({ reserve: 1 })
    shopper.next()
    assert.deepEqual([shopper.answered(409, '{}'), shopper.answered(202, '{}')], [false, true])
  })

  it('does not take a page of somebody else for a reservation', () => {
    const user = userOf({ confirm: 1 })
    user.next()
    assert.deepEqual([user.answered(200, '<html>Welcome</html>'), user.answered(200, '{}')], [false, false])
    assert.equal(user.next().step, 'reserve')
  })

  it('has a step for every point of a mix', () => {
    const steps = [0, 0.69, 0.7, 0.999_999].map((point) => stepAt({ readStock: 7, reserve: 3 }, point))
    assert.deepEqual(steps, ['readStock', 'readStock', 'reserve', 'reserve'])
    assert.throws(() => stepAt({}, 0), RangeError)
  })
})

describe('what k6 reads', () => {
  it('imports nothing that k6 does not have', async () => {
    const directory = join(projectDirectory, 'config/load')
    const files = (await readdir(directory)).filter((name) => name.endsWith('.ts'))
    const imports = await Promise.all(
      files.map(async (name) => [...(await readFile(join(directory, name), 'utf8')).matchAll(/ from '([^']+)'/g)]),
    )
    const names = imports.flat().map(([, from]) => from ?? '')
    assert.ok(names.includes('./scenarios.ts') && names.includes('k6/http'))
    assert.deepEqual(
      names.filter((from) => !/^(k6(\/\w+)?|\.\/[\w-]+\.ts)$/.test(from)),
      [],
    )
  })
})
