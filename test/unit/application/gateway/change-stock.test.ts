import assert from 'node:assert/strict'
import { Problem } from '../../../../operator/application/gateway/answer.ts'
import type { Call } from '../../../../operator/application/gateway/call.ts'
import { stockOperations } from '../../../../operator/application/gateway/change-stock.ts'
import { entityTag } from '../../../../operator/domain/gateway/entity-tag.ts'
import { callWith, type ScriptedWorld, scriptedWorld, seenStock } from '../../../fixtures/gateway-world.ts'

const { requestId } = callWith()
const stale = { kind: 'stale', reason: 'the object has been modified' } as const

describe('A stock changed at the gateway', () => {
  let world: ScriptedWorld
  beforeEach(() => {
    world = scriptedWorld()
  })

  const setQuantity = (body: object, parameters: Call['parameters'] = {}, waitMs = 1_000) =>
    stockOperations(world)['setStockQuantity']!(
      callWith({ body, parameters: { stockId: 'cup', ...parameters }, waitMs }),
    )
  const reasonOf = (answer: Promise<unknown>) =>
    answer.then(
      () => 'done',
      (error: unknown) => (error instanceof Problem ? error.reason : String(error)),
    )

  it('is answered once the operator has taken it over', async () => {
    world.answers.push({ kind: 'stored', object: seenStock({ name: 'cup', generation: 2 }) })
    const answer = setQuantity({ newQuantity: 20 })
    setTimeout(() => world.seeStock(seenStock({ name: 'cup', generation: 2, takenOver: 2 })), 5)
    assert.equal((await answer).status, 200)
  })

  it('is 202 while nobody takes it over, or where it isn’t known whether it is stored', async () => {
    world.answers.push({ kind: 'stored', object: seenStock({ name: 'cup', generation: 2 }) })
    assert.equal((await setQuantity({ newQuantity: 20 }, {}, 1)).status, 202)
    world.answers.push({ kind: 'unknown', reason: 'the connection broke' })
    assert.equal((await setQuantity({ newQuantity: 20 })).status, 202)
  })

  it('is changed for the reason that was given, if any', async () => {
    const bodies: readonly (readonly [operation: string, body: object | undefined])[] = [
      ['setStockQuantity', { newQuantity: 20, reason: 'delivery' }],
      ['setStockPrice', { price: '2.50', currency: 'EUR', reason: 'sale' }],
      ['pauseStock', { reason: 'recall' }],
      ['resumeStock', undefined],
    ]
    for (const [operation, body] of bodies) {
      world.answers.push({ kind: 'stored', object: seenStock({ name: 'cup', takenOver: 9 }) })
      await stockOperations(world)[operation]!(callWith({ body, parameters: { stockId: 'cup' } }))
    }
    assert.deepEqual(
      world.asked.map(({ change }) => change),
      [
        { quantity: 20, reason: 'delivery', requestId },
        { price: { amount: '2.50', currency: 'EUR' }, reason: 'sale', requestId },
        { paused: true, reason: 'recall', requestId },
        { paused: false },
      ],
    )
  })

  it('is tried again while only its balances move, and not once its spec has', async () => {
    const read = seenStock({ name: 'cup', generation: 3 })
    world.seeStock(read)
    world.answers.push(stale, stale, { kind: 'stored', object: { ...read, position: '2', takenOver: 3 } })
    const tag = { 'If-Match': entityTag(read) }
    assert.equal((await setQuantity({ newQuantity: 20 }, tag)).status, 200)
    assert.deepEqual(
      world.asked.map(({ change }) => change),
      Array.from({ length: 3 }, () => ({ quantity: 20, position: '1' })),
    )
    world.answers.push(stale)
    const moved = setQuantity({ newQuantity: 20 }, tag)
    world.seeStock({ ...read, generation: 4 })
    assert.equal(await reasonOf(moved), 'PreconditionFailed')
  })

  it('is tried no more once its caller has hung up', async () => {
    const read = seenStock({ name: 'cup' })
    world.seeStock(read)
    world.answers.push(stale)
    const body = { newQuantity: 20, expectedQuantity: 10 }
    const call = callWith({ body, parameters: { stockId: 'cup' }, over: AbortSignal.abort() })
    assert.equal(await reasonOf(stockOperations(world)['setStockQuantity']!(call)), 'Conflict')
    assert.equal(world.asked.length, 1)
  })

  it('is left alone where its quantity is not the expected one', async () => {
    world.seeStock(seenStock({ name: 'cup' }))
    assert.equal(await reasonOf(setQuantity({ newQuantity: 20, expectedQuantity: 9 })), 'PreconditionFailed')
    assert.deepEqual(world.asked, [])
  })

  it('is no other of its name', async () => {
    const read = seenStock({ name: 'cup' })
    world.seeStock({ ...read, uid: 'created again' })
    assert.equal(
      await reasonOf(setQuantity({ newQuantity: 20 }, { 'If-Match': entityTag(read) })),
      'PreconditionFailed',
    )
  })

  it('is not there again while one of its name is being deleted', async () => {
    world.answers.push({ kind: 'exists' })
    world.seeStock(seenStock({ name: 'cup', deleting: true }))
    const create = stockOperations(world)['createStock']!
    assert.equal(await reasonOf(create(callWith({ body: { productId: 'cup', quantity: 10 } }))), 'Conflict')
  })

  it('that may be there already is never said to have failed', async () => {
    world.answers.push({ kind: 'exists' })
    Object.assign(world.stocks, { read: () => Promise.reject(new Problem('ApiServerAway', { detail: 'away' })) })
    const create = stockOperations(world)['createStock']!
    assert.equal((await create(callWith({ body: { productId: 'cup', quantity: 10 } }))).status, 202)
  })

  it('tells what stands in its way, in the API server’s words', async () => {
    world.answers.push(stale)
    const create = stockOperations(world)['createStock']!
    const error = await create(callWith({ body: { productId: 'cup', quantity: 10 } })).catch(
      (caught: unknown) => caught,
    )
    assert.ok(error instanceof Problem)
    assert.deepEqual([error.status, error.message], [409, 'the object has been modified; send it again'])
  })

  it('has to be there', async () => {
    world.answers.push({ kind: 'gone', reason: 'not found' })
    assert.equal(await reasonOf(setQuantity({ newQuantity: 20 })), 'NotFound')
  })

  it('gets a name from its product, or the caller is told to give one', async () => {
    const create = (productId: string) =>
      stockOperations(world)['createStock']!(callWith({ body: { productId, quantity: 1 }, waitMs: 1 }))
    world.answers.push({ kind: 'stored', object: seenStock({ name: 'cafe-creme-250-g' }) })
    await create('Cafe  Creme (250 g)')
    assert.equal(world.asked[0]?.name, 'cafe-creme-250-g')
    assert.equal(await reasonOf(create('茶')), 'Invalid')
  })
})
