import assert from 'node:assert/strict'
import { recheckAfter } from '../../../../operator/application/outcome.ts'
import { machineStatusAfter } from '../../../../operator/domain/machine/machine-status.ts'
import { requestNameOf } from '../../../../operator/domain/virtualization/identity.ts'
import type { RequestStatus } from '../../../../operator/domain/virtualization/resource-request.ts'
import { GIVE_UP_MS, type RequestWorld, requestWorld } from '../../../fakes/request-world.ts'
import { aMachine, withCapacity } from '../../../fixtures/machine-builders.ts'
import { aDeletion, aRequest, sha256 } from '../../../fixtures/request-builders.ts'

const stand = ({ phase, reason }: RequestStatus) => `${phase} ${reason}`
const isHindered = (world: RequestWorld) => world.status().conditions.find(({ type }) => type === 'Hindered')?.status
const minuteMs = 60_000

describe('a request for the end of a machine', () => {
  const target = aMachine({ uid: 'target-uid' })

  it('writes down which one is meant before it is deleted, and is over when that is gone', async () => {
    const world = requestWorld(aDeletion())
    world.machines.put(target, { request: 'another', message: 'm-0' })
    await world.reconcile()
    assert.deepEqual([stand(world.status()), world.status().resource?.uid], ['Accepted TargetFound', 'target-uid'])
    assert.equal(world.machines.stored('web-1')?.deletingSince, undefined)
    assert.deepEqual(await world.reconcile(), recheckAfter(30_000))
    assert.equal(stand(world.status()), 'Working Removing')
    assert.notEqual(world.machines.stored('web-1')?.deletingSince, undefined)
    world.machines.go('web-1')
    await world.reconcile()
    assert.equal(stand(world.status()), 'Completed Removed')
    assert.deepEqual(world.told.flat(), ['Request', 'Complete'])
  })

  it('does nothing to a later one of the same name', async () => {
    const world = requestWorld(aDeletion({ payload: { specification: { uid: 'target-uid' } } }))
    world.machines.put(target)
    await world.reconcile()
    world.machines.put(aMachine({ uid: 'a-later-one' }))
    await world.reconcile()
    assert.equal(stand(world.status()), 'Completed Removed')
    assert.equal(world.machines.stored('web-1')?.deletingSince, undefined)
  })

  it('waits ten minutes for one that may still come', async () => {
    const world = requestWorld(aDeletion())
    assert.deepEqual(await world.reconcile(), recheckAfter(10_000))
    assert.equal(stand(world.status()), 'Queued WaitingForTarget')
    await world.clock.advance(10 * minuteMs - 1_000)
    assert.deepEqual(await world.reconcile(), recheckAfter(1_000))
    await world.clock.advance(1_000)
    await world.reconcile()
    assert.equal(stand(world.status()), 'Failed ResourceNotFound')
  })

  it('waits for as long as the request of that message is not over: it would have it made afterwards', async () => {
    const world = requestWorld(aDeletion())
    const asking = aRequest({ name: 'vr-0', uid: 'asking', spec: { messageId: 'm-0' } })
    const stored = world.requests.put(asking)
    await world.clock.advance(20 * minuteMs)
    assert.deepEqual(await world.reconcile(), recheckAfter(10_000))
    assert.match(world.status().message, /its request vr-0 is not over$/)
    await world.requests.report(stored, { phase: 'Failed' } as RequestStatus)
    await world.reconcile()
    assert.equal(stand(world.status()), 'Failed ResourceNotFound')
  })

  it('ends what something is against, before anything is made, and waits no longer', async () => {
    const world = requestWorld(aDeletion())
    world.requests.put(aRequest({ name: 'vr-0', uid: 'asking', spec: { messageId: 'm-0' } }))
    const refuse = () => world.machines.answerNext({ kind: 'hindered', reason: 'exceeded quota: machines' })
    refuse()
    await world.reconcile('vr-0')
    assert.deepEqual(
      [stand(world.status('vr-0')), world.status('vr-0').message],
      ['Failed Withdrawn', 'request vr-1 has ended it before anything was made: exceeded quota: machines'],
    )
    await world.reconcile()
    assert.equal(stand(world.status()), 'Completed Withdrawn')
    await world.reconcile('vr-0')
    assert.equal(world.machines.made, 0)
  })

  it('has nothing made by what comes after it was given up, and whoever sent that hears why', async () => {
    const world = requestWorld(aDeletion())
    await world.clock.advance(10 * minuteMs)
    await world.reconcile()
    assert.equal(stand(world.status()), 'Failed ResourceNotFound')
    assert.match(world.status().message, /nor has one come; if that message still does, nothing is made for it$/)
    world.requests.put(aRequest({ name: 'vr-0', uid: 'asking', spec: { messageId: 'm-0' } }))
    await world.reconcile('vr-0')
    assert.deepEqual(
      [stand(world.status('vr-0')), world.status('vr-0').message],
      ['Failed Withdrawn', 'request vr-1 has ended it before this message came'],
    )
    assert.equal(world.machines.made, 0)
  })

  it('does not say that nothing was made of what was made before a crash', async () => {
    const world = requestWorld(aDeletion())
    await world.clock.advance(10 * minuteMs)
    await world.reconcile()
    world.requests.put(aRequest({ name: 'vr-0', uid: 'asking', spec: { messageId: 'm-0' } }))
    world.machines.put(aMachine(), { request: 'asking', message: 'm-0' })
    await world.reconcile('vr-0')
    assert.notEqual(stand(world.status('vr-0')), 'Failed Withdrawn')
  })

  it('has nothing made by what comes late while nobody can tell what is there, and says why', async () => {
    const world = requestWorld(aDeletion())
    await world.clock.advance(10 * minuteMs)
    await world.reconcile()
    world.requests.put(aRequest({ name: 'vr-0', uid: 'asking', spec: { messageId: 'm-0' } }))
    world.machines.listed = false
    await world.reconcile('vr-0')
    assert.deepEqual([stand(world.status('vr-0')), world.machines.made], ['Queued ResourceRefused', 0])
    assert.match(world.status('vr-0').message, /can't be told while those of namespace team can't be listed$/)
    world.machines.listed = true
    await world.reconcile('vr-0')
    assert.deepEqual([stand(world.status('vr-0')), world.machines.made], ['Failed Withdrawn', 0])
  })

  it('asks the store before it gives up: the watch may not show yet what has come', async () => {
    const world = requestWorld(aDeletion())
    await world.clock.advance(10 * minuteMs)
    const late = aRequest({ name: requestNameOf('team', 'm-0', sha256), spec: { messageId: 'm-0' } })
    const { read } = world.requests
    world.requests.read = async (_, name) => (name === late.name ? late : undefined)
    assert.deepEqual(await world.reconcile(), recheckAfter(10_000))
    assert.equal(stand(world.status()), 'Queued WaitingForTarget')
    world.requests.read = read
    await world.reconcile()
    assert.equal(stand(world.status()), 'Failed ResourceNotFound')
  })

  it('goes by what our own status says was made, whatever marks other machines have', async () => {
    const world = requestWorld(aDeletion())
    world.requests.put(aRequest({ name: 'vr-0', uid: 'asking', spec: { messageId: 'm-0' } }))
    const precious = aMachine({ name: 'precious', uid: 'precious-uid' })
    world.machines.put(precious, { request: 'asking', message: 'm-0' })
    await world.reconcile()
    assert.equal(stand(world.status()), 'Queued WaitingForTarget')
    await world.reconcile('vr-0')
    await world.reconcile()
    await world.reconcile()
    assert.notEqual(world.machines.stored('web-1')?.deletingSince, undefined)
    assert.deepEqual(world.machines.stored('precious'), precious)
  })

  it('says what is against it while a policy or a webhook lets it delete nothing, and gives up at last', async () => {
    const world = requestWorld(aDeletion())
    world.machines.put(target, { request: 'another', message: 'm-0' })
    await world.reconcile()
    const refuse = () => world.machines.refuseRemoval({ kind: 'hindered', reason: 'denied the request: precious' })
    refuse()
    assert.deepEqual(await world.reconcile(), recheckAfter(30_000))
    assert.deepEqual([stand(world.status()), isHindered(world)], ['Accepted RemovalRefused', 'True'])
    assert.match(world.status().message, /can't be deleted for now: denied the request: precious$/)
    await world.reconcile()
    assert.equal(stand(world.status()), 'Working Removing')
    const other = requestWorld(aDeletion())
    other.machines.put(target, { request: 'another', message: 'm-0' })
    await other.reconcile()
    for (let round = 0; round < 2; round += 1) {
      other.machines.refuseRemoval({ kind: 'hindered', reason: 'denied the request: precious' })
      await other.reconcile()
      await other.clock.advance(GIVE_UP_MS)
    }
    assert.equal(stand(other.status()), 'Failed HinderedTooLong')
    assert.equal(other.machines.stored('web-1')?.deletingSince, undefined)
  })

  it('waits for no request that ends something: two of them could wait for each other for ever', async () => {
    const world = requestWorld(aDeletion({ payload: { specification: { originalMessageId: 'm-1' } } })) // itself
    await world.clock.advance(10 * minuteMs)
    await world.reconcile()
    assert.equal(stand(world.status()), 'Failed ResourceNotFound')
  })

  it('says how it goes with a machine that is being removed', async () => {
    const world = requestWorld(aDeletion())
    const message = 'the provider has been away for 3 m'
    for (const [reason, want] of [
      ['AwaitsProvider', 'False'],
      ['ProviderFailed', 'True'],
      ['UsersUnseen', 'True'],
      ['NotGivenBack', 'True'],
    ] as const) {
      const status = machineStatusAfter(target, { kind: 'leaving', reason, message }, withCapacity())
      world.machines.put({ ...target, status }, { request: 'another', message: 'm-0' })
      await world.reconcile()
      await world.reconcile()
      assert.match(world.status().message, /is being removed: the provider has been away for 3 m$/)
      assert.equal(isHindered(world), want, reason)
    }
  })
})
