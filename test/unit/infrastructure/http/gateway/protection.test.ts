import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Problem } from '../../../../../operator/application/gateway/answer.ts'
import type { Call, Operation } from '../../../../../operator/application/gateway/call.ts'
import { closeGateways, goodToken, smallContract, startGateway } from '../../../../fixtures/gateway.ts'
import { connection, good, hangUp, head, patient, thing, waiting } from '../../../../fixtures/gateway-connections.ts'
import { until } from '../../../../fixtures/until.ts'

afterEach(() => {
  hangUp()
  return closeGateways()
})

describe('the bounds of the gateway', () => {
  it('takes 64 KiB of body and answers more with 413, also when it is not said before', async () => {
    const { post, raw } = await startGateway()
    const sized = (bytes: number) => `${good}${' '.repeat(bytes - good.length)}`
    assert.equal((await post(thing, sized(65_536))).status, 200)
    for (const bytes of [65_537, 500_000]) {
      const { status, json } = await post(thing, sized(bytes))
      assert.deepEqual([status, json.reason], [413, 'TooLarge'])
    }
    const chunk = `4000\r\n${' '.repeat(0x4000)}\r\n`
    const chunked = head('transfer-encoding: chunked', 'connection: close')
    assert.match(await raw(`${chunked}${chunk.repeat(10)}0\r\n\r\n`), /^HTTP\/1.1 413 /)
    assert.match(await raw(`${chunked}${good.length.toString(16)}\r\n${good}\r\n0\r\n\r\n`), /^HTTP\/1.1 200 /)
  })

  it('takes as much of a body as the contract says of that call, and no more', async () => {
    const document = JSON.parse(JSON.stringify(smallContract))
    document.paths['/things/{thing}'].post.requestBody['x-most-bytes'] = 100_000
    const { post } = await startGateway({ document })
    const sized = (bytes: number) => `${good}${' '.repeat(bytes - good.length)}`
    assert.equal((await post(thing, sized(100_000))).status, 200)
    const { status, json } = await post(thing, sized(100_001))
    assert.deepEqual([status, json.detail], [413, 'A body has at most 100000 bytes here.'])
  })

  it('ends a body that never ends', async () => {
    const { port } = await startGateway()
    const { socket, text, closed } = connection(port)
    socket.write(head('transfer-encoding: chunked'))
    const chunk = `4000\r\n${' '.repeat(0x4000)}\r\n`
    socket.on('drain', () => socket.write(chunk))
    for (let sent = 0; sent < 100; sent += 1) socket.write(chunk)
    await closed
    assert.ok(text() === '' || text().startsWith('HTTP/1.1 413 '), text())
  })

  it('takes 32 KiB of headers and answers more with a problem', async () => {
    const { ask, raw } = await startGateway()
    assert.equal((await ask(thing, { headers: { padding: 'x'.repeat(30_000) } })).status, 200)
    const answer = await raw(`GET ${thing} HTTP/1.1\r\nhost: x\r\npadding: ${'x'.repeat(40_000)}\r\n\r\n`)
    assert.match(answer, /^HTTP\/1.1 431 Request Header Fields Too Large\r\n/)
    const { reason, requestId } = JSON.parse(answer.split('\r\n\r\n')[1] ?? '')
    assert.deepEqual([reason, requestId], ['HeadersTooLarge', 'made-id'])
    assert.match(await raw(`GET /${'x'.repeat(40_000)} HTTP/1.1\r\nhost: x\r\n\r\n`), /^HTTP\/1.1 431 /)
  })

  it('answers what is no HTTP, or HTTP to smuggle something, with 400 and hangs up', async () => {
    const { raw } = await startGateway()
    for (const bytes of [
      'hello\r\n\r\n',
      `GET ${thing} HTTP/1.1\r\nhost: x\r\na b: c\r\n\r\n`,
      `${head('content-length: 5', 'transfer-encoding: chunked')}0\r\n\r\n`,
      head('content-length: 1', 'content-length: 2'),
      head('content-length: -1'),
      `${head('transfer-encoding: chunked')}zz\r\n`,
    ]) {
      assert.match(await raw(bytes), /^HTTP\/1.1 400 /, bytes)
    }
  })

  it('answers in its own words what node would answer by itself, and hangs up', async () => {
    const { raw } = await startGateway()
    const get = (...lines: string[]) => `GET ${thing} HTTP/1.1\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`
    for (const [bytes, status, reason] of [
      [get(), 400, 'Invalid'],
      [get('host: a', 'host: b'), 400, 'Invalid'],
      [get('host: a/b'), 400, 'Invalid'],
      [get('host: x', 'expect: 200-ok'), 417, 'ExpectationFailed'],
      ['CONNECT x:443 HTTP/1.1\r\nhost: x:443\r\n\r\n', 405, 'MethodNotAllowed'],
    ] as const) {
      const answer = await raw(bytes)
      assert.match(answer, new RegExp(`^HTTP/1.1 ${status} .*content-type: application/problem[+]json`, 's'), bytes)
      assert.equal(JSON.parse(answer.split('\r\n\r\n')[1] ?? '').reason, reason)
    }
  })

  it('takes whatever name it is called by, and an older client that calls it by none', async () => {
    const { raw } = await startGateway()
    for (const host of ['host: x', 'Host: [::1]:8090', 'host: shop.example.com:443', 'host:']) {
      assert.match(await raw(`GET /openapi.json HTTP/1.1\r\n${host}\r\nconnection: close\r\n\r\n`), /^HTTP\/1.1 200 /)
    }
    assert.match(await raw('GET /openapi.json HTTP/1.0\r\n\r\n'), /^HTTP\/1.1 200 /)
    const body = `${head(`content-length: ${good.length}`, 'expect: 100-continue', 'connection: close')}${good}`
    assert.match(await raw(body), /^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 /)
  })

  it('hangs up, and answers nothing twice, where a call is followed by nonsense', async () => {
    const { calls, operations } = patient()
    const { port } = await startGateway({ operations })
    const { socket, text, closed } = connection(port)
    socket.write(`${head(`content-length: ${good.length}`)}${good}`)
    await waiting(calls, 1)
    socket.write('nonsense\r\n\r\n')
    await closed
    assert.equal(text(), '')
    assert.equal(calls[0]?.over.aborted, true)
  })

  it('waits for slow headers and bodies only so long', async () => {
    const limits = { headersTimeoutMs: 300, requestTimeoutMs: 600 }
    const { port } = await startGateway({ limits })
    const slowHeaders = connection(port)
    slowHeaders.socket.write('GET / HTTP/1.1\r\nhost: x\r\n')
    const slowBody = connection(port)
    slowBody.socket.write(`${head('content-length: 100')}{`)
    await Promise.all([slowHeaders.closed, slowBody.closed])
    assert.match(slowHeaders.text(), /^HTTP\/1.1 408 /)
    assert.match(slowBody.text(), /^HTTP\/1.1 408 .*"reason":"TooSlow"/s)
  })

  it('closes connections that nobody uses', async () => {
    const { port } = await startGateway({ limits: { keepAliveTimeoutMs: 200 } })
    const { socket, text, closed } = connection(port)
    socket.write('GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n')
    await closed
    assert.match(text(), /^HTTP\/1.1 200 /)
  })

  it('cuts those who do not read their answers, so that they keep nobody out', async () => {
    const large = { body: 'x'.repeat(16 * 1024 * 1024) }
    const operations = { ...patient().operations, getThing: async () => ({ status: 200, body: large }) as const }
    const { ask, port } = await startGateway({ operations, maxInFlight: 1, limits: { readTimeoutMs: 300 } })
    const deaf = connection(port)
    deaf.socket.pause()
    deaf.socket.write(`GET ${thing} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${goodToken}\r\n\r\n`)
    await until('a full gateway', 5_000, async () => ((await ask('/openapi.json')).status === 503 ? true : undefined))
    await until('room', 5_000, async () => ((await ask('/openapi.json')).status === 200 ? true : undefined))
  })

  it('takes no more connections than it may: the one goes that has been unused for the longest', async () => {
    const { port, ask } = await startGateway({ limits: { maxConnections: 3 } })
    const [first, second] = [connection(port), connection(port)]
    for (const { socket, text } of [first, second]) {
      socket.write('GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n')
      await until('an answer', 5_000, async () => (text() === '' ? undefined : true))
    }
    first.socket.write('GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n') // now the second one is
    await until('both answers', 5_000, async () => (first.text().split('HTTP/1.1 200').length === 3 ? true : undefined))
    const third = connection(port)
    await once(third.socket, 'connect')
    assert.equal((await ask('/openapi.json', { headers: { connection: 'close' } })).status, 200)
    await second.closed
    assert.deepEqual([first.socket.closed, third.socket.closed], [false, false])
  })

  it('sends those away who come while all connections are in use', async () => {
    const { calls, operations } = patient()
    const { port } = await startGateway({ operations, limits: { maxConnections: 2 } })
    const held = [connection(port), connection(port)]
    for (const { socket } of held) socket.write(`${head(`content-length: ${good.length}`)}${good}`)
    await waiting(calls, 2)
    const third = connection(port)
    await third.closed
    assert.deepEqual([third.text(), ...held.map(({ socket }) => socket.closed)], ['', false, false])
  })

  it('answers 503 while as many calls are under way as may be, and goes on afterwards', async () => {
    const { calls, operations } = patient()
    const { ask, port, overloads } = await startGateway({ operations, maxInFlight: 2 })
    const held = [connection(port), connection(port)]
    for (const { socket } of held) socket.write(`${head(`content-length: ${good.length}`)}${good}`)
    await waiting(calls, 2)
    const { status, headers, json } = await ask('/openapi.json')
    assert.deepEqual([status, json.reason, headers.get('retry-after')], [503, 'Overloaded', '1'])
    assert.deepEqual(overloads, ['requests'])
    for (const { socket } of held) socket.destroy()
    const again = () => ask('/openapi.json').then((answer) => (answer.status === 200 ? true : undefined))
    await until('room again', 5_000, again)
  })

  it('lets nobody in while all is late, does nothing for them, and goes on with those who are there', async () => {
    const { calls, operations } = patient()
    const pressure: { problem: Problem | undefined } = { problem: undefined }
    const { post, ask, server, overloads } = await startGateway({ operations, pressure })
    const early = post(thing, good)
    await waiting(calls, 1)
    pressure.problem = new Problem('Overloaded', { detail: 'All is late.' })
    for (const answer of await Promise.all([post(thing, good), ask(thing), ask('/openapi.json')])) {
      const { status, json, headers } = answer
      assert.deepEqual([status, json.reason, headers.get('retry-after')], [503, 'Overloaded', '1'])
    }
    assert.deepEqual([calls.length, overloads], [1, ['event loop', 'event loop', 'event loop']])
    pressure.problem = undefined
    assert.equal((await ask('/openapi.json')).status, 200)
    await server.close()
    assert.equal((await early).status, 202)
  })

  it('counts a call whose client has left for as long as it goes on', async () => {
    const { calls, operations } = patient({ deaf: true })
    const { ask, port, ended } = await startGateway({ operations, maxInFlight: 1, closeGraceMs: 50 })
    const { socket } = connection(port)
    socket.write(`${head(`content-length: ${good.length}`)}${good}`)
    await waiting(calls, 1)
    socket.destroy()
    await until('its end', 5_000, async () => ended.find(({ status }) => status === 499))
    assert.equal((await ask('/openapi.json')).status, 503)
  })

  it('tells a call when its client hangs up, and never when it was answered', async () => {
    const { calls, operations } = patient()
    const answered: Call[] = []
    const pauseThing: Operation = async (call) => {
      answered.push(call)
      return { status: 200, body: {} }
    }
    const { ask, port, lines } = await startGateway({ operations: { ...operations, pauseThing } })
    const { socket } = connection(port)
    socket.write(`${head(`content-length: ${good.length}`)}${good}`)
    await waiting(calls, 1)
    assert.equal(calls[0]?.over.aborted, false)
    socket.destroy()
    await until('the news', 5_000, async () => (calls[0]?.over.aborted ? true : undefined))
    await ask(`${thing}/pause`, { method: 'POST' })
    assert.equal(answered[0]?.over.aborted, false)
    assert.deepEqual(
      lines.map(({ status }) => status),
      [499, 200],
    )
    assert.equal(
      lines.some(({ level }) => level === 'error'),
      false,
    )
  })
})
