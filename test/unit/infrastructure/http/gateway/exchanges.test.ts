import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { Problem } from '../../../../../operator/application/gateway/answer.ts'
import { boundedServer, connectionLimits } from '../../../../../operator/infrastructure/http/gateway/http-server.ts'
import { closeGateways, goodToken, startGateway } from '../../../../fixtures/gateway.ts'
import { connection, good, hangUp, head, patient, thing, waiting } from '../../../../fixtures/gateway-connections.ts'
import { until } from '../../../../fixtures/until.ts'

afterEach(() => {
  hangUp()
  return closeGateways()
})

const statuses = (text: string) => text.match(/HTTP\/1\.1 \d+/g)?.map((line) => line.slice(-3))
const authorized = `host: x\r\nauthorization: Bearer ${goodToken}\r\n`

describe('requests that wait for others of their connection', () => {
  it('end with it, and keep no place', async () => {
    const { calls, operations } = patient()
    const { port, ask, ended } = await startGateway({ operations, maxInFlight: 6 })
    const { socket } = connection(port)
    const pausing = `POST ${thing}/pause HTTP/1.1\r\n${authorized}content-length: 0\r\n\r\n`
    socket.write(`GET ${thing} HTTP/1.1\r\n${authorized}\r\n${pausing.repeat(5)}`)
    await waiting(calls, 1)
    await pause(50) // the others are done
    socket.destroy()
    await until('their end', 5_000, async () => (ended.length === 6 ? true : undefined), 5)
    await pause(50)
    const all = ended.map(({ status }) => status)
    assert.deepEqual(all, Array(6).fill(499))
    assert.equal((await ask('/openapi.json')).status, 200)
  })

  it('end where node does not say so', async () => {
    const closes: string[] = []
    const server = boundedServer({
      limits: connectionLimits,
      randomId: () => 'made-id',
      handler(request, response) {
        silenceOfNode(request.socket, response)
        response.on('close', () => closes.push(request.url ?? ''))
      },
    })
    const port = await server.listen(0)
    try {
      const { socket } = connection(port)
      socket.write(['/a', '/b', '/c'].map((path) => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`).join(''))
      await pause(50)
      socket.destroy()
      await until('their end', 5_000, async () => (closes.length === 3 ? true : undefined), 5)
      await pause(20)
      assert.deepEqual(closes, ['/a', '/b', '/c'])
    } finally {
      await server.close(0)
    }
  })
})

/** What it says at once when the connection closes is not heard. */
function silenceOfNode(socket: Duplex, response: ServerResponse): void {
  let heard = false
  socket.once('close', () => process.nextTick(() => (heard = true)))
  const emit = response.emit.bind(response) as (event: string, ...more: unknown[]) => boolean
  const audible = (event: string, ...more: unknown[]) => (event === 'close' && !heard ? true : emit(event, ...more))
  Object.assign(response, { emit: audible })
}

describe('a request that is answered before all of it is there', () => {
  const unknown = async () => {
    throw new Problem('Unauthorized', { detail: 'Nobody knows who that is.' })
  }
  const limits = { headersTimeoutMs: 300, requestTimeoutMs: 600 }

  for (const [what, lines, rest] of [
    ['goes on with nonsense', 'transfer-encoding: chunked', 'ZZ\r\n'],
    ['never goes on', 'content-length: 10', ''],
  ] as const)
    it(`gets no other answer when it ${what}`, async () => {
      const { port } = await startGateway({ identify: unknown, limits })
      const { socket, text, closed } = connection(port)
      socket.write(head(lines))
      await until('an answer', 5_000, async () => (text() === '' ? undefined : true), 5)
      socket.write(rest)
      await closed
      assert.deepEqual(statuses(text()), ['401'])
    })

  it('leaves its connection to the next one when the rest has come', async () => {
    const { port } = await startGateway({ identify: unknown, limits })
    const { socket, text, closed } = connection(port)
    socket.write(head('content-length: 5'))
    await until('an answer', 5_000, async () => (text() === '' ? undefined : true), 5)
    socket.write('abcdeGET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n')
    await until('the next one', 5_000, async () => (statuses(text())?.length === 2 ? true : undefined), 5)
    socket.write('nonsense\r\n\r\n')
    await closed
    assert.deepEqual(statuses(text()), ['401', '200', '400'])
  })

  it('may be followed by nonsense, which is answered as that', async () => {
    const { port } = await startGateway({ identify: unknown, limits })
    const { socket, text, closed } = connection(port)
    socket.write(head('content-length: 5'))
    await until('an answer', 5_000, async () => (text() === '' ? undefined : true), 5)
    socket.write('abcde')
    await pause(20)
    socket.write('nonsense\r\n\r\n')
    await closed
    assert.deepEqual(statuses(text()), ['401', '400'])
  })
})

describe('nonsense in a body', () => {
  it('is not told as the answer to a request before it', async () => {
    const { calls, operations } = patient()
    const { port } = await startGateway({ operations })
    const { socket, text, closed } = connection(port)
    socket.write(`${head(`content-length: ${good.length}`)}${good}`)
    await waiting(calls, 1)
    socket.write(`${head('transfer-encoding: chunked')}ZZ\r\n`)
    await closed
    assert.equal(text(), '')
  })
})
