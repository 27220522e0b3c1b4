import assert from 'node:assert/strict'
import { recheckAfter, settled } from '../../../../operator/application/outcome.ts'
import { GIVE_UP_MS, type RequestWorld, requestWorld } from '../../../fakes/request-world.ts'
import { aRequest } from '../../../fixtures/request-builders.ts'

const finalizers = ['example.com/backup', 'foregroundDeletion']

describe('a request that is deleted before it is over, and held by others', () => {
  const told = (world: RequestWorld) => {
    const { phase, reason, conditions } = world.status()
    return [phase, reason, conditions.find(({ type }) => type === 'Hindered')?.status]
  }

  it('says who holds it, has nothing begun, and is over at last', async () => {
    const world = requestWorld(aRequest({ deleting: true, finalizers }))
    assert.deepEqual(await world.reconcile(), recheckAfter(GIVE_UP_MS))
    assert.deepEqual(told(world), ['Queued', 'Withdrawn', 'True'])
    assert.match(world.status().message, /^it was deleted before .* example\.com\/backup, foregroundDeletion holds it/)
    await world.clock.advance(GIVE_UP_MS)
    assert.deepEqual(await world.reconcile(), settled)
    assert.deepEqual(told(world), ['Failed', 'HinderedTooLong', 'False'])
    assert.equal(world.machines.made, 0)
  })

  it('keeps what was made for it, and how far that had come', async () => {
    const world = requestWorld(aRequest())
    await world.reconcile()
    const { phase, resource } = world.status()
    const stored = world.requests.stored('team/vr-1')
    assert.ok(stored)
    world.requests.put({ ...stored, deleting: true, finalizers })
    await world.reconcile()
    assert.deepEqual(told(world), [phase, 'Withdrawn', 'True'])
    await world.clock.advance(GIVE_UP_MS)
    await world.reconcile()
    assert.deepEqual([world.status().phase, world.status().resource], ['Failed', resource])
    assert.equal(world.machines.stored('web-1')?.deletingSince, undefined)
  })

  it('is left to who deletes it where nobody holds it', async () => {
    const world = requestWorld(aRequest({ deleting: true }))
    assert.deepEqual(await world.reconcile(), settled)
    assert.equal(world.requests.reports, 0)
  })
})
