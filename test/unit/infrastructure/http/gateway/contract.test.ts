import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import type { Call, Operation } from '../../../../../operator/application/gateway/call.ts'
import { operationsOf } from '../../../../../operator/infrastructure/http/gateway/contract-document.ts'
import { closeGateways, smallContract, startGateway } from '../../../../fixtures/gateway.ts'

afterEach(closeGateways)

const document = parse(await readFile('config/openapi.yaml', 'utf8'))
const contracts = operationsOf(document)

const line = { stockId: 'a', quantity: 1 }
const eur698 = { amount: '698.00', currency: 'EUR' }
const payment = { method: 'card 1', provider: 'acme', amount: eur698 }

/** A right body for each operation that takes one. */
const bodies: Readonly<Record<string, object>> = {
  createStock: {
    productId: 'Größe 42',
    quantity: 0,
    price: '150.00',
    currency: 'EUR',
    hold: { ttl: '1h30m' },
    waitlist: { maxPriority: -5 },
    allowedNamespaces: ['a', 'b'],
  },
  setStockQuantity: { newQuantity: 9_007_199_254_740_991, expectedQuantity: 3, reason: '' },
  setStockPrice: { price: '0.000001', currency: 'EUR', reason: 'a sale' },
  pauseStock: { reason: 'a recall' },
  reserveStock: { quantityToReserve: 1, consumer: 'order 7', ttl: '90s', confirm: true, priority: 1000 },
  createReservations: { orders: [{ idempotencyKey: 'k', items: [{ stockId: 'a', quantity: 1 }] }] },
  createReservation: { items: [{ stockId: 'a.b', quantity: 2, stockNamespace: 'c' }], waitFor: '15m' },
  extendReservation: { ttl: '500ms' },
  createOrder: {
    items: [{ stockId: 'a.b', quantity: 2 }],
    payment,
    customer: 'ana',
    ttl: '1h',
    waitFor: '0s',
  },
  virtualize: {
    type: 'CREATE_VIRTUAL_MACHINE',
    resourceId: 'WEB 1',
    specifications: { cpu: 2, memory: '4Gi', disk: '20Gi', pool: 'Small_1', network: { name: 'nets/blue' } },
    metadata: { userId: 'ana', priority: -3, correlationId: 'order 7' },
  },
  writeLogs: { entries: [{ level: 'INFO', service: 'shop', message: 'open' }, 'a wrong one'] },
}

/** Wrong bodies, and where they are wrong. */
const wrongBodies: readonly (readonly [operation: string, body: object, pointer: string])[] = [
  ['createStock', { productId: 'a', quantity: -1 }, '/quantity'],
  ['createStock', { productId: 'a\nb', quantity: 1 }, '/productId'],
  ['createStock', { productId: 'a', quantity: 1, price: '1' }, '/currency'],
  ['createStock', { productId: 'a', quantity: 1, price: 1, currency: 'EUR' }, '/price'],
  ['createStock', { productId: 'a', quantity: 1, allowedNamespaces: ['a', 'a'] }, '/allowedNamespaces'],
  ['createStock', { productId: 'a', quantity: 1, stockId: 'A' }, '/stockId'],
  ['createStock', { productId: 'a', quantity: 1, description: 'x'.repeat(1_025) }, '/description'],
  ['createStock', { productId: 'a', quantity: 1, waitlist: { order: 'Any' } }, '/waitlist/order'],
  ['setStockQuantity', { newQuantity: 1, reason: 'a\u0007' }, '/reason'],
  ['pauseStock', { reason: 'x'.repeat(257) }, '/reason'],
  ['setStockPrice', { price: '1.0000001', currency: 'EUR' }, '/price'],
  ['reserveStock', { quantityToReserve: 0 }, '/quantityToReserve'],
  ['reserveStock', { quantityToReserve: 1, ttl: '1 h' }, '/ttl'],
  ['createReservation', { items: [] }, '/items'],
  ['createReservations', { orders: [{ items: [{ stockId: 'a', quantity: 1 }] }] }, '/orders/0/idempotencyKey'],
  ['createReservations', { orders: [] }, '/orders'],
  ['createReservation', { items: Array(17).fill({ stockId: 'a', quantity: 1 }) }, '/items'],
  ['createReservation', { items: [{ stockId: 'a', quantity: 1, price: 2 }] }, '/items/0/price'],
  ['extendReservation', {}, '/ttl'],
  ['createOrder', { items: [{ stockId: 'a', quantity: 1 }] }, '/payment'],
  ['createOrder', { items: [], payment }, '/items'],
  ['createOrder', { items: [line], payment: { ...payment, provider: 'A' } }, '/payment/provider'],
  ['createOrder', { items: [line], payment: { ...payment, number: '4111 1111 1111 1111' } }, '/payment/number'],
  [
    'createOrder',
    { items: [line], payment: { ...payment, amount: { ...eur698, amount: 698 } } },
    '/payment/amount/amount',
  ],
  ['virtualize', { type: 'CREATE_VIRTUAL_PRINTER', specifications: {} }, '/type'],
  ['virtualize', { type: 'CREATE_VIRTUAL_MACHINE', specifications: { cpu: 0 } }, '/specifications/cpu'],
  ['virtualize', { type: 'CREATE_VIRTUAL_MACHINE', specifications: { memory: '4GB' } }, '/specifications/memory'],
  ['virtualize', { type: 'CREATE_VIRTUAL_MACHINE', specifications: { gpu: 1 } }, '/specifications/gpu'],
  ['virtualize', { type: 'CREATE_VIRTUAL_MACHINE' }, '/specifications'],
  ['writeLogs', { entries: [] }, '/entries'],
  ['writeLogs', { entries: Array(1_001).fill({}) }, '/entries'],
]

