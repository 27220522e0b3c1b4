import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ApiError, UnknownOutcomeError } from '../../../../operator/infrastructure/kubernetes/api-error.ts'
import type { RequestObservation } from '../../../../operator/infrastructure/kubernetes/exchange.ts'
import { answeringServer, json } from './answering-server.ts'

describe('kubernetes client', () => {
  let server: Awaited<ReturnType<typeof answeringServer>>

  beforeEach(async () => {
    server = await answeringServer()
  })

  afterEach(() => server.close())

  it('sends method, path under the server’s own, headers and JSON body, and gives body and server time', async () => {
    server.answers(json(201, { made: true }, { date: 'Sun, 22 Nov 2026 10:00:07 GMT' }))
    const client = server.aClient({ user: { token: 'secret' } })
    const result = await client.call({ method: 'POST', path: '/api/v1/x?y=1', body: { a: 'ü' } })
    assert.deepEqual(result, { body: { made: true }, date: Date.UTC(2026, 10, 22, 10, 0, 7) })
    const [{ method, url, headers, body }] = server.requests as [(typeof server.requests)[0]]
    assert.deepEqual([method, url, body], ['POST', '/prefix/api/v1/x?y=1', '{"a":"ü"}'])
    assert.equal(headers['authorization'], 'Bearer secret')
    assert.equal(headers['user-agent'], 'the-operator/1')
    assert.equal(headers['content-type'], 'application/json')
  })

  it('throws a typed error for a Status answer', async () => {
    const details = { name: 'x', causes: [{ reason: 'NamespaceTerminating' }] }
    server.answers(json(403, { kind: 'Status', reason: 'Forbidden', message: 'not now', details }))
    const error = await server
      .aClient()
      .call({ method: 'GET', path: '/x' })
      .catch((caught: unknown) => caught)
    assert.ok(error instanceof ApiError)
    assert.deepEqual([error.status, error.reason, error.message], [403, 'Forbidden', 'not now'])
    assert.equal(error.hasCause('NamespaceTerminating'), true)
    assert.equal(error.hasCause('Other'), false)
    assert.equal(error.retryAfterMs, undefined)
  })

  it('reads how long to wait from the header or the details', async () => {
    server.answers(json(429, { kind: 'Status', reason: 'TooManyRequests' }, { 'retry-after': '7' }))
    await assert.rejects(server.aClient().call({ method: 'GET', path: '/x' }), { status: 429, retryAfterMs: 7_000 })
    server.answers(json(504, { kind: 'Status', reason: 'Timeout', details: { retryAfterSeconds: 2 } }))
    await assert.rejects(server.aClient().call({ method: 'GET', path: '/x' }), { status: 504, retryAfterMs: 2_000 })
  })

  for (const [asked, ms] of [
    ['86400', 30_000],
    ['1e308', 30_000],
    ['0', undefined],
    ['-7', undefined],
    ['soon', undefined],
    ['Sun, 22 Nov 2026 10:00:07 GMT', undefined],
  ] as const)
    it(`waits no longer than half a minute, and only where it is asked to wait: ${asked}`, async () => {
      const status = { kind: 'Status', reason: 'TooManyRequests' }
      server.answers(json(429, status, { 'retry-after': asked }))
      await assert.rejects(server.aClient().call({ method: 'GET', path: '/x' }), { status: 429, retryAfterMs: ms })
      server.answers(json(403, { ...status, details: { retryAfterSeconds: Number(asked) || asked } }))
      await assert.rejects(server.aClient().call({ method: 'GET', path: '/x' }), { status: 403, retryAfterMs: ms })
    })

  it('throws a typed error for an answer of a proxy that is no Status', async () => {
    server.answers((_request, response) => response.writeHead(502).end('<html>bad gateway'))
    await assert.rejects(server.aClient().call({ method: 'GET', path: '/x' }), {
      name: 'ApiError',
      status: 502,
      reason: '',
      message: 'HTTP 502: <html>bad gateway',
    })
  })

  for (const { name, fault } of [
    { name: 'a connection that is reset before the answer', fault: (request: IncomingMessage) => request.destroy() },
    {
      name: 'an answer that breaks off',
      fault: (_request: IncomingMessage, response: ServerResponse) => {
        response.writeHead(200, { 'content-length': '100' }).write('{"half":')
        setImmediate(() => response.destroy())
      },
    },
    {
      name: 'an answer that is not JSON',
      fault: (_request: IncomingMessage, response: ServerResponse) => response.writeHead(200).end('{"half":'),
    },
    { name: 'no answer in time', fault: () => undefined },
    {
      name: 'a body that does not end in time',
      fault: (_request: IncomingMessage, response: ServerResponse) => response.writeHead(200).write('{'),
    },
  ]) {
    it(`leaves the outcome unknown after ${name}, and goes on`, async () => {
      const client = server.aClient({ requestTimeoutMs: 200 })
      server.answers(fault)
      const error = await client.call({ method: 'PUT', path: '/x', body: {} }).catch((caught: unknown) => caught)
      assert.ok(error instanceof UnknownOutcomeError, String(error))
      assert.equal(error.sent, true)
      assert.equal(server.requests.length, 1)
      server.answers(json(200, { fine: true }))
      assert.deepEqual((await client.call({ method: 'GET', path: '/x' })).body, { fine: true })
    })
  }

  it('says that nothing was sent when no connection can be made', async () => {
    const client = server.aClient()
    await server.vanish()
    const error = await client.call({ method: 'PUT', path: '/x', body: {} }).catch((caught: unknown) => caught)
    assert.ok(error instanceof UnknownOutcomeError)
    assert.equal(error.sent, false)
  })

  it('obeys the caller’s signal, before and while it waits', async () => {
    server.answers(() => undefined)
    const abort = new AbortController()
    const waiting = server.aClient().call({ method: 'GET', path: '/x', signal: abort.signal })
    setTimeout(() => abort.abort(new Error('enough')), 20)
    await assert.rejects(waiting, { name: 'UnknownOutcomeError', sent: true, message: /enough/ })
    const late = server.aClient().call({ method: 'GET', path: '/x', signal: abort.signal })
    await assert.rejects(late, { name: 'UnknownOutcomeError', sent: false })
  })

  it('ends running calls when it is closed, and takes no more', async () => {
    server.answers(() => undefined)
    const client = server.aClient()
    const waiting = assert.rejects(client.call({ method: 'GET', path: '/x' }), {
      name: 'UnknownOutcomeError',
      sent: true,
    })
    while (server.requests.length === 0) await new Promise((resolve) => setImmediate(resolve))
    await client.close()
    await waiting
    await assert.rejects(client.call({ method: 'GET', path: '/x' }), { name: 'UnknownOutcomeError', sent: false })
  })

  it('reads a rotated token again after a 401 and repeats the call once', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'client-test-'))
    const tokenFile = join(directory, 'token')
    await writeFile(tokenFile, 'first\n')
    const client = server.aClient({ user: { authProvider: { name: 'tokenFile', config: { tokenFile } } } })
    server.answers((request, response) =>
      json(request.headers.authorization === 'Bearer first' ? 200 : 401, {})(request, response),
    )
    await client.call({ method: 'GET', path: '/x' })
    await writeFile(tokenFile, 'second\n')
    server.answers((request, response) =>
      json(request.headers.authorization === 'Bearer second' ? 200 : 401, {})(request, response),
    )
    await client.call({ method: 'GET', path: '/x' })
    assert.deepEqual(
      server.requests.map(({ headers }) => headers.authorization),
      ['Bearer first', 'Bearer first', 'Bearer second'],
    )
    await rm(directory, { recursive: true })
  })

  it('passes a 401 on when there are no other credentials', async () => {
    server.answers(json(401, { kind: 'Status', reason: 'Unauthorized' }))
    await assert.rejects(server.aClient({ user: { token: 'old' } }).call({ method: 'GET', path: '/x' }), {
      status: 401,
    })
    assert.equal(server.requests.length, 1)
  })

  it('says that nothing was sent when there are no credentials to be had', async () => {
    const user = { authProvider: { name: 'tokenFile', config: { tokenFile: '/does/not/exist' } } }
    const calling = server.aClient({ user }).call({ method: 'GET', path: '/x' })
    await assert.rejects(calling, { name: 'UnknownOutcomeError', sent: false, message: /credentials/ })
  })

  it('tells of each request once: method, host, resource, status and time', async () => {
    const seen: RequestObservation[] = []
    const client = server.aClient({ onRequest: (observation) => seen.push(observation), requestTimeoutMs: 200 })
    server.answers(json(201, {}))
    await client.call({ method: 'POST', path: '/x', resource: 'boxes', body: {} })
    server.answers(json(409, { kind: 'Status' }))
    await client.call({ method: 'PUT', path: '/x', resource: 'boxes', body: {} }).catch(() => undefined)
    server.answers((request) => request.destroy())
    await client.call({ method: 'GET', path: '/x' }).catch(() => undefined)
    server.answers((_request, response) => response.writeHead(200).end('{}\n'))
    await client.stream({ method: 'GET', path: '/x', resource: 'boxes' }, () => undefined)
    const { port } = server
    assert.deepEqual(
      seen.map(({ seconds, ...rest }) => ({ ...rest, timed: seconds >= 0 && seconds < 5 })),
      [
        { method: 'POST', host: `127.0.0.1:${port}`, resource: 'boxes', code: 201, timed: true },
        { method: 'PUT', host: `127.0.0.1:${port}`, resource: 'boxes', code: 409, timed: true },
        { method: 'GET', host: `127.0.0.1:${port}`, resource: '', timed: true },
        { method: 'GET', host: `127.0.0.1:${port}`, resource: 'boxes', code: 200, timed: true },
      ],
    )
  })
})
