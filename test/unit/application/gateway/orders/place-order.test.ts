import assert from 'node:assert/strict'
import { Problem } from '../../../../../operator/application/gateway/answer.ts'
import type { Call } from '../../../../../operator/application/gateway/call.ts'
import type { Right } from '../../../../../operator/application/gateway/caller.ts'
import type { GatewayWorld } from '../../../../../operator/application/gateway/gateway-world.ts'
import { gatewayOperations } from '../../../../../operator/application/gateway/operations.ts'
import type { PaidOrders } from '../../../../../operator/application/gateway/orders/paid-orders.ts'
import { callWith, namespace, type ScriptedWorld, scriptedWorld } from '../../../../fixtures/gateway-world.ts'
import {
  keyed,
  orderBody,
  payment,
  placeOrderIn,
  problemOf,
  waiting,
  withOrdersIn,
  writtenIn,
} from '../../../../fixtures/placed-orders.ts'
import { orderSeen } from '../../../../fixtures/seen-order.ts'

describe('An order that is placed at the gateway', () => {
  let world: ScriptedWorld
  beforeEach(() => {
    world = scriptedWorld()
  })

  const place = (parts?: Partial<Call>) => placeOrderIn(world, parts)
  const written = (parts?: Partial<Call>) => writtenIn(world, parts)
  const withOrders = (particular: Partial<PaidOrders>, more?: Partial<GatewayWorld>) =>
    withOrdersIn(world, particular, more)

  it('is stored as it was given, under a name of who asks and the key', async () => {
    const first = await written({ body: { ...orderBody, ttl: '1h' } })
    assert.deepEqual(first.order, {
      ...{ customer: 'ana', items: [{ stockNamespace: '', stock: 'espresso-machine', quantity: 2 }], payment },
      ttl: '1h',
    })
    assert.deepEqual([first.namespace, first.requestId], [namespace, 'request-1'])
    assert.match(first.name, /^o-[0-9a-f]{25}$/)
    assert.equal((await written()).name, first.name)
    const bob = { user: 'bob', groups: [], token: 't', tokenKey: 'b' }
    const others = [{ caller: bob }, { parameters: { 'Idempotency-Key': 'order-1002' } }]
    for (const other of others) assert.notEqual((await written(other)).name, first.name)
  })

  it('is of whoever calls where it names nobody', async () => {
    const { customer: _, ...anonymous } = orderBody
    const bob = { user: 'bob', groups: [], token: 't', tokenKey: 'b' }
    assert.equal((await written({ body: anonymous, caller: bob })).order.customer, 'bob')
  })

  it('of a guest is for the guest alone, unless it may act for others', async () => {
    const guest = { user: 'till', groups: [], token: 't', tokenKey: 'g', guest: {} }
    assert.equal((await written({ caller: guest })).order.customer, 'ana')
    const may = async (_: unknown, { verb }: Right) => {
      if (verb === 'actfor') throw new Problem('Forbidden', { detail: 'no' })
    }
    world = scriptedWorld({ access: { may } })
    const refused = await problemOf(place({ caller: guest }))
    assert.deepEqual([refused.status, refused.facts.errors?.[0]?.pointer], [403, '/customer'])
    const { customer: _, ...own } = orderBody
    assert.equal((await written({ body: own, caller: guest })).order.customer, 'till')
  })

  it('needs a key, or it could be paid twice', async () => {
    assert.equal((await problemOf(place({ parameters: {} }))).reason, 'IdempotencyKeyMissing')
    assert.deepEqual(world.asked, [])
  })

  it('needs the right to create orders and to see them', async () => {
    const asked: string[] = []
    world = scriptedWorld({ access: { may: async (_, right) => void asked.push(`${right.verb} ${right.resource}`) } })
    await written()
    assert.deepEqual(asked, ['create orders', 'get orders'])
  })

  it('is 202 at once, with where to look, for who does not wait', async () => {
    const draft = await written()
    world.answers.push({ kind: 'stored', object: orderSeen(draft) })
    const { status, location, headers } = await place({ waitMs: 60_000 })
    assert.deepEqual([status, location], [202, `/orders/${draft.name}?namespace=${namespace}`])
    assert.equal(headers?.['Retry-After'], '1')
  })

  it('is 201 for who waits once it is paid and sold', async () => {
    const draft = await written()
    world.answers.push({ kind: 'stored', object: orderSeen(draft) })
    const answer = place({ parameters: waiting })
    setTimeout(() => world.seeOrder(orderSeen(draft, { phase: 'Paying' })), 2)
    setTimeout(() => world.seeOrder(orderSeen(draft, { phase: 'Completed' })), 5)
    const { status, body: told } = await answer
    assert.deepEqual([status, (told as { phase: string }).phase], [201, 'Completed'])
  })

  it('is waited for no longer once it is deleted before it is over', async () => {
    const draft = await written()
    world.answers.push({ kind: 'stored', object: orderSeen(draft) })
    const answer = problemOf(place({ parameters: waiting, waitMs: 60_000 }))
    setTimeout(() => world.seeOrder(orderSeen(draft, { phase: 'Paying' })), 2)
    setTimeout(() => world.loseOrder(draft.name), 5)
    const { reason, facts } = await answer
    assert.deepEqual([reason, facts.orderName], ['Conflict', draft.name])
  })

  it('is told as it ended where it is gone right after that', async () => {
    const draft = await written()
    world.answers.push({ kind: 'stored', object: orderSeen(draft) })
    const answer = place({ parameters: waiting })
    setTimeout(() => {
      world.seeOrder(orderSeen(draft, { phase: 'Completed' }))
      world.loseOrder(draft.name)
    }, 2)
    assert.equal((await answer).status, 201)
  })

  const ends = [
    ['PaymentDeclined', 409],
    ['UserRefused', 403],
    ['ProviderUnknown', 422],
    ['InsufficientStock', 409],
    ['StockNotFound', 404],
  ] as const
  for (const [reason, status] of ends)
    it(`is ${status} for who waits where it came to nothing as ${reason}`, async () => {
      const draft = await written()
      world.answers.push({ kind: 'stored', object: orderSeen(draft, { phase: 'Cancelled', reason }) })
      const problem = await problemOf(place({ parameters: waiting }))
      assert.deepEqual([problem.status, problem.reason, problem.facts.orderName], [status, reason, draft.name])
    })

  it('is 202 for who waits in vain, and for who waits for what needs attention', async () => {
    const draft = await written()
    world.answers.push({ kind: 'stored', object: orderSeen(draft) })
    assert.equal((await place({ parameters: waiting, waitMs: 5 })).status, 202)
    world.answers.push({ kind: 'stored', object: orderSeen(draft, { phase: 'NeedsAttention', judged: 1 }) })
    const { status, body: told } = await place({ parameters: waiting, waitMs: 60_000 })
    assert.deepEqual([status, (told as { phase: string }).phase], [202, 'NeedsAttention'])
  })

  it('comes again as it stands, and not with another content', async () => {
    const draft = await written()
    world.seeOrder(orderSeen(draft, { phase: 'Completed' }))
    const again = await place()
    assert.deepEqual([again.status, again.headers?.['Idempotent-Replayed']], [201, 'true'])
    const dear = { ...payment, amount: { amount: '1.00', currency: 'EUR' } }
    for (const other of [
      { ...orderBody, payment: dear },
      { ...orderBody, customer: 'bob' },
      { ...orderBody, ttl: '2h' },
    ])
      assert.equal((await problemOf(place({ body: other }))).reason, 'KeyReused')
    assert.equal(world.asked.length, 1, 'nothing more was written')
  })

  it('is not taken for one whose hash somebody has copied', async () => {
    const draft = await written()
    const cheap = { ...payment, amount: { amount: '0.01', currency: 'EUR' } }
    world.seeOrder(orderSeen(draft, { order: { ...draft.order, payment: cheap } }))
    assert.equal((await problemOf(place())).reason, 'KeyReused')
  })

  it('is found where the API server has it and the watch not yet', async () => {
    const draft = await written()
    world.answers.push({ kind: 'exists' })
    const answer = place()
    setTimeout(() => world.seeOrder(orderSeen(draft, { phase: 'Completed' })), 5)
    assert.equal((await answer).status, 201)
  })

  it('is never said to have failed where no answer came', async () => {
    world.answers.push({ kind: 'unknown', reason: 'the connection broke' })
    const { status, body: told } = await place({ waitMs: 1 })
    assert.equal(status, 202)
    assert.match(
      (told as { message: string }).message,
      /^whether it is stored is not known: the connection broke; send/,
    )
  })

  it('is told as another one where no answer came, and what is stored under its key is another one', async () => {
    const draft = await written()
    const dear = { ...payment, amount: { amount: '1.00', currency: 'EUR' } }
    world.answers.push({ kind: 'unknown', reason: 'the connection broke' })
    const answer = problemOf(place({ waitMs: 60_000 }))
    setTimeout(() => world.seeOrder(orderSeen(draft, { order: { ...draft.order, payment: dear } })), 5)
    assert.equal((await answer).reason, 'KeyReused')
  })

  it('is written nowhere while nobody leads', async () => {
    world = scriptedWorld({ untilLed: async () => 'no operator leads' })
    assert.equal((await problemOf(place())).reason, 'NobodyLeads')
    assert.deepEqual(world.asked, [])
  })

  it('is 503 where there are as many as there may be, unless it is there already', async () => {
    const draft = await written()
    const read = async (_: unknown, __: string, name: string) =>
      name === draft.name ? orderSeen(draft, { phase: 'Completed' }) : undefined
    world = withOrders({ hasRoom: () => false, read })
    assert.equal((await place()).status, 201)
    const full = await problemOf(place({ parameters: { 'Idempotency-Key': 'another' } }))
    assert.deepEqual([full.status, full.reason], [503, 'OrdersFull'])
    assert.deepEqual(world.asked, [])
  })

  it('is 404 where none are served', async () => {
    const { orders: _, ...others } = scriptedWorld()
    for (const id of ['createOrder', 'cancelOrder', 'getOrder', 'listOrders']) {
      const asked = gatewayOperations(others)[id]!(
        callWith({ body: orderBody, parameters: { ...keyed, orderName: 'o', limit: 1 } }),
      )
      const problem = await problemOf(asked)
      assert.match(`${problem.status} ${problem.message}`, /^404 this gateway serves no orders/)
    }
  })
})
