import assert from 'node:assert/strict'
import { machineKind } from '../../../../operator/application/machine/machine-kind.ts'
import { recheckAfter, settled } from '../../../../operator/application/outcome.ts'
import { reconcileResource } from '../../../../operator/application/resource/reconcile-resource.ts'
import { machineWorld } from '../../../fakes/machine-world.ts'
import { afterTen } from '../../../fixtures/builders.ts'
import { aMachine, conditionsIn, machineUid, refused, stepsIn } from '../../../fixtures/machine-builders.ts'

const unheld = aMachine({ held: false, finalizers: ['example.com/other'] })

describe('reconcileMachine', () => {
  it('has nothing to do for a machine that is gone', async () => {
    const world = machineWorld()
    assert.deepEqual(await reconcileResource(world.parts, 'team/nobody'), settled)
  })

  it('brings a machine up on capacity of its own with two writes and one reservation', async () => {
    const world = machineWorld({ machine: unheld })
    await world.reconcile()
    world.capacity.decide(unheld, {})
    assert.deepEqual(await world.reconcile(), settled)
    const { status } = world.stored()
    assert.equal(status.phase, 'Running')
    assert.deepEqual(stepsIn(status), ['Request', 'Reserve', 'Provision', 'Run'])
    assert.deepEqual(status.cost, [{ hourly: '0.045', currency: 'USD' }])
    assert.deepEqual(conditionsIn(status), {
      CapacityReserved: 'True Reserved',
      Provisioned: 'True Provisioned',
      Running: 'True Running',
      Ready: 'True Running',
    })
    assert.deepEqual(world.machines.writes, ['hold', 'report'])
    assert.equal(world.capacity.count, 1)
    assert.deepEqual(world.told, [['Request', 'Reserve', 'Provision', 'Run']])
  })

  it('writes nothing more while nothing happens to a running machine', async () => {
    const world = machineWorld()
    await world.reconcile()
    world.capacity.decide(aMachine(), {})
    for (let looks = 0; looks < 5; looks += 1) await world.reconcile()
    assert.deepEqual(world.machines.writes, ['report'])
    assert.equal(world.provider.made.get(machineUid), 1)
  })

  it('holds the object before it asks for anything, and leaves the holds of others', async () => {
    const world = machineWorld({ machine: unheld })
    for (const answer of [{ kind: 'conflict' }, { kind: 'gone' }] as const) {
      world.machines.answerNext(answer)
      assert.deepEqual(await world.reconcile(), settled)
    }
    world.machines.answerNext({ kind: 'notApplied', retryAfterMs: 700 })
    assert.deepEqual(await world.reconcile(), recheckAfter(700))
    assert.equal(world.machines.stored('team/web-1')?.status, undefined)
    for (const kind of ['unknown', 'refused'] as const) {
      world.machines.answerNext({ kind, reason: 'the line broke' })
      await assert.rejects(world.reconcile(), /^Error: machine team\/web-1 could not be held: the line broke$/)
    }
    const { phase, reason, message } = world.stored().status
    assert.deepEqual([phase, reason], ['Pending', 'NotHeld'])
    assert.equal(message, 'it is not begun before it has its finalizer, which is denied: the line broke')
    assert.equal(world.capacity.asked.length, 0)
    await world.reconcile()
    assert.deepEqual(world.machines.stored('team/web-1')?.finalizers, ['example.com/other', 'kbnt.io/machine'])
    assert.equal(world.capacity.asked.length, 1)
  })

  it('says nothing of a machine that is up within ten seconds', async () => {
    const world = machineWorld()
    assert.deepEqual(await world.reconcile(), recheckAfter(5_000))
    await world.clock.advance(9_999)
    assert.deepEqual(await world.reconcile(), recheckAfter(1))
    assert.deepEqual(world.machines.writes, [])
    await world.clock.advance(1)
    assert.deepEqual(await world.reconcile(), recheckAfter(5_000))
    const { status } = world.stored()
    assert.deepEqual([status.phase, status.reason], ['Reserving', 'Reserving'])
    assert.equal(status.message, 'asks for 2 vCPU, 4Gi memory and 20Gi disk of pool east')
  })

  it('tries a machine that was refused again when its time has come, not before', async () => {
    const world = machineWorld()
    await world.reconcile()
    world.capacity.decide(aMachine(), {})
    world.provider.answers.push(refused())
    await world.reconcile()
    assert.equal(world.stored().status.nextTryAt, afterTen(1))
    assert.deepEqual(await world.reconcile(), recheckAfter(1_000))
    await world.clock.advance(999)
    assert.deepEqual(await world.reconcile(), recheckAfter(1))
    assert.equal(world.provider.ensured.length, 1)
    await world.clock.advance(1)
    await world.reconcile()
    assert.equal(world.stored().status.phase, 'Running')
  })

  it('says what its provider answers where that is no answer, and leaves the fault to whoever called', async () => {
    const world = machineWorld()
    await world.reconcile()
    world.capacity.decide(aMachine(), {})
    world.provider.answers.push(new Error('timed out'))
    await assert.rejects(world.reconcile(), /timed out/)
    const { phase, reason, message } = world.stored().status
    assert.deepEqual([phase, reason], ['Pending', 'ProviderUnavailable'])
    assert.equal(message, "Simulated can't be asked: timed out")
    await world.reconcile()
    assert.equal(world.stored().status.phase, 'Running')
    assert.equal('tries' in world.stored().status, false)
  })

  it('goes on with the provider of the first status though the setting is another now', async () => {
    const world = machineWorld()
    await world.reconcile()
    world.capacity.decide(aMachine(), {})
    await world.reconcile()
    await reconcileResource(
      { ...world.parts, kind: machineKind({ ...world.choices, defaultProvider: 'KubeVirt' }) },
      'team/web-1',
    )
    assert.deepEqual([world.provider.ensured.length, world.kubevirt.ensured.length], [2, 0])
  })

  it('uses the provider that a machine names', async () => {
    const machine = aMachine({ spec: { provider: 'KubeVirt' } })
    const world = machineWorld({ machine })
    await world.reconcile()
    world.capacity.decide(machine, {})
    await world.reconcile()
    assert.deepEqual([world.provider.ensured.length, world.kubevirt.ensured.length], [0, 1])
    assert.equal(world.stored().status.provider, 'KubeVirt')
  })
})

