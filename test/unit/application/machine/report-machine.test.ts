import assert from 'node:assert/strict'
import { recheckAfter, settled } from '../../../../operator/application/outcome.ts'
import {
  type Assessment as ResourceAssessment,
  reportResource,
} from '../../../../operator/application/resource/report-resource.ts'
import type { MachineStatus } from '../../../../operator/domain/machine/machine.ts'
import type { OwnMachineReason } from '../../../../operator/domain/machine/machine-reasons.ts'
import type { Provided } from '../../../../operator/domain/machine/provided.ts'
import { type MachineWorld, machineWorld } from '../../../fakes/machine-world.ts'
import {
  aMachine,
  capacityOf,
  providedBy,
  reservingSituation,
  running,
  starting,
  stopped,
} from '../../../fixtures/machine-builders.ts'

type Assessment = ResourceAssessment<Provided, OwnMachineReason>

const machine = aMachine()
const reservation = capacityOf(machine, {})
const finding = (provided: Provided, particular: Partial<Assessment> = {}): Assessment => ({
  ...{ situation: providedBy(provided), reservation },
  ...particular,
})
const blocked = (message: string): Assessment => ({ situation: { kind: 'blocked', reason: 'PoolMissing', message } })

/** Reports on the machine as it is stored. */
const report = (world: MachineWorld, found: Assessment) =>
  reportResource(world.parts, world.machines.stored('team/web-1') ?? machine, found)
const statusIn = (world: MachineWorld): MachineStatus => world.stored().status

describe('reportResource of a machine', () => {
  it('stores what was found, tells its observer of the new steps and sends their events', async () => {
    const world = machineWorld()
    assert.deepEqual(await report(world, finding(starting(), { recheckAfterMs: 400 })), recheckAfter(400))
    assert.deepEqual(await report(world, finding(running())), settled)
    assert.deepEqual(world.told, [['Request', 'Reserve', 'Provision'], ['Run']])
    assert.deepEqual(
      world.relay.ids.map((id) => id.slice(-2)),
      ['-1', '-2', '-3', '-4'],
    )
  })

  it('stores nothing when the clock went wrong during the look, and looks again', async () => {
    const world = machineWorld()
    for (const jumpMs of [3_600_000, -7_200_000]) {
      world.clock.jump(jumpMs)
      assert.deepEqual(await report(world, finding(running())), recheckAfter(2_000))
      assert.deepEqual(world.machines.writes, [])
    }
    world.clock.jump(3_600_000)
    assert.deepEqual(await report(world, finding(running())), settled)
    assert.deepEqual(world.machines.writes, ['report'])
  })

  it('tells of a status without a new step, with no steps', async () => {
    const world = machineWorld()
    await report(world, blocked('no stock for cpu'))
    await report(world, blocked('no stock for disk'))
    assert.deepEqual(world.told, [['Request'], []])
    assert.equal(statusIn(world).message, 'no stock for disk')
  })

  it('names the reservation as soon as there is one, but its cost only when it is confirmed', async () => {
    const world = machineWorld()
    await report(world, { situation: reservingSituation })
    assert.equal('reservation' in statusIn(world), false)
    const undecided = capacityOf(machine, { phase: 'Reserved' })
    await report(world, { situation: reservingSituation, reservation: undecided })
    assert.deepEqual([statusIn(world).reservation, 'cost' in statusIn(world)], ['web-1-0909a693', false])
    await report(world, finding(running()))
    assert.deepEqual(statusIn(world).cost, [{ hourly: '0.045', currency: 'USD' }])
  })

  it('says that a pool without prices costs nothing', async () => {
    const world = machineWorld()
    const { totalPrice: _, ...unpriced } = reservation.status!
    await report(world, finding(running(), { reservation: { ...reservation, status: unpriced } }))
    assert.deepEqual(statusIn(world).cost, [])
  })

  it('writes nothing when there is nothing new, and looks again when it was told to', async () => {
    const world = machineWorld()
    await report(world, finding(starting()))
    assert.deepEqual(await report(world, finding(starting())), settled)
    assert.deepEqual(await report(world, finding(starting(), { recheckAfterMs: 70 })), recheckAfter(70))
    assert.deepEqual(world.machines.writes, ['report'])
  })

  it('leaves a machine that has changed or is gone to the watch', async () => {
    const world = machineWorld()
    for (const kind of ['conflict', 'gone'] as const) {
      world.machines.answerNext({ kind })
      assert.deepEqual(await report(world, finding(starting(), { recheckAfterMs: 70 })), settled)
    }
    assert.deepEqual([world.told, world.relay.ids], [[], []])
  })

  it('comes again when the answer says that it may', async () => {
    const world = machineWorld()
    world.machines.answerNext({ kind: 'notApplied', retryAfterMs: 800 })
    assert.deepEqual(await report(world, finding(starting())), recheckAfter(800))
  })

  it('fails when nobody knows what became of the write, or it is refused, and sends nothing', async () => {
    const world = machineWorld()
    for (const kind of ['unknown', 'refused'] as const) {
      world.machines.answerNext({ kind, reason: 'the line broke' })
      await assert.rejects(
        report(world, finding(starting())),
        /^Error: the status of machine team\/web-1 could not be written: the line broke$/,
      )
    }
    assert.deepEqual([world.told, world.relay.ids], [[], []])
  })

  it('holds a step back that would push one out whose event is not out', async () => {
    const world = machineWorld()
    await report(world, finding(running()))
    for (let turn = 0; turn < 6; turn += 1) {
      await report(world, finding(stopped()))
      await report(world, finding(running()))
    }
    assert.deepEqual([statusIn(world).steps, statusIn(world).history.length], [16, 16])
    assert.deepEqual(await report(world, finding(stopped())), recheckAfter(1_000))
    assert.deepEqual([statusIn(world).steps, statusIn(world).phase], [16, 'Running'])
    world.relay.deliver(1)
    await report(world, finding(stopped()))
    assert.deepEqual([statusIn(world).steps, statusIn(world).published], [17, 1])
    assert.deepEqual(await report(world, finding(running())), recheckAfter(1_000))
  })
})

