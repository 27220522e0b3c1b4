import assert from 'node:assert/strict'
import type { Call } from '../../../../../operator/application/gateway/call.ts'
import type { GatewayWorld } from '../../../../../operator/application/gateway/gateway-world.ts'
import { gatewayOperations } from '../../../../../operator/application/gateway/operations.ts'
import type { PaidOrders } from '../../../../../operator/application/gateway/orders/paid-orders.ts'
import { callWith, type ScriptedWorld, scriptedWorld } from '../../../../fixtures/gateway-world.ts'
import { placeOrderIn, waiting, withOrdersIn, writtenIn } from '../../../../fixtures/placed-orders.ts'
import { orderSeen } from '../../../../fixtures/seen-order.ts'

describe('Orders that memory has no room for', () => {
  let world: ScriptedWorld
  beforeEach(() => {
    world = scriptedWorld()
  })

  const place = (parts?: Partial<Call>) => placeOrderIn(world, parts)
  const written = (parts?: Partial<Call>) => writtenIn(world, parts)
  const withOrders = (particular: Partial<PaidOrders>, more?: Partial<GatewayWorld>) =>
    withOrdersIn(world, particular, more)

  it('is read at the API server where memory has no room for all, which counts as a write', async () => {
    const draft = await written()
    world = withOrders({ isWhole: () => false, read: async () => orderSeen(draft, { phase: 'Paying' }) })
    let writes = 0
    const countsAsWrite = () => {
      writes += 1
    }
    const call = callWith({ parameters: { orderName: draft.name, limit: 10 }, countsAsWrite })
    const { body: told } = await gatewayOperations(world)['getOrder']!(call)
    assert.equal((told as { phase: string }).phase, 'Paying')
    const list = await gatewayOperations(world)['listOrders']!(call)
    assert.deepEqual([list.headers, writes], [{ 'X-Kbnt-Position': 'ord:100' }, 2])
  })
  it('is read from memory where it is there, though there is no room for all', async () => {
    const draft = await written()
    const read = () => assert.fail('the API server has nothing to add')
    world.seeOrder(orderSeen(draft, { phase: 'Paying' }))
    world = withOrders({ isWhole: () => false, read })
    const countsAsWrite = () => assert.fail('it costs the API server nothing')
    const call = callWith({ parameters: { orderName: draft.name }, countsAsWrite })
    assert.equal((await gatewayOperations(world)['getOrder']!(call)).status, 200)
  })

  it('is asked for at the API server once its caller has waited, where memory has no room for it', async () => {
    const draft = await written()
    const phases = ['Paying', 'Completed'] as const
    let reads = 0
    const read = async () => orderSeen(draft, { phase: phases[reads++] ?? 'Completed' })
    world = withOrders({ isWhole: () => false, hasRoom: () => false, read })
    const answer = await place({ parameters: waiting, waitMs: 1 })
    assert.deepEqual([answer.status, reads], [201, 2])
  })
})
