import assert from 'node:assert/strict'
import { childNameOf } from '../../../../operator/domain/resource/resource.ts'
import type { MachineWorld } from '../../../fakes/machine-world.ts'
import { machineWorld } from '../../../fakes/machine-world.ts'
import { afterTen } from '../../../fixtures/builders.ts'
import { machineUid, refused } from '../../../fixtures/machine-builders.ts'
import { confirmed, key, told } from '../../../fixtures/machine-on-network.ts'
import {
  aMachineOn,
  aStorageCalled,
  aWorldOnData,
  aWorldWithStorages,
  onData,
  usersIn,
} from '../../../fixtures/machine-on-storages.ts'
import { anActiveNetwork } from '../../../fixtures/network-builders.ts'
import { aStorage } from '../../../fixtures/storage-builders.ts'

const both = [machineUid, machineUid]
const nobody = [undefined, undefined]
const messageIn = (world: MachineWorld) => world.stored().status.message

describe('a machine on storages', () => {
  it('has them to itself before its provider is asked, takes no disk, and tells which they are', async () => {
    const world = await aWorldOnData()
    assert.deepEqual(told(world), ['Running', 'Running'])
    assert.deepEqual(usersIn(world), both)
    assert.deepEqual(world.storages.stored('team/data')?.status?.attachedTo, {
      ...{ uid: machineUid, name: 'web-1', provider: 'Simulated' },
    })
    assert.deepEqual(
      world.capacity.asked.map((lines) => lines.map(({ stock }) => stock)),
      [['east-cpu', 'east-memory']],
    )
    const places = ['data', 'archive'].map((name) => ({ name, uid: `uid-${name}` }))
    assert.deepEqual(world.stored().status.storages, places)
    assert.deepEqual(world.provider.ensured.at(-1)?.attached, {
      storages: places.map((place) => ({ ...place, provider: 'Simulated', claim: childNameOf(place) })),
    })
  })

  it('is never on the claim of another, whatever an edited status of its storage says', async () => {
    const world = aWorldWithStorages()
    const data = aStorageCalled('data')
    const providerRef = { ...data.status.providerRef, name: 'archive-uidarchi' }
    world.storages.put({ ...data, status: { ...data.status, providerRef } })
    await confirmed(world, onData)
    const claims = world.provider.ensured.at(-1)?.attached?.storages?.map(({ claim }) => claim)
    assert.deepEqual(claims, ['data-uiddata', 'archive-uidarchi'])
  })

  it('waits, without capacity, until each is there and Allocated, and says what to do', async () => {
    const world = machineWorld({ machine: onData })
    await world.reconcile()
    assert.deepEqual([told(world), world.capacity.count], [['Pending', 'StorageNotFound'], 0])
    assert.equal(messageIn(world), 'there is no VirtualStorage team/data; apply it, and this machine goes on by itself')
    world.storages.put(aStorage())
    await world.reconcile()
    assert.deepEqual(told(world), ['Pending', 'StorageNotReady'])
    assert.equal(messageIn(world), 'storage team/data is not looked at yet')
    world.storages.put({ ...aStorageCalled('data'), deletingSince: afterTen(0) })
    await world.reconcile()
    assert.equal(messageIn(world), 'storage team/data is being deleted')
    const allocated = aStorageCalled('data')
    const { status } = allocated
    world.storages.put({
      ...allocated,
      status: { ...status, phase: 'Allocating', reason: 'Allocating', message: 'soon' },
    })
    world.storages.put(aStorageCalled('archive'))
    await world.reconcile()
    assert.equal(messageIn(world), 'storage team/data is Allocating (Allocating): soon')
    world.storages.put(allocated)
    await confirmed(world, onData)
    assert.deepEqual([told(world), usersIn(world)], [['Running', 'Running'], both])
  })

  it('says that it does not know where storages were not listed', async () => {
    const world = machineWorld({ machine: aMachineOn(['data'], { namespace: 'unlisted' }) })
    await world.reconcile()
    assert.deepEqual(told({ ...world, stored: world.stored }), ['Pending', 'StorageUnseen'])
  })

  it('is KubeVirt’s only on storages that are real, and may be simulated on any', async () => {
    const machine = aMachineOn(['data', 'archive'], { spec: { provider: 'KubeVirt' } })
    const world = aWorldWithStorages({ machine })
    await world.reconcile()
    assert.deepEqual(told(world), ['Pending', 'StorageUnsuited'])
    const real = (name: string) => {
      const storage = aStorageCalled(name)
      return { ...storage, status: { ...storage.status, provider: 'PersistentVolumeClaim' as const } }
    }
    for (const name of ['data', 'archive']) world.storages.put(real(name))
    await confirmed(world, machine)
    assert.deepEqual(told(world), ['Running', 'Running'])
    const simulated = aWorldWithStorages()
    for (const name of ['data', 'archive']) simulated.storages.put(real(name))
    await confirmed(simulated, onData)
    assert.deepEqual(told(simulated), ['Running', 'Running'])
  })

  it('waits for one that another machine has, with its capacity where that came meanwhile', async () => {
    const world = aWorldWithStorages()
    await world.reconcile()
    world.storages.put(aStorageCalled('archive', { uid: 'other', name: 'web-2' }))
    world.capacity.decide(onData, {})
    await world.reconcile()
    assert.deepEqual([told(world), world.capacity.count], [['Pending', 'StorageInUse'], 1])
    assert.equal(messageIn(world), 'storage team/archive is that of machine team/web-2; it waits until that is deleted')
    assert.equal(world.provider.present.size, 0)
    world.storages.put(aStorageCalled('archive'))
    await world.reconcile()
    assert.deepEqual([told(world), usersIn(world)], [['Running', 'Running'], both])
  })

  it('does not get one that another says it was made with, though the storage has forgotten that', async () => {
    const world = aWorldWithStorages()
    const other = aMachineOn(['data'], { name: 'web-2', uid: 'other' })
    const { status } = (await aWorldOnData()).stored()
    world.others.push({ ...other, status: { ...status, storages: [{ name: 'data', uid: 'uid-data' }] } })
    await world.reconcile()
    assert.deepEqual([told(world), world.capacity.count, usersIn(world)], [['Pending', 'StorageInUse'], 0, nobody])
  })

  it('gives them back when its provider has let go of it, before its capacity, and not earlier', async () => {
    const world = await aWorldOnData()
    world.machines.delete(key)
    world.provider.removals.push({ kind: 'going', message: 'it hangs' })
    await world.reconcile()
    assert.deepEqual([told(world)[0], usersIn(world), world.capacity.count], ['Deleting', both, 1])
    world.storages.answerNext({ kind: 'refused', reason: 'Invalid value' })
    await assert.rejects(world.reconcile(), /who has storage team\/data could not be written: Invalid value/)
    assert.match(messageIn(world), /what it has of others is not given back: who has storage team\/data could not/)
    assert.deepEqual([usersIn(world), world.capacity.count], [both, 1])
    await world.clock.advance(600_000)
    await world.reconcile()
    assert.deepEqual([told(world), usersIn(world)], [['Deleting', 'Deleted'], nobody])
    assert.deepEqual([world.capacity.count, world.stored().status.storages], [0, undefined])
  })

  it('goes without that where it is given up', async () => {
    const world = await aWorldOnData()
    world.machines.put({ ...world.stored(), abandoned: true })
    world.machines.delete(key)
    world.storages.answerNext({ kind: 'refused', reason: 'Invalid value' })
    await world.reconcile()
    assert.deepEqual([told(world), world.capacity.count], [['Deleting', 'Deleted'], 0])
  })

  it('gives them back when it has failed', async () => {
    const world = aWorldWithStorages()
    world.provider.answers.push(refused(), refused(), refused())
    await confirmed(world, onData)
    assert.deepEqual(usersIn(world), both)
    for (let times = 0; times < 3; times += 1) {
      await world.clock.advance(10_000)
      await world.reconcile()
    }
    assert.deepEqual([told(world), usersIn(world)], [['Failed', 'ProviderFailed'], nobody])
    assert.deepEqual([world.capacity.count, world.stored().status.storages], [0, undefined])
  })

  it('gives back what it was given while it was deleted, though nothing of that was told yet', async () => {
    const world = aWorldWithStorages()
    await world.reconcile()
    world.storages.pause()
    for (const name of ['data', 'archive']) world.storages.put(aStorageCalled(name, { uid: machineUid, name: 'web-1' }))
    world.machines.delete(key)
    await world.reconcile()
    assert.deepEqual([told(world), usersIn(world)], [['Deleting', 'Deleted'], nobody])
  })

  it('is let on one that is being deleted only if it has it already: each would wait for the other', async () => {
    const world = aWorldWithStorages()
    await world.reconcile()
    for (const name of ['data', 'archive'])
      world.storages.put({
        ...aStorageCalled(name, { uid: machineUid, name: 'web-1' }),
        deletingSince: afterTen(0),
      })
    world.capacity.decide(onData, {})
    await world.reconcile()
    assert.deepEqual(told(world), ['Running', 'Running'])
  })

  it('names itself again where its storage has forgotten it, and goes on whatever became of that', async () => {
    const world = await aWorldOnData()
    const data = aStorageCalled('data')
    world.storages.put({ ...data, status: { ...data.status, phase: 'Failed', reason: 'StorageLost' } })
    await world.reconcile()
    assert.deepEqual([told(world), usersIn(world)], [['Running', 'Running'], both])
  })

  it('says so where another has its storage, or it is gone, and is not touched', async () => {
    const world = await aWorldOnData()
    world.storages.put(aStorageCalled('data', { uid: 'other', name: 'web-2' }))
    await world.reconcile()
    assert.deepEqual(told(world), ['Running', 'StorageInUse'])
    assert.match(messageIn(world), /its storage team\/data is also that of machine team\/web-2; delete one of them$/)
    world.storages.put({ ...aStorageCalled('data'), uid: 'another' })
    await world.reconcile()
    assert.deepEqual(told(world), ['Running', 'StorageNotFound'])
    assert.match(messageIn(world), /the storage team\/data that it was made with is gone/)
    assert.deepEqual(usersIn(world), [undefined, machineUid])
    world.storages.tearOut('team/data')
    await world.reconcile()
    assert.deepEqual(told(world), ['Running', 'StorageNotFound'])
    assert.equal(world.stored().status.storages?.[0]?.uid, 'uid-data')
  })

  it('takes no address while it waits for a storage', async () => {
    const machine = aMachineOn(['data'], { spec: { network: 'blue' } })
    const world = aWorldWithStorages({ machine })
    world.networks.put(anActiveNetwork())
    await world.reconcile()
    world.storages.put(aStorageCalled('data', { uid: 'other', name: 'web-2' }))
    world.capacity.decide(machine, {})
    await world.reconcile()
    assert.deepEqual(told(world), ['Pending', 'StorageInUse'])
    assert.equal(world.networks.stored('team/blue')?.status?.allocations, undefined)
    world.storages.put(aStorageCalled('data'))
    await world.reconcile()
    const { network, storages } = world.stored().status
    assert.deepEqual([network?.address, storages?.length], ['10.20.0.2', 1])
  })
})
