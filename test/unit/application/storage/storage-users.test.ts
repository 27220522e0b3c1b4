import assert from 'node:assert/strict'
import type { Machine } from '../../../../operator/domain/machine/machine.ts'
import type { Storage, StorageUser } from '../../../../operator/domain/storage/storage.ts'
import { inMemoryResources } from '../../../fakes/in-memory-resources.ts'
import { type StorageWorld, storageWorld } from '../../../fakes/storage-world.ts'
import { aMachine, machineUid } from '../../../fixtures/machine-builders.ts'
import { aStorage, lost, waitingForUser } from '../../../fixtures/storage-builders.ts'

const storage = aStorage()
const user: StorageUser = { uid: machineUid, name: 'web-1', provider: 'KubeVirt' }

/** An allocated storage, and what is known of machines. */
async function aSite() {
  const machines = inMemoryResources<Machine>('kbnt.io/machine')
  const told: StorageUser[] = []
  const site = {
    ...{ machines, told, unseen: undefined as string | undefined, hidden: false },
    world: undefined as unknown as StorageWorld,
  }
  site.world = storageWorld({
    machines: {
      find: machines.find,
      with: () => told,
      unseen: () => site.unseen,
      isSeen: () => !site.hidden,
      keptBy: () => undefined,
    },
  })
  site.world.storages.put(storage)
  await site.world.reconcile(storage)
  site.world.capacity.decide(storage, {})
  await site.world.reconcile(storage)
  return site
}

function attach(world: StorageWorld, attachedTo: StorageUser): void {
  const stored: Storage = world.stored(storage)
  world.storages.put({ ...stored, status: { ...world.stored(storage).status, attachedTo } })
}

async function deletedIn(world: StorageWorld): Promise<readonly unknown[]> {
  world.storages.delete('team/data')
  const outcome = await world.reconcile(storage)
  const { phase, message } = world.stored(storage).status
  return [phase, message, outcome]
}

const looksAgain = { kind: 'recheckAfter', delayMs: 10_000 }
const mustGo = 'a machine has it, which has to be deleted first: team/web-1'

describe('what a storage is not taken away from', () => {
  it('is the machine that has it, and it keeps its capacity so long', async () => {
    const site = await aSite()
    site.machines.put(aMachine())
    attach(site.world, user)
    assert.deepEqual(await deletedIn(site.world), ['Deleting', mustGo, looksAgain])
    const { status } = site.world.stored(storage)
    assert.deepEqual([status.attachedTo, site.world.capacity.count, status.cost?.length], [user, 1, 1])
    assert.deepEqual(site.world.asked, ['Simulated makes data'])
    const { attachedTo: _, ...freed } = status
    site.world.storages.put({ ...site.world.stored(storage), status: freed })
    await site.world.reconcile(storage)
    assert.equal(site.world.stored(storage).status.reason, 'Deleted')
    assert.deepEqual(site.world.asked.at(-1), 'Simulated removes data')
    assert.equal(site.world.capacity.count, 0)
  })

  it('is one that says so though the storage has forgotten it, and those that were not seen yet', async () => {
    const site = await aSite()
    site.machines.put(aMachine())
    site.told.push(user)
    assert.equal((await deletedIn(site.world))[1], mustGo)
    site.told.pop()
    site.unseen = 'VirtualMachines were not listed yet in namespace team'
    await site.world.reconcile(storage)
    assert.equal(
      site.world.stored(storage).status.message,
      'whether a machine has it is not known: VirtualMachines were not listed yet in namespace team',
    )
  })

  it('is not abandoned under a machine that is there, and says how where it is gone', async () => {
    const site = await aSite()
    attach(site.world, user)
    const way = 'if what they had is gone for good: kubectl annotate -n team vstorage data kbnt.io/abandon=true'
    assert.equal((await deletedIn(site.world))[1], `a machine that is gone still has it: team/web-1; ${way}`)
    site.hidden = true
    await site.world.reconcile(storage)
    assert.match(site.world.stored(storage).status.message, /^a machine has it of which nobody can see whether/)
    site.hidden = false
    site.machines.put(aMachine())
    site.world.storages.put({ ...site.world.stored(storage), abandoned: true })
    await site.world.reconcile(storage)
    assert.equal(site.world.stored(storage).status.message, mustGo)
  })

  it('keeps what is left of it, and its capacity, where it was lost under a machine', async () => {
    const site = await aSite()
    site.machines.put(aMachine())
    attach(site.world, user)
    site.world.answers.push(lost)
    await site.world.reconcile(storage)
    await site.world.reconcile(storage)
    const { status } = site.world.stored(storage)
    assert.deepEqual([status.reason, status.attachedTo, site.world.capacity.count], ['StorageLost', user, 1])
    assert.equal(site.world.asked.includes('Simulated removes data'), false)
    const { attachedTo: _, ...freed } = status
    site.world.storages.put({ ...site.world.stored(storage), status: freed })
    await site.world.reconcile(storage)
    assert.deepEqual([site.world.asked.at(-1), site.world.capacity.count], ['Simulated removes data', 0])
  })

  it('stays told in every status that comes after', async () => {
    const site = await aSite()
    site.machines.put(aMachine())
    attach(site.world, user)
    site.world.answers.push(waitingForUser)
    await site.world.reconcile(storage)
    const { reason, attachedTo } = site.world.stored(storage).status
    assert.deepEqual([reason, attachedTo], ['WaitingForFirstConsumer', user])
  })
})
