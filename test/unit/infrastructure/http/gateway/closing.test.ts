import assert from 'node:assert/strict'
import { closeGateways, type RunningGateway, startGateway } from '../../../../fixtures/gateway.ts'
import { connection, good, hangUp, head, patient, thing, waiting } from '../../../../fixtures/gateway-connections.ts'
import { until } from '../../../../fixtures/until.ts'

afterEach(() => {
  hangUp()
  return closeGateways()
})

describe('the end of the gateway', () => {
  const closing = async ({ server }: RunningGateway): Promise<number> => {
    const since = performance.now()
    await server.close()
    return performance.now() - since
  }

  it('lets calls that are under way answer what is known, and hangs up', async () => {
    const { calls, operations } = patient()
    const gateway = await startGateway({ operations, closeGraceMs: 60_000 })
    const call = gateway.post(thing, good)
    await waiting(calls, 1)
    const tookMs = closing(gateway)
    const { status, headers, json } = await call
    assert.deepEqual([status, json, headers.get('connection')], [202, { known: true }, 'close'])
    assert.ok((await tookMs) < 10_000)
    await assert.rejects(gateway.ask(thing))
  })

  it('is told beforehand to those who keep connections, with answers as ever', async () => {
    const gateway = await startGateway()
    const kept = connection(gateway.port)
    kept.socket.write('GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n')
    await until('an answer', 5_000, async () => (kept.text() === '' ? undefined : true))
    assert.doesNotMatch(kept.text(), /connection: close/i)
    gateway.server.leave()
    kept.socket.write('GET /none HTTP/1.1\r\nhost: x\r\n\r\n')
    await kept.closed
    assert.match(kept.text(), /HTTP\/1.1 404 .*connection: close/is)
    const { status, headers } = await gateway.ask(thing)
    assert.deepEqual([status, headers.get('connection')], [200, 'close'])
  })

  it('waits neither for connections that nobody uses nor for half a request', async () => {
    const gateway = await startGateway({ closeGraceMs: 60_000 })
    const idle = connection(gateway.port)
    idle.socket.write('GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n')
    const silent = connection(gateway.port)
    const half = connection(gateway.port)
    half.socket.write('GET /openapi.json HTTP/1.1\r\nhost')
    await until('an answer', 5_000, async () => (idle.text() === '' ? undefined : true))
    assert.ok((await closing(gateway)) < 8_000)
    await Promise.all([idle.closed, silent.closed, half.closed])
  })

  it("cuts calls short that don't end", async () => {
    const { calls, operations } = patient({ deaf: true })
    const gateway = await startGateway({ operations, closeGraceMs: 300 })
    const call = gateway.post(thing, good).catch(() => 'cut')
    await waiting(calls, 1)
    const tookMs = await closing(gateway)
    assert.ok(tookMs >= 290 && tookMs < 8_000, `${tookMs} ms`)
    assert.equal(await call, 'cut')
  })

  it('does nothing more for a connection that is still open', async () => {
    const { calls, operations } = patient({ deaf: true })
    const gateway = await startGateway({ operations, closeGraceMs: 1_500 })
    const held = connection(gateway.port)
    held.socket.write(`${head(`content-length: ${good.length}`)}${good}`)
    const other = connection(gateway.port)
    other.socket.write(`POST ${thing}/pause HTTP/1.1\r\nhost: x\r\n`)
    await waiting(calls, 1)
    const closed = gateway.server.close()
    other.socket.write('\r\n')
    await closed
    assert.match(other.text(), /^HTTP\/1.1 503 .*"reason":"Stopping"/s)
    assert.match(other.text(), /connection: close/i)
  })

  it('may come twice, and before the beginning', async () => {
    const gateway = await startGateway()
    await Promise.all([gateway.server.close(), gateway.server.close()])
    await gateway.server.close()
  })
})