const methodOf = (id: string) => contracts.find(({ operationId }) => operationId === id)!
const pathOf = (id: string) => methodOf(id).path.replaceAll(/\{[^}]+\}/g, 'a-1.b')

describe('the contract as a text', () => {
  it('is plain ASCII: of a file with anything else, V8 keeps names in two bytes a character, and all answers with them', async () => {
    assert.deepEqual((await readFile('config/openapi.yaml', 'utf8')).match(/[^ -~\n]/g), null)
  })
})

describe('config/openapi.yaml as the gateway serves it', () => {
  const calls = new Map<string, Call>()
  const operations = Object.fromEntries(
    contracts.map(({ operationId }): [string, Operation] => [
      operationId,
      async (call) => {
        calls.set(operationId, call)
        return { status: 200, body: { operationId } }
      },
    ]),
  )

  it('has every operation answer, and each of them what it was given', async () => {
    const { ask } = await startGateway({ document, operations })
    for (const { operationId, method } of contracts) {
      const body = bodies[operationId]
      const init = {
        method,
        ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      }
      const { status, json } = await ask(`${pathOf(operationId)}?namespace=shops`, init)
      assert.deepEqual([status, json], [200, { operationId }], operationId)
      assert.deepEqual(calls.get(operationId)?.body, body)
      assert.equal(calls.get(operationId)?.parameters['namespace'], 'shops')
    }
    assert.equal(calls.size, contracts.length)
    assert.ok(contracts.length >= 16)
  })

  it('has every operation refuse what it does not know, and those that need a body want one', async () => {
    const { ask } = await startGateway({ document, operations })
    for (const { operationId, method, body } of contracts) {
      const unknown = await ask(`${pathOf(operationId)}?nonsense=1`, { method })
      assert.equal(unknown.status, 400, operationId)
      if (!body) continue
      const missing = await ask(pathOf(operationId), { method })
      const errors = body.required ? [{ pointer: '', detail: 'it is missing' }] : undefined
      assert.deepEqual([missing.status, missing.json.errors], [errors ? 400 : 200, errors])
      const other = { method, body: '{"nonsense":1}', headers: { 'content-type': 'application/json' } }
      const { status, json } = await ask(pathOf(operationId), other)
      assert.equal(status, 400)
      assert.ok(json.errors.some(({ pointer }: { pointer: string }) => pointer === '/nonsense'))
    }
  })

  for (const [operation, body, pointer] of wrongBodies) {
    it(`finds ${pointer} wrong in ${JSON.stringify(body).slice(0, 60)} for ${operation}`, async () => {
      const { post, ask } = await startGateway({ document, operations })
      const { method } = methodOf(operation)
      const text = JSON.stringify(body)
      const { status, json } =
        method === 'POST'
          ? await post(pathOf(operation), text)
          : await ask(pathOf(operation), { method, body: text, headers: { 'content-type': 'application/json' } })
      assert.deepEqual([status, json.errors.map((error: { pointer: string }) => error.pointer)], [400, [pointer]])
      assert.doesNotMatch(json.detail, /must/, 'a sentence of the library')
    })
  }

  it('gives headers under the names of the contract, and judges them', async () => {
    const { post } = await startGateway({ document, operations })
    const reserve = (headers: Record<string, string>) => post(pathOf('reserveStock'), { quantityToReserve: 1 }, headers)
    await reserve({ 'idempotency-key': 'order-7', 'x-request-id': 'r', prefer: 'wait=1' })
    const { parameters, waitMs } = calls.get('reserveStock') as Call
    assert.deepEqual(parameters, {
      stockId: 'a-1.b',
      'X-Request-Id': 'r',
      Prefer: 'wait=1',
      'Idempotency-Key': 'order-7',
    })
    assert.equal(waitMs, 1_000)
    for (const key of ['a b', 'x'.repeat(256), '']) {
      const { status, json } = await reserve({ 'idempotency-key': key })
      assert.deepEqual([status, json.errors[0].pointer], [400, 'Idempotency-Key'])
    }
  })
})

describe('operationsOf', () => {
  const changed = (change: object) => {
    const item = smallContract.paths['/things/{thing}']
    return { ...smallContract, paths: { '/things/{thing}': { get: { ...item.get, ...change } } } }
  }

  it('refuses a contract that promises what is not kept', () => {
    const parameter = (change: object) => changed({ parameters: [{ name: 'x', in: 'query', ...change }] })
    for (const [document, words] of [
      [changed({ operationId: undefined }), /has no operationId/],
      [parameter({ in: 'cookie', schema: { type: 'string' } }), /no parameters in cookie/],
      [parameter({ schema: { type: 'array' } }), /no parameters of array/],
      [parameter({ schema: { $ref: '#/components/schemas/Nowhere' } }), /nothing at \/components\/schemas\/Nowhere/],
      [changed({ requestBody: { content: { 'text/plain': { schema: {} } } } }), /application\/json alone/],
    ] as const) {
      assert.throws(() => operationsOf(document), words)
    }
  })
})
