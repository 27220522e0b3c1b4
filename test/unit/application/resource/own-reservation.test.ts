import assert from 'node:assert/strict'
import type { Reservation } from '../../../../operator/domain/reservation/reservation.ts'
import { type MachineWorld, type MachineWorldOptions, machineWorld } from '../../../fakes/machine-world.ts'
import { aReservation } from '../../../fixtures/builders.ts'
import { aMachine, childName, thePool } from '../../../fixtures/machine-builders.ts'

const machine = aMachine({ spec: { owner: 'ana' } })

type Spec = Partial<Reservation['spec']>

const line = (stock: string, quantity: number) => ({ stockNamespace: 'team', stock, quantity })
const exact: Spec = {
  items: [line('east-cpu', 2), line('east-disk', 20), line('east-memory', 4)],
  ...{ state: 'Confirmed', consumer: 'ana' },
}

/** Somebody has made one with its name and its marks, and the engine has confirmed it. */
function withForged(spec: Spec, options: MachineWorldOptions = {}): MachineWorld {
  const world = machineWorld({ machine, ...options })
  forge(world, spec)
  return world
}

function forge(world: MachineWorld, spec: Spec): void {
  const given = { ...exact, ...spec }
  world.capacity.put(machine, aReservation({ namespace: 'team', name: childName, uid: 'by-hand', spec: given }))
  world.capacity.decide(machine, {})
}

async function aRunningWorld(options: MachineWorldOptions = {}): Promise<MachineWorld> {
  const world = machineWorld({ machine, ...options })
  await world.reconcile()
  world.capacity.decide(machine, {})
  await world.reconcile()
  assert.equal(world.stored().status.phase, 'Running')
  return world
}

describe('a reservation that somebody made by hand as the capacity of a machine', () => {
  const wrong: [what: string, Spec][] = [
    ['has less than it asks for', { items: [line('east-cpu', 1), line('east-disk', 20), line('east-memory', 4)] }],
    ['lacks a line', { items: [line('east-cpu', 2), line('east-memory', 4)] }],
    ['is of another pool', { items: [line('west-cpu', 2), line('east-disk', 20), line('east-memory', 4)] }],
    [
      'is of another namespace',
      { items: [{ ...line('east-cpu', 2), stockNamespace: 'x' }, line('east-disk', 20), line('east-memory', 4)] },
    ],
    ['is for somebody else', { consumer: 'ben' }],
  ]
  for (const [what, spec] of wrong) {
    it(`does not count where it ${what}, and is named`, async () => {
      const world = withForged(spec)
      await world.reconcile()
      const { status } = world.stored()
      assert.deepEqual([status.phase, status.reason], ['Pending', 'ReservationNotOwn'])
      assert.equal(
        status.message,
        `reservation team/${childName} is not what this machine asks for: ` +
          '2 vCPU, 4Gi memory and 20Gi disk of pool east, for its owner; delete that reservation',
      )
      assert.deepEqual([world.provider.ensured.length, status.reservationUID, status.cost], [0, undefined, undefined])
    })
  }

  it('is out of the way once it is deleted', async () => {
    const world = withForged({ consumer: 'ben' })
    await world.reconcile()
    await world.capacity.giveBack(machine)
    await world.reconcile()
    assert.equal(world.capacity.asked.length, 1)
  })

  it('spares no machine the rules: it is given back, and nothing is made', async () => {
    const world = withForged({}, { policies: { maxCpu: 1 } })
    await world.reconcile()
    assert.equal(world.stored().status.reason, 'PolicyViolation')
    assert.deepEqual([world.provider.ensured.length, world.capacity.count], [0, 0])
  })

  it('counts for nothing while nobody knows which stocks the pool has', async () => {
    const world = withForged({}, { stocks: thePool().slice(1) })
    await world.reconcile()
    assert.equal(world.stored().status.reason, 'PoolMissing')
    assert.equal(world.provider.ensured.length, 0)
  })

  it('takes no machine over that stood on another one', async () => {
    const world = await aRunningWorld()
    forge(world, { items: [line('west-cpu', 2), line('west-disk', 20), line('west-memory', 4)] })
    await world.reconcile()
    const { status } = world.stored()
    assert.deepEqual([status.phase, status.reason], ['Failed', 'CapacityLost'])
    assert.equal(world.provider.ensured.at(-1)?.spec.runStrategy, 'Halted')
  })
})

describe('the reservation of a machine', () => {
  it('is its own after a crash, as it asks for just what the machine does', async () => {
    const world = await aRunningWorld()
    assert.equal(world.stored().status.reservationUID, `uid-of-${machine.uid}`)
  })

  it('stays its own whatever becomes of the labels of the pool', async () => {
    const stocks = thePool()
    const world = await aRunningWorld({ stocks })
    stocks.length = 0
    await world.reconcile()
    assert.equal(world.stored().status.phase, 'Running')
  })

  it('may be restored, with another uid and the same content', async () => {
    const world = await aRunningWorld()
    forge(world, {})
    await world.reconcile()
    const { status } = world.stored()
    assert.deepEqual([status.phase, status.reservationUID], ['Running', 'by-hand'])
  })

  it('is its own where an operator before this one did not note which one it is', async () => {
    const stocks = thePool()
    const world = await aRunningWorld({ stocks })
    const { reservationUID, ...status } = world.stored().status
    world.machines.put({ ...world.stored(), status })
    stocks.length = 0
    await world.reconcile()
    assert.deepEqual([world.stored().status.phase, world.stored().status.reservationUID], ['Running', reservationUID])
  })

  it('is looked up in the store where the watch still shows another one', async () => {
    const world = await aRunningWorld()
    const { find } = world.capacity
    const other = aReservation({ namespace: 'team', name: childName, uid: 'earlier', spec: { consumer: 'ben' } })
    world.capacity.find = () => other
    await world.reconcile()
    world.capacity.find = find
    assert.equal(world.stored().status.phase, 'Running')
  })
})
