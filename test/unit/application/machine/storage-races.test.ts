import assert from 'node:assert/strict'
import { machineStorages } from '../../../../operator/application/machine/machine-storages.ts'
import { reconcileResource } from '../../../../operator/application/resource/reconcile-resource.ts'
import type { Machine, ProviderName } from '../../../../operator/domain/machine/machine.ts'
import { Crash, crashPoints } from '../../../fakes/crash-points.ts'
import type { MachineWorld } from '../../../fakes/machine-world.ts'
import { machineUid } from '../../../fixtures/machine-builders.ts'
import { key, told } from '../../../fixtures/machine-on-network.ts'
import {
  aMachineOn,
  aStorageCalled,
  aWorldWithStorages,
  onData,
  usersIn,
} from '../../../fixtures/machine-on-storages.ts'

const both = [machineUid, machineUid]
const nobody = [undefined, undefined]

describe('a machine on storages whose operator is killed', () => {
  it('has them all its life and leaves none behind, wherever the operator is killed', async () => {
    const calls = ['hold', 'report', 'letGo', 'read', 'ask', 'giveBack', 'unavailable', 'ensure', 'remove']
    const live = async (call: number, side: 'before' | 'after') => {
      const crashing = crashPoints(calls, [{ call, side }])
      const world = aWorldWithStorages({ machine: { ...onData, held: false, finalizers: [] }, wrap: crashing.wrap })
      const rounds = async (over: () => boolean) => {
        for (let times = 0; times < 30 && !over(); times += 1) {
          await crashing.run(world.reconcile).catch((error: unknown) => {
            if (!(error instanceof Crash)) throw error
            world.restart()
          })
          if (!world.capacity.stored(onData)?.status) world.capacity.decide(onData, {})
          world.relay.deliver()
          await world.clock.advance(1_000)
        }
      }
      const at = `${side} call ${call}`
      await rounds(() => world.machines.stored(key)?.status?.phase === 'Running')
      assert.deepEqual([usersIn(world), world.provider.ensured.every(isAttached)], [both, true], at)
      world.machines.delete(key)
      await rounds(() => world.machines.stored(key) === undefined)
      assert.deepEqual([world.machines.stored(key), usersIn(world)], [undefined, nobody], at)
      return crashing.calls
    }
    const most = await live(0, 'before')
    assert.ok(most >= 16, `only ${most} calls`)
    for (let call = 1; call <= most; call += 1) for (const side of ['before', 'after'] as const) await live(call, side)
  })
})

describe('a machine on storages that was made before anybody wrote that down', () => {
  it('gives nothing back before its provider has let go of it, where a rule is against it meanwhile', async () => {
    const world = aWorldWithStorages()
    await world.reconcile()
    world.capacity.decide(onData, {})
    world.machines.answerNext({ kind: 'unknown', reason: 'socket hang up' })
    await assert.rejects(world.reconcile(), /socket hang up/)
    world.restart()
    const parts = { ...world.parts, kind: { ...world.parts.kind, violation: () => 'too large' } }
    world.provider.removals.push({ kind: 'going', message: 'it hangs' })
    await reconcileResource(parts, key)
    assert.deepEqual([told(world), usersIn(world), world.capacity.count], [['Failed', 'PolicyViolation'], both, 1])
    await reconcileResource(parts, key)
    assert.deepEqual([world.provider.present.size, usersIn(world), world.capacity.count], [0, nobody, 0])
  })
})

const isAttached = ({ attached }: Machine) => attached?.storages?.length === 2

describe('two machines that want the same storages', () => {
  const one = aMachineOn(['data', 'archive'], { name: 'one', uid: 'one' })
  const two = aMachineOn(['archive', 'data'], { name: 'two', uid: 'two' })

  /** What one leader knows; each has a watch of its own, and all one store. */
  function aLeader(world: MachineWorld, provider: ProviderName = 'Simulated') {
    return machineStorages({
      storages: world.storages,
      ...{ isSeen: () => true, known: () => [], unseen: () => undefined, providerOf: () => provider },
    })
  }

  it('never both have one, also under two leaders, and one of them has all', async () => {
    for (let round = 0; round < 20; round += 1) {
      const world = aWorldWithStorages()
      const answers = await Promise.all([aLeader(world).attach(one), aLeader(world).attach(two)])
      const winners = answers.filter((answer) => 'storages' in answer)
      assert.equal(winners.length, 1)
      const [first, second] = usersIn(world)
      assert.ok(first !== undefined && first === second)
    }
  })

  it('have told what runs them, also where that was another by the settings of an operator before', async () => {
    const world = aWorldWithStorages()
    await aLeader(world).attach(one)
    const real = aStorageCalled('data', { uid: 'one', name: 'one', provider: 'Simulated' })
    for (const name of ['data', 'archive'])
      world.storages.put({
        ...{ ...real, name, uid: `uid-${name}` },
        status: { ...real.status, provider: 'PersistentVolumeClaim' },
      })
    const answer = await aLeader(world, 'KubeVirt').attach(one)
    assert.ok('storages' in answer)
    assert.deepEqual(world.storages.stored('team/data')?.status?.attachedTo, {
      ...{ uid: 'one', name: 'one', provider: 'KubeVirt' },
    })
    const writes = world.storages.writes.length
    await aLeader(world, 'KubeVirt').attach(one)
    assert.equal(world.storages.writes.length, writes)
  })

  it('end in the same place where an answer was lost', async () => {
    const world = aWorldWithStorages()
    const report = world.storages.report
    Object.assign(world.storages, {
      async report(...given: Parameters<typeof report>) {
        await report(...given)
        Object.assign(world.storages, { report })
        return { kind: 'unknown', reason: 'socket hang up' }
      },
    })
    const leader = aLeader(world)
    const answer = await leader.attach(one)
    assert.ok('reason' in answer)
    assert.match(answer.message, /^storage team\/archive can't be asked: .*socket hang up$/)
    assert.ok(answer.fault)
    assert.deepEqual(
      await aLeader(world)
        .attach(two)
        .then((other) => 'reason' in other && other.reason),
      'StorageInUse',
    )
    assert.ok('storages' in (await leader.attach(one)))
    assert.deepEqual(usersIn(world), ['one', 'one'])
  })

  it('get nothing new while others may have them who were not seen yet', async () => {
    const world = aWorldWithStorages()
    const unseen = () => 'VirtualMachines were not listed yet in namespace team'
    const leader = machineStorages({
      storages: world.storages,
      ...{ isSeen: () => true, known: () => [], unseen, providerOf: () => 'Simulated' },
    })
    const answer = await leader.attach(one)
    assert.ok('reason' in answer)
    assert.deepEqual([answer.reason, usersIn(world)], ['StorageUnseen', nobody])
    assert.match(answer.message, /has storage team\/archive is not known: VirtualMachines were not listed yet/)
  })
})
