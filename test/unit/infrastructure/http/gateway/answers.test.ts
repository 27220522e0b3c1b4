import assert from 'node:assert/strict'
import { Problem } from '../../../../../operator/application/gateway/answer.ts'
import type { Operation } from '../../../../../operator/application/gateway/call.ts'
import { type ProblemKind, problemKinds } from '../../../../../operator/domain/gateway/problem.ts'
import type { GatewayParts } from '../../../../../operator/infrastructure/http/gateway/gateway-server.ts'
import { closeGateways, goodToken, type RunningGateway, shop, startGateway } from '../../../../fixtures/gateway.ts'

afterEach(closeGateways)

const good = { items: [{ quantity: 1 }] }
const thing = '/api/v1/things/a'
const nothing: Operation = async () => ({ status: 200, body: {} })

/** A gateway whose reads do `operation`. */
function reading(operation: Operation, change: Partial<GatewayParts> = {}): Promise<RunningGateway> {
  return startGateway({ operations: { getThing: operation, changeThing: nothing, pauseThing: nothing }, ...change })
}

describe('what the gateway answers', () => {
  it('gives status, body, place and headers as the operation has them', async () => {
    const { ask } = await reading(async () => ({
      status: 202,
      body: { a: 'ä' },
      location: '/things/b',
      headers: { etag: '"u.1"', 'retry-after': '1' },
    }))
    const { status, headers, json } = await ask(thing)
    assert.deepEqual([status, json], [202, { a: 'ä' }])
    assert.equal(headers.get('content-type'), 'application/json; charset=utf-8')
    assert.equal(headers.get('location'), '/api/v1/things/b')
    assert.equal(headers.get('etag'), '"u.1"')
    assert.equal(headers.get('retry-after'), '1')
  })

  it('has the same three headers on whatever it answers to a call', async () => {
    const { ask, raw } = await startGateway()
    for (const path of [thing, '/nowhere', `${thing}?limit=x`, '/api/v1/things/%ff']) {
      const { headers } = await ask(path)
      assert.equal(headers.get('x-content-type-options'), 'nosniff', path)
      assert.equal(headers.get('cache-control'), 'no-store')
      assert.equal(headers.get('content-security-policy'), "default-src 'none'; frame-ancestors 'none'")
      assert.equal(headers.get('x-request-id'), 'made-id')
    }
    const refused = await raw('NONSENSE\r\n\r\n')
    for (const line of ['x-content-type-options: nosniff', 'cache-control: no-store', 'x-request-id: made-id']) {
      assert.ok(refused.includes(line), refused)
    }
  })
})

describe('the problems of the gateway', () => {
  for (const kind of Object.keys(problemKinds) as ProblemKind[]) {
    it(`renders ${kind}`, async () => {
      const { ask } = await reading(async () => {
        throw new Problem(kind, { detail: 'So it is.', requested: 3, available: 1, missing: 2, reservationId: 'r-1' })
      })
      const { status, headers, json } = await ask(`${thing}?limit=3`, { headers: { 'x-request-id': 'mine' } })
      assert.equal(status, problemKinds[kind].status)
      assert.equal(headers.get('content-type'), 'application/problem+json; charset=utf-8')
      assert.deepEqual(json, {
        type: `/problems/${kind}`,
        title: problemKinds[kind].title,
        status: problemKinds[kind].status,
        detail: 'So it is.',
        reason: kind,
        instance: thing,
        requestId: 'mine',
        requested: 3,
        available: 1,
        missing: 2,
        reservationId: 'r-1',
      })
      assert.equal(headers.get('retry-after'), status === 429 || status === 503 ? '1' : null)
    })
  }

  it('has a word of the operator for a refusal as the reason', async () => {
    const { ask } = await reading(async () => {
      const kind = { status: 409, title: 'Refused', reason: 'InsufficientStock' }
      throw new Problem(kind, { detail: 'It has 1.', retryAfterSeconds: 30 })
    })
    const { status, headers, json } = await ask(thing)
    assert.deepEqual([status, json.reason, json.type], [409, 'InsufficientStock', '/problems/InsufficientStock'])
    assert.equal(headers.get('retry-after'), '30')
    assert.equal('retryAfterSeconds' in json, false)
  })

  it('keeps what went wrong inside to itself, and has it in the log under the id that it tells', async () => {
    const failures = [
      Object.assign(new TypeError(`no such thing: ${goodToken}`), { statusCode: 400, code: 'UND_ERR' }),
      new Error('outer', { cause: new Error(`Bearer ${goodToken}`) }),
      'a text',
      undefined,
    ]
    for (const failure of failures) {
      const { ask, lines } = await reading(async () => {
        throw failure
      })
      const { status, json, text } = await ask(thing)
      assert.deepEqual([status, json.reason], [500, 'Internal'])
      assert.match(json.detail, /made-id/)
      assert.doesNotMatch(text, /no such thing|outer|a text/)
      const line = lines.find(({ level }) => level === 'error')
      assert.equal(line?.['requestId'], 'made-id')
      assert.ok(line?.error instanceof Error)
    }
  })
})

