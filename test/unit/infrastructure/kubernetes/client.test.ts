import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KubeConfig } from '@kubernetes/client-node'
import { ApiError, UnknownOutcomeError } from '../../../../operator/infrastructure/kubernetes/api-error.ts'
import {
  type ClientOptions,
  type KubernetesClient,
  kubernetesClient,
} from '../../../../operator/infrastructure/kubernetes/client.ts'
import type { RequestObservation } from '../../../../operator/infrastructure/kubernetes/exchange.ts'

type Answer = (request: IncomingMessage, response: ServerResponse) => unknown

const json =
  (status: number, body: unknown, headers = {}): Answer =>
  (_request, response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))

describe('kubernetes client', () => {
  let server: Server
  let answer: Answer
  let requests: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[]
  let clients: KubernetesClient[]

  const aClient = (options: Partial<ClientOptions> & { user?: object } = {}): KubernetesClient => {
    const { user = {}, ...rest } = options
    const kubeConfig = new KubeConfig()
    const { port } = server.address() as AddressInfo
    kubeConfig.loadFromClusterAndUser(
      { name: 'cluster', server: `http://127.0.0.1:${port}/prefix/`, skipTLSVerify: true },
      { name: 'user', ...user },
    )
    const client = kubernetesClient({ kubeConfig, userAgent: 'the-operator/1', ...rest })
    clients.push(client)
    return client
  }

  beforeEach(async () => {
    requests = []
    clients = []
    answer = json(200, {})
    server = createServer(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += chunk
      requests.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body })
      answer(request, response)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  })

  afterEach(async () => {
    await Promise.all(clients.map((client) => client.close()))
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })

  it('sends method, path under the server’s own, headers and JSON body, and gives body and server time', async () => {
    answer = json(201, { made: true }, { date: 'Sun, 22 Nov 2026 10:00:07 GMT' })
    const client = aClient({ user: { token: 'secret' } })
    const result = await client.call({ method: 'POST', path: '/api/v1/x?y=1', body: { a: 'ü' } })
    assert.deepEqual(result, { body: { made: true }, date: Date.UTC(2026, 10, 22, 10, 0, 7) })
    const [{ method, url, headers, body }] = requests as [(typeof requests)[0]]
    assert.deepEqual([method, url, body], ['POST', '/prefix/api/v1/x?y=1', '{"a":"ü"}'])
    assert.equal(headers['authorization'], 'Bearer secret')
    assert.equal(headers['user-agent'], 'the-operator/1')
    assert.equal(headers['content-type'], 'application/json')
  })

  it('throws a typed error for a Status answer', async () => {
    const details = { name: 'x', causes: [{ reason: 'NamespaceTerminating' }] }
    answer = json(403, { kind: 'Status', reason: 'Forbidden', message: 'not now', details })
    const error = await aClient().call({ method: 'GET', path: '/x' }).catch((caught: unknown) => caught)
    assert.ok(error instanceof ApiError)
    assert.deepEqual([error.status, error.reason, error.message], [403, 'Forbidden', 'not now'])
    assert.equal(error.hasCause('NamespaceTerminating'), true)
    assert.equal(error.hasCause('Other'), false)
    assert.equal(error.retryAfterMs, undefined)
  })

  it('reads how long to wait from the header or the details', async () => {
    answer = json(429, { kind: 'Status', reason: 'TooManyRequests' }, { 'retry-after': '7' })
    await assert.rejects(aClient().call({ method: 'GET', path: '/x' }), { status: 429, retryAfterMs: 7_000 })
    answer = json(504, { kind: 'Status', reason: 'Timeout', details: { retryAfterSeconds: 2 } })
    await assert.rejects(aClient().call({ method: 'GET', path: '/x' }), { status: 504, retryAfterMs: 2_000 })
  })

  it('throws a typed error for an answer of a proxy that is no Status', async () => {
    answer = (_request, response) => response.writeHead(502).end('<html>bad gateway')
    await assert.rejects(aClient().call({ method: 'GET', path: '/x' }), {
      name: 'ApiError',
      status: 502,
      reason: '',
      message: 'HTTP 502: <html>bad gateway',
    })
  })

  for (const { name, fault, sent } of [
    { name: 'a connection that is reset before the answer', fault: (request: IncomingMessage) => request.destroy(), sent: true },
    {
      name: 'an answer that breaks off',
      fault: (_request: IncomingMessage, response: ServerResponse) => {
        response.writeHead(200, { 'content-length': '100' }).write('{"half":')
        setImmediate(() => response.destroy())
      },
      sent: true,
    },
    {
      name: 'an answer that is not JSON',
      fault: (_request: IncomingMessage, response: ServerResponse) => response.writeHead(200).end('{"half":'),
      sent: true,
    },
    { name: 'no answer in time', fault: () => undefined, sent: true },
    {
      name: 'a body that does not end in time',
      fault: (_request: IncomingMessage, response: ServerResponse) => response.writeHead(200).write('{'),
      sent: true,
    },
  ]) {
    it(`leaves the outcome unknown after ${name}, and goes on`, async () => {
      const client = aClient({ requestTimeoutMs: 200 })
      answer = fault
      const error = await client.call({ method: 'PUT', path: '/x', body: {} }).catch((caught: unknown) => caught)
      assert.ok(error instanceof UnknownOutcomeError, String(error))
      assert.equal(error.sent, sent)
      assert.equal(requests.length, 1)
      answer = json(200, { fine: true })
      assert.deepEqual((await client.call({ method: 'GET', path: '/x' })).body, { fine: true })
    })
  }

  it('says that nothing was sent when no connection can be made', async () => {
    const client = aClient()
    server.close()
    const error = await client.call({ method: 'PUT', path: '/x', body: {} }).catch((caught: unknown) => caught)
    assert.ok(error instanceof UnknownOutcomeError)
    assert.equal(error.sent, false)
    server.listen(0) // for afterEach
    await once(server, 'listening')
  })

  it('obeys the caller’s signal, before and while it waits', async () => {
    answer = () => undefined
    const abort = new AbortController()
    const waiting = aClient().call({ method: 'GET', path: '/x', signal: abort.signal })
    setTimeout(() => abort.abort(new Error('enough')), 20)
    await assert.rejects(waiting, { name: 'UnknownOutcomeError', sent: true, message: /enough/ })
    const late = aClient().call({ method: 'GET', path: '/x', signal: abort.signal })
    await assert.rejects(late, { name: 'UnknownOutcomeError', sent: false })
  })

  it('ends running calls when it is closed, and takes no more', async () => {
    answer = () => undefined
    const client = aClient()
    const waiting = assert.rejects(client.call({ method: 'GET', path: '/x' }), { name: 'UnknownOutcomeError', sent: true })
    while (requests.length === 0) await new Promise((resolve) => setImmediate(resolve))
    await client.close()
    await waiting
    await assert.rejects(client.call({ method: 'GET', path: '/x' }), { name: 'UnknownOutcomeError', sent: false })
  })

  it('reads a rotated token again after a 401 and repeats the call once', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'client-test-'))
    const tokenFile = join(directory, 'token')
    await writeFile(tokenFile, 'first\n')
    const client = aClient({ user: { authProvider: { name: 'tokenFile', config: { tokenFile } } } })
    answer = (request, response) => json(request.headers.authorization === 'Bearer first' ? 200 : 401, {})(request, response)
    await client.call({ method: 'GET', path: '/x' })
    await writeFile(tokenFile, 'second\n')
    answer = (request, response) => json(request.headers.authorization === 'Bearer second' ? 200 : 401, {})(request, response)
    await client.call({ method: 'GET', path: '/x' })
    assert.deepEqual(requests.map(({ headers }) => headers.authorization), ['Bearer first', 'Bearer first', 'Bearer second'])
    await rm(directory, { recursive: true })
  })

  it('passes a 401 on when there are no other credentials', async () => {
    answer = json(401, { kind: 'Status', reason: 'Unauthorized' })
    await assert.rejects(aClient({ user: { token: 'old' } }).call({ method: 'GET', path: '/x' }), { status: 401 })
    assert.equal(requests.length, 1)
  })

  it('says that nothing was sent when there are no credentials to be had', async () => {
    const user = { authProvider: { name: 'tokenFile', config: { tokenFile: '/does/not/exist' } } }
    const calling = aClient({ user }).call({ method: 'GET', path: '/x' })
    await assert.rejects(calling, { name: 'UnknownOutcomeError', sent: false, message: /credentials/ })
  })

  it('hands over the lines of a stream as they come and resolves at its end', async () => {
    let response: ServerResponse | undefined
    answer = (_request, opened) => {
      response = opened
      opened.writeHead(200).write('{"n":1}\n{"n"')
    }
    const seen: { n: number }[] = []
    const first = Promise.withResolvers<void>()
    const streaming = aClient().stream<{ n: number }>({ method: 'GET', path: '/x' }, (document) => {
      seen.push(document)
      first.resolve()
    })
    await first.promise
    assert.deepEqual(seen, [{ n: 1 }])
    response?.end(':2}\n')
    await streaming
    assert.deepEqual(seen, [{ n: 1 }, { n: 2 }])
  })

  it('throws for a stream that is refused, cut or silent', async () => {
    const stream = (timeoutMs?: number) => aClient().stream({ method: 'GET', path: '/x', timeoutMs }, () => undefined)
    answer = json(410, { kind: 'Status', reason: 'Expired' })
    await assert.rejects(stream(), { name: 'ApiError', status: 410 })
    answer = (_request, response) => {
      response.writeHead(200).write('{"n":1}\n')
      setImmediate(() => response.destroy())
    }
    await assert.rejects(stream(), { name: 'UnknownOutcomeError' })
    answer = (_request, response) => response.writeHead(200).write('{"n":1}\n')
    await assert.rejects(stream(200), { name: 'UnknownOutcomeError' })
  })

  it('ends a stream whose consumer throws, with that error', async () => {
    const closed = Promise.withResolvers<void>()
    answer = (_request, response) => {
      response.on('close', closed.resolve)
      response.writeHead(200).write('{"n":1}\n')
    }
    const fault = new Error('the consumer’s')
    const streaming = aClient().stream({ method: 'GET', path: '/x' }, () => {
      throw fault
    })
    await assert.rejects(streaming, fault)
    await closed.promise
  })

  it('tells of each request once: method, host, resource, status and time', async () => {
    const seen: RequestObservation[] = []
    const client = aClient({ onRequest: (observation) => seen.push(observation), requestTimeoutMs: 200 })
    answer = json(201, {})
    await client.call({ method: 'POST', path: '/x', resource: 'boxes', body: {} })
    answer = json(409, { kind: 'Status' })
    await client.call({ method: 'PUT', path: '/x', resource: 'boxes', body: {} }).catch(() => undefined)
    answer = (request) => request.destroy()
    await client.call({ method: 'GET', path: '/x' }).catch(() => undefined)
    answer = (_request, response) => response.writeHead(200).end('{}\n')
    await client.stream({ method: 'GET', path: '/x', resource: 'boxes' }, () => undefined)
    const { port } = server.address() as AddressInfo
    assert.deepEqual(seen.map(({ seconds, ...rest }) => ({ ...rest, timed: seconds >= 0 && seconds < 5 })), [
      { method: 'POST', host: `127.0.0.1:${port}`, resource: 'boxes', code: 201, timed: true },
      { method: 'PUT', host: `127.0.0.1:${port}`, resource: 'boxes', code: 409, timed: true },
      { method: 'GET', host: `127.0.0.1:${port}`, resource: '', timed: true },
      { method: 'GET', host: `127.0.0.1:${port}`, resource: 'boxes', code: 200, timed: true },
    ])
  })
})
