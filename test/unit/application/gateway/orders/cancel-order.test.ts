import assert from 'node:assert/strict'
import { Problem } from '../../../../../operator/application/gateway/answer.ts'
import type { Call } from '../../../../../operator/application/gateway/call.ts'
import { gatewayOperations } from '../../../../../operator/application/gateway/operations.ts'
import type { PaidOrderDraft } from '../../../../../operator/application/gateway/orders/paid-orders.ts'
import { callWith, namespace, type ScriptedWorld, scriptedWorld } from '../../../../fixtures/gateway-world.ts'
import { orderSeen } from '../../../../fixtures/seen-order.ts'

const draft: PaidOrderDraft = {
  ...{ namespace, name: 'o-1', orderHash: 'h', requestId: 'r' },
  order: {
    ...{ customer: 'ana', items: [{ stockNamespace: '', stock: 'cup', quantity: 1 }] },
    payment: { method: 'card-1', provider: 'acme', amount: { amount: '1.00', currency: 'EUR' } },
  },
}

describe('An order that is cancelled at the gateway', () => {
  let world: ScriptedWorld
  beforeEach(() => {
    world = scriptedWorld()
  })
  const cancel = (parts: Partial<Call> = {}) =>
    gatewayOperations(world)['cancelOrder']!(callWith({ parameters: { orderName: 'o-1' }, ...parts }))
  const problemOf = async (answer: Promise<unknown>) => {
    const error = await answer.catch((caught: unknown) => caught)
    assert.ok(error instanceof Problem, String(error))
    return error
  }

  it('is 200 once it is undone', async () => {
    world.seeOrder(orderSeen(draft, { phase: 'Paying' }))
    world.answers.push({ kind: 'stored', object: orderSeen(draft, { phase: 'Paying', generation: 2 }) })
    const answer = cancel()
    const end = { phase: 'Cancelled', reason: 'CancelledByClient', generation: 2 } as const
    setTimeout(() => world.seeOrder(orderSeen(draft, end)), 5)
    const { status, body } = await answer
    assert.deepEqual([status, (body as { phase: string }).phase], [200, 'Cancelled'])
    assert.deepEqual(world.asked, [{ verb: 'cancel', name: 'o-1' }])
  })

  it('is 202 for as long as it is being undone', async () => {
    world.answers.push({ kind: 'stored', object: orderSeen(draft, { phase: 'Cancelling', generation: 2 }) })
    const { status, location } = await cancel({ waitMs: 5 })
    assert.deepEqual([status, location], [202, `/orders/o-1?namespace=${namespace}`])
  })

  it('is told of what needed attention before it was cancelled only when the operator has looked again', async () => {
    world.answers.push({
      kind: 'stored',
      object: orderSeen(draft, { phase: 'NeedsAttention', judged: 1, generation: 2 }),
    })
    const answer = cancel()
    setTimeout(() => world.seeOrder(orderSeen(draft, { phase: 'Cancelled', generation: 2 })), 5)
    assert.equal((await answer).status, 200)
  })

  it('is 409 once it is complete, and writes nothing', async () => {
    world.seeOrder(orderSeen(draft, { phase: 'Completed' }))
    const { status, reason, facts } = await problemOf(cancel())
    assert.deepEqual([status, reason, facts.orderName], [409, 'CancelledTooLate', 'o-1'])
    assert.deepEqual(world.asked, [])
  })

  it('is 409 where it became complete meanwhile', async () => {
    world.answers.push({ kind: 'stored', object: orderSeen(draft, { phase: 'Notifying', generation: 2 }) })
    const answer = cancel()
    setTimeout(() => world.seeOrder(orderSeen(draft, { phase: 'Completed', generation: 2 })), 5)
    assert.equal((await problemOf(answer)).reason, 'CancelledTooLate')
  })

  it('answers the same once more', async () => {
    world.seeOrder(orderSeen(draft, { phase: 'Cancelled' }))
    assert.equal((await cancel()).status, 200)
    assert.deepEqual(world.asked, [])
  })

  it('is 404 where there is none, and never said to have failed where no answer came', async () => {
    world.answers.push({ kind: 'gone', reason: 'not found' }, { kind: 'unknown', reason: 'it broke' })
    assert.equal((await problemOf(cancel())).status, 404)
    world.seeOrder(orderSeen(draft, { phase: 'Paying' }))
    const { status, body } = await cancel()
    assert.equal(status, 202)
    assert.match((body as { message: string }).message, /^whether that is stored is not known: it broke/)
  })
})
