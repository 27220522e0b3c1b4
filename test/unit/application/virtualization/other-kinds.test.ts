import assert from 'node:assert/strict'
import type { RequestStatus } from '../../../../operator/domain/virtualization/resource-request.ts'
import { GIVE_UP_MS, requestWorld } from '../../../fakes/request-world.ts'
import { aMachine } from '../../../fixtures/machine-builders.ts'
import { aNetwork, anActiveNetwork } from '../../../fixtures/network-builders.ts'
import { aDeletion, aNetworkRequest, aRequest, aStorageRequest } from '../../../fixtures/request-builders.ts'
import { anAllocatedStorage, aStorage } from '../../../fixtures/storage-builders.ts'

const stand = ({ phase, reason }: RequestStatus) => `${phase} ${reason}`
const endOf = (type: string, particular: Parameters<typeof aDeletion>[0] = {}) =>
  aDeletion({ name: 'vr-9', uid: 'ending', ...particular, spec: { messageType: type, messageId: 'm-9' } })

describe('a request for a storage', () => {
  it('has it made once, says its place in line, and is completed when it is allocated', async () => {
    const world = requestWorld(aStorageRequest())
    await world.reconcile()
    assert.equal(stand(world.status()), 'Accepted ResourceCreated')
    const waits = { ...anAllocatedStorage().status, phase: 'Reserving', reason: 'WaitingForCapacity' } as const
    world.storages.change('data', { status: waits })
    world.storages.position = 2
    await world.reconcile()
    assert.deepEqual([stand(world.status()), world.status().queuePosition], ['Accepted WaitingForCapacity', 2])
    world.storages.change('data', { status: { ...waits, phase: 'Allocating', reason: 'Allocating' } })
    world.boots.add('Simulated', 9)
    await world.reconcile()
    assert.deepEqual([stand(world.status()), world.status().estimatedSeconds], ['Working Allocating', undefined])
    world.storages.change('data', { status: anAllocatedStorage().status })
    await world.reconcile()
    assert.equal(stand(world.status()), 'Completed Allocated')
    assert.deepEqual(world.status().resource, {
      ...{ kind: 'VirtualStorage', name: 'data', id: 'STOR-MADE1DAT', uid: 'made-1-data' },
    })
    assert.deepEqual([world.machines.made, world.storages.made, world.networks.made], [0, 1, 0])
  })

  it("leaves a storage alone that somebody else has under its name, and one of a machine is in nobody's way", async () => {
    const world = requestWorld(aStorageRequest())
    world.machines.put(aMachine({ name: 'data' }))
    world.storages.put(aStorage())
    await world.reconcile()
    assert.deepEqual(
      [stand(world.status()), world.status().message],
      [
        'Failed NameTaken',
        'VirtualStorage data exists and was not made for this request; send another virtualResourceId',
      ],
    )
  })
})

describe('a request for a network', () => {
  const taken = () => {
    const message = 'vlan 120 of fabric default is that of network other/blue'
    return { ...anActiveNetwork().status, phase: 'Failed', reason: 'VlanTaken', message } as const
  }

  it('is completed when it is active', async () => {
    const world = requestWorld(aNetworkRequest())
    await world.reconcile()
    world.networks.change('blue', { status: anActiveNetwork().status })
    await world.reconcile()
    assert.equal(stand(world.status()), 'Completed Active')
  })

  it('says whose its vlan is, and is not over: it may become free', async () => {
    const world = requestWorld(aNetworkRequest())
    await world.reconcile()
    world.networks.change('blue', { status: taken() })
    await world.reconcile()
    assert.deepEqual(
      [stand(world.status()), world.status().message],
      ['Accepted VlanTaken', 'vlan 120 of fabric default is that of network other/blue'],
    )
    world.networks.change('blue', { status: anActiveNetwork().status })
    await world.reconcile()
    assert.equal(stand(world.status()), 'Completed Active')
  })

  it('gives up at last, and takes the network along that has never come up', async () => {
    const world = requestWorld(aNetworkRequest())
    await world.reconcile()
    world.networks.change('blue', { status: taken() })
    await world.reconcile()
    await world.clock.advance(GIVE_UP_MS)
    await world.reconcile()
    assert.equal(stand(world.status()), 'Failed HinderedTooLong')
    assert.match(world.status().message, /something was against it: vlan 120 of fabric default is that of/)
    assert.notEqual(world.networks.stored('blue')?.deletingSince, undefined)
  })
})

describe('a request for the end of one kind', () => {
  it('ends what is of that kind alone, though others have its uid or its message', async () => {
    const world = requestWorld(endOf('DELETE_VIRTUAL_NETWORK'))
    world.machines.put(aMachine(), { request: 'another', message: 'm-0' })
    world.networks.put(aNetwork(), { request: 'another', message: 'm-0' })
    await world.reconcile()
    assert.deepEqual([stand(world.status()), world.status().resource?.kind], ['Accepted TargetFound', 'VirtualNetwork'])
    await world.reconcile()
    assert.notEqual(world.networks.stored('blue')?.deletingSince, undefined)
    assert.equal(world.machines.stored('web-1')?.deletingSince, undefined)
  })

  it('says at once that its message has asked for another kind, whatever marks there are', async () => {
    const world = requestWorld(endOf('DELETE_VIRTUAL_STORAGE'))
    world.requests.put(aRequest({ name: 'vr-0', uid: 'asking', spec: { messageId: 'm-0' } }))
    world.storages.put(aStorage(), { request: 'another', message: 'm-0' })
    await world.reconcile()
    assert.deepEqual(
      [stand(world.status()), world.status().message],
      [
        'Failed ResourceNotFound',
        'message m-0 has asked for a VirtualMachine, which DELETE_VIRTUAL_STORAGE does not end; send DELETE_VIRTUAL_MACHINE',
      ],
    )
    assert.equal(world.storages.stored('data')?.deletingSince, undefined)
  })

  it('withdraws nothing of another kind, neither what it waits for nor what comes later', async () => {
    for (const late of [false, true]) {
      const world = requestWorld(endOf('DELETE_VIRTUAL_NETWORK'))
      if (late) {
        await world.clock.advance(601_000)
        await world.reconcile()
        assert.equal(stand(world.status()), 'Failed ResourceNotFound')
      }
      world.requests.put(aStorageRequest({ name: 'vr-0', uid: 'asking', spec: { messageId: 'm-0' } }))
      if (!late) world.storages.answerNext({ kind: 'hindered', reason: 'exceeded quota: storages' })
      await world.reconcile('vr-0')
      assert.equal(stand(world.status('vr-0')), late ? 'Accepted ResourceCreated' : 'Queued ResourceRefused')
    }
  })
})