describe('reconcileMachine, by a wrong clock', () => {
  const DAY_MS = 86_400_000

  /** A machine that has its capacity and no status yet. */
  async function reservedWorld() {
    const world = machineWorld()
    await world.reconcile()
    world.capacity.decide(aMachine(), {})
    return world
  }

  for (const jumpMs of [DAY_MS, -DAY_MS]) {
    it(`asks and writes nothing while it is ${jumpMs} ms off, and goes on when it is put right`, async () => {
      const world = await reservedWorld()
      world.clock.jump(jumpMs)
      assert.deepEqual(await world.reconcile(), recheckAfter(2_000))
      assert.deepEqual([world.provider.ensured.length, world.machines.writes], [0, []])
      world.clock.jump(-jumpMs)
      await world.reconcile()
      assert.equal(world.stored().status.phase, 'Running')
      assert.deepEqual(
        world.stored().status.history.map(({ at }) => at),
        Array.from({ length: 4 }, () => afterTen(0)),
      )
    })
  }

  it('neither ends nor lets go of a machine that is deleted', async () => {
    const world = await reservedWorld()
    await world.reconcile()
    world.machines.delete('team/web-1')
    world.clock.jump(DAY_MS)
    assert.deepEqual(await world.reconcile(), recheckAfter(2_000))
    assert.deepEqual(
      [world.provider.present.size, world.capacity.count, world.stored().status.phase],
      [1, 1, 'Running'],
    )
    world.clock.jump(-DAY_MS)
    await world.reconcile()
    assert.equal(world.stored().status.reason, 'Deleted')
  })

  it('sends the events of what is stored all the same', async () => {
    const world = await reservedWorld()
    await world.reconcile()
    world.restart()
    world.clock.jump(DAY_MS)
    await world.reconcile()
    assert.equal(world.relay.ids.length, 4)
  })

  it('of an earlier leader, makes nobody wait longer for the next try than so many refusals give', async () => {
    const world = await reservedWorld()
    world.clock.jump(DAY_MS)
    world.restart()
    const trusting = { ...world.parts, skew: { excessMs: () => 0 }, clockIsRight: async () => true }
    world.provider.answers.push(refused())
    await reconcileResource(trusting, 'team/web-1')
    world.clock.jump(-DAY_MS)
    world.restart()
    assert.equal(world.stored().status.nextTryAt, new Date(world.clock.now() + DAY_MS + 1_000).toISOString())
    assert.deepEqual(await world.reconcile(), recheckAfter(1_000))
    await world.clock.advance(1_000)
    await world.reconcile()
    assert.equal(world.stored().status.phase, 'Running')
  })

  it('of a server that made the object, keeps it quiet for no longer than ten seconds', async () => {
    const asked = { phase: 'Reserving', steps: 1 }
    const told = async (createdAt: number) => {
      const world = machineWorld({ machine: aMachine({ createdAt }) })
      await world.reconcile()
      const status = world.machines.stored('team/web-1')?.status
      return status && { phase: status.phase, steps: status.steps }
    }
    const now = machineWorld().clock.now()
    assert.deepEqual(await told(now + 5_000), undefined)
    assert.deepEqual(await told(now + DAY_MS), asked)
  })
})
