import assert from 'node:assert/strict'
import fc from 'fast-check'
import { Crash, type CrashPoint, crashPoints } from '../../../fakes/crash-points.ts'
import { type MachineWorld, machineWorld } from '../../../fakes/machine-world.ts'
import { aMachine, machineUid, refused, starting, stepsIn } from '../../../fixtures/machine-builders.ts'

const key = 'team/web-1'
const calls = ['hold', 'report', 'letGo', 'read', 'ask', 'giveBack', 'unavailable', 'ensure', 'remove']
const MOST_ROUNDS = 60

interface Life {
  /** The machine when it was settled, before it was deleted. */
  readonly settled: object
  /** What is left after it was deleted. */
  readonly left: object
  /** The numbers of the steps whose events were delivered, each the first time. */
  readonly delivered: readonly number[]
  readonly steps: number
  readonly calls: number
}

/** Lives through a machine's whole life with an operator that ends at these points and is started again at once. */
async function live(points: readonly CrashPoint[], prepare: (world: MachineWorld) => void = () => {}): Promise<Life> {
  const crashing = crashPoints(calls, points)
  const world = machineWorld({ machine: aMachine({ held: false, finalizers: [] }), wrap: crashing.wrap })
  prepare(world)
  const delivered: string[] = []
  const round = async () => {
    try {
      await crashing.run(world.reconcile)
    } catch (error) {
      if (!(error instanceof Crash)) throw error
      world.restart() // what its relay had on its way is lost
    }
    if (!world.capacity.stored(aMachine())?.status) world.capacity.decide(aMachine(), {})
    world.relay.deliver()
    delivered.push(...world.relay.delivered.splice(0))
    await world.clock.advance(1_000)
  }
  const settledAt = () => {
    const status = world.machines.stored(key)?.status
    return status?.phase === 'Running' && status.published === status.steps
  }
  for (let rounds = 0; rounds < MOST_ROUNDS && !settledAt(); rounds += 1) await round()
  const { status } = world.stored()
  const settled = {
    ...{ phase: status.phase, reason: status.reason, operations: stepsIn(status), steps: status.steps },
    ...{ reservations: world.capacity.count, present: world.provider.present.size },
  }
  world.machines.delete(key)
  let { steps } = status
  for (let rounds = 0; rounds < MOST_ROUNDS && world.machines.stored(key); rounds += 1) {
    await round()
    steps = world.machines.stored(key)?.status?.steps ?? steps
  }
  const left = {
    ...{ object: world.machines.stored(key), reservations: world.capacity.count },
    ...{ present: world.provider.present.size, made: world.provider.made.get(machineUid) },
  }
  const numbers = delivered.map((id) => Number(id.slice(machineUid.length + 1)))
  return { settled, left, delivered: [...new Set(numbers)], steps, calls: crashing.calls }
}

const upTo = (steps: number) => Array.from({ length: steps }, (_, index) => index + 1)

describe('an operator that is killed', () => {
  it('has one life to come back to: up, then gone, each step told', async () => {
    const life = await live([])
    assert.deepEqual(life.settled, {
      ...{ phase: 'Running', reason: 'Running', operations: ['Request', 'Reserve', 'Provision', 'Run'], steps: 4 },
      ...{ reservations: 1, present: 1 },
    })
    assert.deepEqual(life.left, { object: undefined, reservations: 0, present: 0, made: 1 })
    assert.deepEqual(life.delivered, upTo(6))
  })

  it('ends up the same, wherever it was killed: one machine on one reservation, then nothing', async () => {
    const want = await live([])
    assert.ok(want.calls > 12, `only ${want.calls} calls`)
    for (const call of upTo(want.calls)) {
      for (const side of ['before', 'after'] as const) {
        const { settled, left, delivered, steps } = await live([{ call, side }])
        const at = `${side} call ${call}`
        assert.deepEqual(settled, want.settled, at)
        assert.deepEqual(left, want.left, at)
        assert.deepEqual(delivered, upTo(steps), at)
      }
    }
  })

  it('ends up the same though it is killed several times and its provider refuses and is slow', async () => {
    const point = fc.record({ call: fc.integer({ min: 1, max: 30 }), side: fc.constantFrom('before', 'after') })
    await fc.assert(
      fc.asyncProperty(fc.array(point, { maxLength: 6 }), async (points) => {
        const { settled, left, delivered, steps } = await live(points, ({ provider }) => {
          provider.answers.push(refused(), starting())
          provider.removals.push({ kind: 'going', message: 'slowly' })
        })
        const { phase, reservations, present } = settled as Record<string, unknown>
        assert.deepEqual([phase, reservations, present], ['Running', 1, 1])
        assert.deepEqual(left, { object: undefined, reservations: 0, present: 0, made: 1 })
        assert.deepEqual(delivered, upTo(steps))
      }),
      { numRuns: 200 },
    )
  })
})