describe('tokens at the gateway', () => {
  const told = async ({ ask }: RunningGateway, authorization: string) => {
    const { status, headers, json } = await ask(thing, { headers: { authorization } })
    return [status, headers.get('www-authenticate'), json.reason]
  }

  it('asks for one where there is none', async () => {
    assert.deepEqual(await told(await startGateway(), ''), [401, 'Bearer', 'Unauthorized'])
  })

  it('takes nothing for one that is none', async () => {
    const gateway = await startGateway()
    for (const given of [
      'Basic YTpi',
      'Bearer',
      'bearer x',
      'Bearer  x',
      'Bearer a b',
      'Bearer ä',
      'x',
      `Bearer ${'x'.repeat(16_385)}`,
    ]) {
      assert.deepEqual(await told(gateway, given), [401, 'Bearer error="invalid_token"', 'Unauthorized'], given)
    }
    const { status } = await gateway.ask(thing, { headers: { authorization: `Bearer ${'x'.repeat(16_384)}` } })
    assert.equal(status, 200)
  })

  it('takes none of two', async () => {
    const { raw } = await startGateway()
    const one = `authorization: Bearer ${goodToken}\r\n`
    assert.match(await raw(`GET ${thing} HTTP/1.1\r\nhost: x\r\n${one}connection: close\r\n\r\n`), /^HTTP\/1.1 200 /)
    const two = await raw(`GET ${thing} HTTP/1.1\r\nhost: x\r\n${one}${one}connection: close\r\n\r\n`)
    assert.match(two, /^HTTP\/1.1 401 /)
  })

  it('passes on what is said of it, and asks nobody before the address is let in', async () => {
    let identified = 0
    const identify = async () => {
      identified += 1
      throw new Problem('Unauthorized', { detail: 'It has run out.' })
    }
    assert.deepEqual(await told(await startGateway({ identify }), `Bearer ${goodToken}`), [
      401,
      'Bearer error="invalid_token"',
      'Unauthorized',
    ])
    const addresses: string[] = []
    const admitAddress = (address: string) => {
      addresses.push(address)
      throw new Problem('TooManyRequests', { detail: 'Too many from there.', retryAfterSeconds: 1 })
    }
    const { ask } = await startGateway({ identify, admitAddress })
    assert.equal((await ask(thing, { headers: { 'x-forwarded-for': '1.2.3.4' } })).status, 429)
    assert.equal(identified, 1)
    assert.match(addresses[0] ?? '', /127[.]0[.]0[.]1$/)
  })

  it('gives the caller to the operation', async () => {
    const { ask } = await reading(async ({ caller }) => ({ status: 200, body: caller }))
    assert.deepEqual((await ask(thing)).json, shop)
  })
})

describe('the log of the gateway', () => {
  it('has a line for each write, and for reads where somebody wants to know', async () => {
    const { ask, post, lines, ended } = await startGateway()
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    await post(thing, good, { 'x-request-id': 'w', traceparent })
    await post(thing, {}, { traceparent: 'nonsense' })
    await ask(`${thing}?namespace=other`)
    await ask('/nowhere?a=b', { headers: { authorization: '' } })
    const seen = lines.map(({ ms, ...line }) => {
      assert.ok(typeof ms === 'number' && ms >= 0)
      return line
    })
    const line = { message: 'request', userId: 'shop', namespace: 'shops', route: '/api/v1/things/{thing}' }
    assert.deepEqual(seen, [
      { ...line, level: 'info', method: 'POST', status: 200, requestId: 'w', traceId: traceparent.slice(3, 35) },
      { ...line, level: 'info', method: 'POST', status: 400, requestId: 'made-id' },
      { ...line, level: 'debug', method: 'GET', status: 200, requestId: 'made-id', namespace: 'other' },
      { message: 'request', level: 'debug', method: 'GET', status: 404, requestId: 'made-id', route: 'none' },
    ])
    assert.deepEqual(
      ended.map(({ method, route, status }) => `${method} ${route} ${status}`),
      [
        'POST /api/v1/things/{thing} 200',
        'POST /api/v1/things/{thing} 400',
        'GET /api/v1/things/{thing} 200',
        'GET none 404',
      ],
    )
  })

  it('never has a token in it', async () => {
    const { ask, post, lines } = await reading(async ({ caller }) => {
      throw new Error(`sent authorization: Bearer ${caller.token}`, { cause: new Error(caller.token) })
    })
    await ask(thing)
    await post(thing, good)
    await ask(thing, { headers: { authorization: `Basic ${goodToken}` } })
    assert.equal(lines.length, 4)
    for (const line of lines) {
      const error = line.error as Error | undefined
      const cause = error?.cause as Error | undefined
      const all = JSON.stringify([line, error?.message, error?.stack, cause?.message, cause?.stack])
      assert.equal(all.includes(goodToken), false, all)
    }
  })
})
