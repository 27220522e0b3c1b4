import assert from 'node:assert/strict'
import { machineKind } from '../../../../operator/application/machine/machine-kind.ts'
import { assessResource } from '../../../../operator/application/resource/assess-resource.ts'
import type { Situation } from '../../../../operator/domain/machine/situation.ts'
import { type MachineWorld, machineWorld } from '../../../fakes/machine-world.ts'
import {
  afterSituations,
  aMachine,
  failedSituation,
  machineUid,
  someFacts,
  starting,
  thePool,
} from '../../../fixtures/machine-builders.ts'

const machine = aMachine()
const owned = aMachine({ spec: { owner: 'ana' } })
const neighbour = aMachine({ name: 'web-2', uid: 'f00dcafe-1111-4222-8333-444444444444', spec: { owner: 'ana' } })

const look = async (world: MachineWorld, of = machine) => (await assessResource(world.parts, of)).situation
const reasonOf = (situation: Situation) => ('reason' in situation ? situation.reason : situation.kind)

describe('assessResource of a machine, before there is capacity', () => {
  it('asks for all of it at once', async () => {
    const world = machineWorld()
    const finding = await assessResource(world.parts, machine)
    assert.deepEqual(finding, {
      situation: {
        kind: 'reserving',
        reason: 'Reserving',
        message: 'asks for 2 vCPU, 4Gi memory and 20Gi disk of pool east',
      },
      reservation: undefined,
      recheckAfterMs: 5_000,
    })
    assert.deepEqual(
      world.capacity.asked[0]?.map(({ stock, quantity }) => `${quantity} ${stock}`),
      ['2 east-cpu', '4 east-memory', '20 east-disk'],
    )
  })

  it('asks for nothing while nobody knows which stocks its pool has, and says so', async () => {
    const { parts, capacity } = machineWorld()
    const { situation } = await assessResource({ ...parts, pools: { stocksOf: () => undefined } }, machine)
    const message = "the stocks of namespace team can't be listed"
    assert.deepEqual(situation, { kind: 'blocked', reason: 'PoolMissing', message })
    assert.equal(capacity.asked.length, 0)
  })

  it('does not ask twice while its reservation may be on its way through the watch', async () => {
    const world = machineWorld()
    world.capacity.pause()
    await look(world)
    await world.clock.advance(4_999)
    assert.equal(reasonOf(await look(world)), 'Reserving')
    assert.equal(world.capacity.asked.length, 1)
    await world.clock.advance(1)
    await look(world)
    assert.equal(world.capacity.asked.length, 2)
    assert.equal(world.capacity.count, 1)
  })

  it('waits as long for that whatever is done to the wall clock', async () => {
    for (const jumpMs of [-86_400_000, 86_400_000]) {
      const world = machineWorld()
      world.capacity.pause()
      await look(world)
      world.clock.jump(jumpMs)
      await world.clock.advance(4_999)
      await look(world)
      assert.equal(world.capacity.asked.length, 1)
      await world.clock.advance(1)
      await look(world)
      assert.equal(world.capacity.asked.length, 2)
    }
  })

  it('goes on when its reservation is seen late', async () => {
    const world = machineWorld()
    world.capacity.pause()
    await look(world)
    world.capacity.decide(machine, {})
    assert.equal(reasonOf(await look(world)), 'Reserving')
    world.capacity.resume()
    assert.equal((await look(world)).kind, 'provided')
  })

  it('finds what another process has asked for', async () => {
    const world = machineWorld()
    world.capacity.pause()
    await look(world)
    world.restart()
    assert.equal(reasonOf(await look(world)), 'Reserving')
    assert.equal(world.capacity.count, 1)
  })

  it('asks for nothing where its provider can not run', async () => {
    const world = machineWorld()
    world.provider.trouble = 'KubeVirt is not installed'
    assert.deepEqual(await assessResource(world.parts, machine), {
      situation: { kind: 'blocked', reason: 'ProviderUnavailable', message: 'KubeVirt is not installed' },
      recheckAfterMs: 10_000,
    })
    assert.equal(world.capacity.asked.length, 0)
  })

  it('asks for nothing of a pool that is none, and looks again', async () => {
    const world = machineWorld({ stocks: thePool().slice(0, 2) })
    const finding = await assessResource(world.parts, machine)
    assert.deepEqual([reasonOf(finding.situation), finding.recheckAfterMs], ['PoolMissing', 10_000])
    assert.equal(world.capacity.asked.length, 0)
  })

  it('asks for nothing against the rules, which may be other ones the next time', async () => {
    const world = machineWorld({ policies: { maxCpu: 1 } })
    await world.reconcile()
    const { status } = world.stored()
    assert.deepEqual([status.phase, status.reason], ['Failed', 'PolicyViolation'])
    assert.equal(status.message, 'cpu 2 is more than the 1 that a machine may have')
    assert.equal(world.capacity.asked.length, 0)
    const allowing = { ...world.parts, kind: machineKind({ ...world.choices, policies: { maxCpu: 2 } }) }
    const { situation } = await assessResource(allowing, world.stored())
    assert.equal(reasonOf(situation), 'Reserving')
  })

  it('says why its reservation is refused, and asks again at once when it looks again', async () => {
    const world = machineWorld()
    world.capacity.refuseNext('quota exceeded')
    const finding = await assessResource(world.parts, machine)
    assert.deepEqual(finding.situation, { kind: 'blocked', reason: 'ReservationRefused', message: 'quota exceeded' })
    assert.equal(finding.recheckAfterMs, 10_000)
    await look(world)
    assert.deepEqual([world.capacity.asked.length, world.capacity.count], [2, 1])
  })
})

