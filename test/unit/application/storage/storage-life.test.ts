import assert from 'node:assert/strict'
import type { StorageProvider } from '../../../../operator/application/storage/storage-kind.ts'
import type { Storage } from '../../../../operator/domain/storage/storage.ts'
import { type StorageWorld, storageWorld } from '../../../fakes/storage-world.ts'
import { allocated, allocating, aStorage, lost, storageChild } from '../../../fixtures/storage-builders.ts'

const storage = aStorage()
const reasonIn = (world: StorageWorld, of: Storage = storage) => world.stored(of).status.reason

/** It has its capacity and its volume. */
async function allocatedIn(world: StorageWorld): Promise<void> {
  world.storages.put(storage)
  await world.reconcile(storage)
  world.capacity.decide(storage, {})
  await world.reconcile(storage)
}

describe('the life of a storage', () => {
  it('asks its provider for nothing before its capacity is there, and takes its size and its iops', async () => {
    const world = storageWorld()
    const fast = world.storages.put(aStorage({ spec: { iops: 500 } }))
    await world.reconcile(fast)
    assert.deepEqual(world.asked, [])
    const line = (resource: string, quantity: number) => ({
      ...{ stockNamespace: 'team', stock: `east-${resource}`, quantity },
    })
    assert.deepEqual(world.capacity.asked, [[line('disk', 20), line('iops', 500)]])
    world.capacity.decide(fast, {})
    world.answers.push(allocating)
    await world.reconcile(fast)
    assert.equal(reasonIn(world, fast), 'Allocating')
    await world.reconcile(fast)
    assert.equal(reasonIn(world, fast), 'Allocated')
    assert.deepEqual(world.stored(fast).status.cost, [{ hourly: '0.045', currency: 'USD' }])
  })

  it('takes nothing for a class that nobody knows, and says which are known', async () => {
    const world = storageWorld({ classes: ['standard', 'gold'] })
    const odd = world.storages.put(aStorage({ spec: { class: 'paper' } }))
    await world.reconcile(odd)
    const { status } = world.stored(odd)
    assert.deepEqual([status.phase, status.reason], ['Pending', 'ClassUnknown'])
    assert.equal(status.message, 'class paper is not known; the setting storages.classes has gold, standard')
    assert.equal(world.capacity.count, 0)
  })

  it('leaves the data of a storage alone whose capacity was taken away, and says so', async () => {
    const world = storageWorld()
    await allocatedIn(world)
    await world.capacity.giveBack(storage)
    await world.reconcile(storage)
    await world.reconcile(storage)
    const { status } = world.stored(storage)
    assert.deepEqual([status.phase, status.reason], ['Failed', 'CapacityLost'])
    assert.equal(
      status.message,
      `its reservation ${storageChild} was deleted, so its capacity is lost and its data is left as it is; ` +
        'delete this VirtualStorage and apply it again',
    )
    assert.ok(!world.asked.some((call) => call.includes('removes')))
  })

  it('gives the capacity of a lost storage back, once its provider has let go of what is left', async () => {
    const world = storageWorld()
    await allocatedIn(world)
    world.answers.push(lost)
    await world.reconcile(storage)
    assert.equal(reasonIn(world), 'StorageLost')
    world.removals.push({ kind: 'going', message: 'it waits' })
    await world.reconcile(storage)
    assert.equal(world.capacity.count, 1)
    await world.reconcile(storage)
    assert.deepEqual([world.capacity.count, reasonIn(world)], [0, 'StorageLost'])
  })

  it('is not moved to another provider by a changed setting', async () => {
    const world = storageWorld()
    await allocatedIn(world)
    await world.reconcile(storage, { defaultProvider: 'PersistentVolumeClaim', classes: [] })
    assert.deepEqual([...new Set(world.asked)], ['Simulated makes data'])
    assert.equal(reasonIn(world), 'Allocated')
  })

  it('counts the storages of an owner', async () => {
    const world = storageWorld({ policies: { maxPerOwner: 1 } })
    const first = world.storages.put(aStorage({ spec: { owner: 'ana' } }))
    const second = world.storages.put(aStorage({ name: 'more', uid: 'another', spec: { owner: 'ana' } }))
    await world.reconcile(first)
    await world.reconcile(second)
    assert.equal(world.stored(second).status.message, 'ana has 1 storages; 1 are allowed for one owner')
  })

  it('keeps its capacity until its provider has let go of it', async () => {
    const world = storageWorld()
    await allocatedIn(world)
    world.storages.delete('team/data')
    world.removals.push({ kind: 'going', message: 'a pod uses it' })
    await world.reconcile(storage)
    assert.match(
      world.stored(storage).status.message,
      /^a pod uses it; .*annotate -n team vstorage data kbnt.io\/abandon=true$/,
    )
    assert.equal(world.capacity.count, 1)
    await world.reconcile(storage)
    assert.deepEqual([world.capacity.count, reasonIn(world)], [0, 'Deleted'])
  })

  it('says of a deleted one that its provider refuses, and since when', async () => {
    const refusing = (name: StorageProvider['name']): StorageProvider => ({
      ...{ name, unavailable: async () => undefined, ensure: async () => allocated },
      remove: () => Promise.reject(new Error('a webhook denies it')),
    })
    const world = storageWorld()
    await allocatedIn(world)
    world.storages.delete('team/data')
    const providers = {
      ...{ Simulated: refusing('Simulated'), PersistentVolumeClaim: refusing('PersistentVolumeClaim') },
    }
    for (let times = 0; times < 2; times += 1) {
      await assert.rejects(world.reconcile(storage, { providers }), /a webhook denies it/)
      await world.clock.advance(60_000)
    }
    const told = world.stored(storage).status.conditions.find(({ type }) => type === 'Deleting')
    assert.deepEqual([told?.reason, told?.lastTransitionTime], ['ProviderFailed', '2026-11-22T10:00:00Z'])
    assert.match(told?.message ?? '', /^Simulated does not let go of it: a webhook denies it; .* vstorage data /)
    await world.reconcile(storage)
    assert.equal(reasonIn(world), 'Deleted')
  })
})