describe('the mark of what is published', () => {
  /** Four steps, stored at ten. */
  async function runningWorld(): Promise<MachineWorld> {
    const world = machineWorld()
    await report(world, finding(running()))
    return world
  }

  it('travels with the next status', async () => {
    const world = await runningWorld()
    world.relay.deliver()
    await report(world, finding(stopped()))
    assert.deepEqual([statusIn(world).steps, statusIn(world).published], [5, 4])
  })

  it('is written by itself when nothing else was for five seconds', async () => {
    const world = await runningWorld()
    world.relay.deliver()
    assert.deepEqual(await report(world, finding(running())), recheckAfter(5_000))
    await world.clock.advance(4_000)
    assert.deepEqual(await report(world, finding(running())), recheckAfter(1_000))
    assert.equal(statusIn(world).published, 0)
    await world.clock.advance(1_000)
    assert.deepEqual(await report(world, finding(running())), settled)
    assert.equal(statusIn(world).published, 4)
    assert.deepEqual(await report(world, finding(running())), settled)
    assert.deepEqual(world.machines.writes, ['report', 'report'])
  })

  it('is written at once where the last step is from ahead: the clock of who wrote it was wrong', async () => {
    const world = machineWorld()
    world.clock.jump(86_400_000)
    const trusting = { ...world.parts, skew: { excessMs: () => 0 } }
    await reportResource(trusting, machine, finding(running()))
    world.clock.jump(-86_400_000)
    world.relay.deliver()
    assert.deepEqual(await report(world, finding(running())), settled)
    assert.equal(statusIn(world).published, 4)
  })

  it('is not written while nothing was published, but looked at again', async () => {
    const world = await runningWorld()
    await world.clock.advance(60_000)
    assert.deepEqual(await report(world, finding(running())), recheckAfter(5_000))
    assert.deepEqual(world.machines.writes, ['report'])
  })

  it('does not put off what has to be looked at sooner', async () => {
    const world = await runningWorld()
    assert.deepEqual(await report(world, finding(running(), { recheckAfterMs: 200 })), recheckAfter(200))
    assert.deepEqual(await report(world, finding(running(), { recheckAfterMs: 60_000 })), recheckAfter(5_000))
  })

  it('waits for the next status where that comes soon', async () => {
    const world = machineWorld()
    await report(world, finding(starting()))
    world.relay.deliver()
    await world.clock.advance(60_000)
    assert.deepEqual(await report(world, finding(starting())), settled)
    assert.equal(statusIn(world).published, 0)
  })
})
