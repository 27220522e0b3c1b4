import assert from 'node:assert/strict'
import { recheckAfter } from '../../../../operator/application/outcome.ts'
import type { RequestStatus } from '../../../../operator/domain/virtualization/resource-request.ts'
import { GIVE_UP_MS, type RequestWorld, requestWorld } from '../../../fakes/request-world.ts'
import { aMachine } from '../../../fixtures/machine-builders.ts'
import { aNetwork } from '../../../fixtures/network-builders.ts'
import { aDeletion, aRequest } from '../../../fixtures/request-builders.ts'

const stand = ({ phase, reason }: RequestStatus) => `${phase} ${reason}`
const isHindered = (world: RequestWorld) => world.status().conditions.find(({ type }) => type === 'Hindered')?.status
const minuteMs = 60_000

describe('a request for the end of a machine that does not come', () => {
  const target = aMachine({ uid: 'target-uid' })

  it('says of nothing that it is not there while its namespace can not be listed, but that, and gives up at last', async () => {
    const world = requestWorld(aDeletion())
    world.machines.listed = false
    await world.reconcile()
    assert.deepEqual([stand(world.status()), isHindered(world)], ['Queued WaitingForTarget', 'False'])
    await world.clock.advance(10 * minuteMs)
    assert.deepEqual(await world.reconcile(), recheckAfter(10_000))
    assert.deepEqual([stand(world.status()), isHindered(world)], ['Queued WaitingForTarget', 'True'])
    assert.match(
      world.status().message,
      /whether there is one can't be told while those of namespace team can't be listed$/,
    )
    await world.clock.advance(GIVE_UP_MS)
    await world.reconcile()
    assert.equal(stand(world.status()), 'Failed HinderedTooLong')
    assert.match(
      world.status().message,
      /^for 24h something was against it: there is no VirtualMachine .* can't be listed$/,
    )
  })

  it('gives up at last where the request that should have made it never ends', async () => {
    const world = requestWorld(aDeletion())
    world.requests.put(aRequest({ name: 'vr-0', uid: 'asking', deleting: true, spec: { messageId: 'm-0' } }))
    await world.reconcile()
    assert.equal(isHindered(world), 'False')
    await world.clock.advance(10 * minuteMs)
    await world.reconcile()
    assert.equal(isHindered(world), 'True')
    await world.clock.advance(GIVE_UP_MS)
    await world.reconcile()
    assert.equal(stand(world.status()), 'Failed HinderedTooLong')
    assert.match(world.status().message, /its request vr-0 is not over$/)
  })

  describe('that takes longer than ten minutes to go', () => {
    const since = '2026-11-22T10:00:00Z'
    async function going(particular: Partial<ReturnType<typeof aMachine>>) {
      const world = requestWorld(aDeletion())
      world.machines.put(target, { request: 'another', message: 'm-0' })
      await world.reconcile()
      await world.reconcile()
      world.machines.change('web-1', { deletingSince: since, ...particular })
      await world.reconcile()
      assert.deepEqual([stand(world.status()), isHindered(world)], ['Working Removing', 'False'])
      await world.clock.advance(10 * minuteMs)
      await world.reconcile()
      assert.deepEqual([stand(world.status()), isHindered(world)], ['Working RemovalSlow', 'True'])
      return world
    }
    const deleting = (message: string) => ({
      ...aMachine().status,
      conditions: [],
      phase: 'Deleting' as const,
      message,
    })

    it('says since when and what its provider says, and gives up at last, while its removal goes on', async () => {
      const status = deleting('the provider does not answer') as NonNullable<ReturnType<typeof aMachine>['status']>
      const world = await going({ held: true, status })
      assert.match(world.status().message, new RegExp(`is being removed since ${since}: the provider does not answer$`))
      await world.clock.advance(GIVE_UP_MS)
      await world.reconcile()
      assert.equal(stand(world.status()), 'Failed HinderedTooLong')
      assert.match(world.status().message, /is being removed since .*: the provider does not answer$/)
      assert.equal(world.machines.stored('web-1')?.deletingSince, since)
    })

    it('names the finalizers of others that hold it when its provider is through', async () => {
      const world = await going({ held: false, finalizers: ['example.com/backup', 'example.com/audit'] })
      assert.match(world.status().message, /example\.com\/backup, example\.com\/audit holds it: whoever has set/)
    })

    it('says that nothing is said of why, and is over as ever once it is gone', async () => {
      const world = await going({ held: true, finalizers: ['kbnt.io/machine'] })
      assert.match(world.status().message, /its status does not say why it is still there$/)
      world.machines.go('web-1')
      await world.reconcile()
      assert.deepEqual([stand(world.status()), isHindered(world)], ['Completed Removed', 'False'])
    })
  })
})

describe('a request for the end of a network', () => {
  type Condition = NonNullable<ReturnType<typeof aNetwork>['status']>['conditions'][number]
  const machine = { machine: 'u', namespace: 'team', name: 'web', address: '10.20.0.2' }
  async function inUse() {
    const world = requestWorld(aDeletion({ spec: { messageType: 'DELETE_VIRTUAL_NETWORK' } }))
    const network = aNetwork({ uid: 'target-uid' })
    world.networks.put(network, { request: 'another', message: 'm-0' })
    await world.reconcile()
    await world.reconcile()
    const since = new Date(world.clock.now()).toISOString()
    function waits(reason: Condition['reason'] | undefined, allocations: object[] = []): void {
      const told = { type: 'Deleting', status: 'True', reason, message: `waits: ${reason}` }
      const conditions = reason === undefined ? [] : [told]
      const status = { ...network.status, phase: 'Deleting', message: '', allocations, conditions }
      world.networks.change(network.name, { deletingSince: since, held: true, finalizers: [], status } as object)
    }
    const later = async (ms: number) => {
      await world.clock.advance(ms)
      await world.reconcile()
      return [stand(world.status()), isHindered(world)]
    }
    return { world, waits, later }
  }

  it('gives it as long to go once nobody uses it any more as if nobody ever had', async () => {
    const { waits, later } = await inUse()
    waits('InUse', [machine])
    await later(0)
    assert.deepEqual(await later(GIVE_UP_MS - minuteMs), ['Working Removing', 'True'])
    waits('AwaitsProvider')
    assert.deepEqual(await later(0), ['Working Removing', 'False'])
    assert.deepEqual(await later(9 * minuteMs), ['Working Removing', 'False'])
    assert.deepEqual(await later(minuteMs), ['Working RemovalSlow', 'True'])
    assert.deepEqual(await later(GIVE_UP_MS - minuteMs), ['Working RemovalSlow', 'True'])
    assert.deepEqual(await later(minuteMs), ['Failed HinderedTooLong', 'False'])
  })

  it('does not give it up at once where its provider refuses as soon as nobody uses it any more', async () => {
    const { waits, later } = await inUse()
    waits('UsersUnseen')
    await later(0)
    assert.deepEqual(await later(GIVE_UP_MS - minuteMs), ['Working Removing', 'True'])
    waits('ProviderFailed')
    assert.deepEqual(await later(minuteMs), ['Working RemovalSlow', 'True'])
    assert.deepEqual(await later(GIVE_UP_MS), ['Failed HinderedTooLong', 'False'])
  })

  it('gives one up whose provider refuses now and then', async () => {
    const { waits, later } = await inUse()
    for (let look = 0; look < 24 * 20 + 20; look += 1) {
      waits(look % 2 === 0 ? 'ProviderFailed' : 'AwaitsProvider')
      await later(3 * minuteMs)
    }
    assert.deepEqual(await later(0), ['Failed HinderedTooLong', 'False'])
  })
})