describe('assessResource of a machine, by the limit of machines per owner', () => {
  const limited = { policies: { maxPerOwner: 1 }, machine: owned }

  it('counts a machine that was let through, though its reservation is not seen yet', async () => {
    const world = machineWorld(limited)
    world.machines.put(neighbour)
    world.capacity.pause()
    await Promise.all([look(world, owned), look(world, neighbour)])
    assert.equal(world.capacity.count, 1)
    assert.deepEqual(await look(world, neighbour), {
      ...{ kind: 'failed', reason: 'PolicyViolation' },
      message: 'ana has 1 machines; 1 are allowed for one owner',
    })
  })

  it('counts a machine of whose reservation only the watch knows', async () => {
    const world = machineWorld(limited)
    world.machines.put(neighbour)
    await look(world, neighbour)
    world.restart()
    assert.equal(reasonOf(await look(world, owned)), 'PolicyViolation')
  })

  it('counts neither itself nor the machines of others, nor those that ask for nothing', async () => {
    const world = machineWorld(limited)
    world.machines.put({ ...neighbour, spec: { ...neighbour.spec, owner: 'ben' } })
    await look(world, { ...neighbour, spec: { ...neighbour.spec, owner: 'ben' } })
    world.machines.put({ ...neighbour, name: 'web-3', uid: 'uid-3' })
    assert.equal(reasonOf(await look(world, owned)), 'Reserving')
  })

  it('does not count a machine that has failed', async () => {
    const world = machineWorld(limited)
    world.machines.put(neighbour)
    await look(world, neighbour)
    world.machines.put(afterSituations(neighbour, [failedSituation, someFacts()]))
    assert.equal(reasonOf(await look(world, owned)), 'Reserving')
  })

  it('does not limit machines without an owner', async () => {
    const world = machineWorld({ policies: { maxPerOwner: 0 } })
    assert.equal(reasonOf(await look(world, machine)), 'Reserving')
  })
})

describe('assessResource of a machine, with a reservation', () => {
  async function reserved(...status: Parameters<MachineWorld['capacity']['decide']>[1][]): Promise<MachineWorld> {
    const world = machineWorld()
    await look(world)
    for (const one of status) world.capacity.decide(machine, one)
    return world
  }

  it('waits for a decision while there is none', async () => {
    for (const world of [
      await reserved(),
      await reserved({ phase: 'Pending' }),
      await reserved({ phase: 'Reserved' }),
    ]) {
      const finding = await assessResource(world.parts, machine)
      assert.deepEqual([reasonOf(finding.situation), finding.recheckAfterMs], ['Reserving', 5_000])
      assert.equal(finding.reservation, world.capacity.stored(machine))
      assert.equal(world.provider.ensured.length, 0)
    }
  })

  it('says what it waits for in the words of its reservation', async () => {
    const world = await reserved({ phase: 'Waiting', reason: 'WaitingForStock', message: 'needs 2, 1 available' })
    const finding = await assessResource(world.parts, machine)
    assert.deepEqual(finding.situation, {
      ...{ kind: 'reserving', reason: 'WaitingForCapacity', message: 'needs 2, 1 available' },
    })
    assert.equal(finding.recheckAfterMs, undefined)
  })

  it('has failed when its reservation was refused, for the same reason', async () => {
    const world = await reserved({ phase: 'Rejected', reason: 'NeverFits', message: 'the pool has 1 in all' })
    assert.deepEqual(await look(world), { kind: 'failed', reason: 'NeverFits', message: 'the pool has 1 in all' })
    assert.equal(world.provider.ensured.length, 0)
  })

  it('asks its provider only when its capacity is confirmed', async () => {
    const world = await reserved({ phase: 'Reserved' }, {})
    world.provider.answers.push({ ...starting(), recheckAfterMs: 1_234 } as never)
    const finding = await assessResource(world.parts, machine)
    assert.deepEqual([finding.situation.kind, finding.recheckAfterMs], ['provided', 1_234])
    assert.equal(world.provider.made.get(machineUid), 1)
  })

  it('keeps its capacity while its provider is away', async () => {
    const world = await reserved({})
    world.provider.trouble = 'KubeVirt is not installed'
    const finding = await assessResource(world.parts, machine)
    assert.deepEqual([reasonOf(finding.situation), finding.recheckAfterMs], ['ProviderUnavailable', 10_000])
    assert.equal(finding.reservation, world.capacity.stored(machine))
  })
})
