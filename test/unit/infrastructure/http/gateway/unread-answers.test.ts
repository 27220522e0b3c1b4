import assert from 'node:assert/strict'
import { closeGateways, startGateway } from '../../../../fixtures/gateway.ts'
import { connection, hangUp, thing } from '../../../../fixtures/gateway-connections.ts'
import { until } from '../../../../fixtures/until.ts'

afterEach(() => {
  hangUp()
  return closeGateways()
})

describe('answers that nobody reads', () => {
  it('keeps nobody out for those who show no token and do not read their answers', async () => {
    const files = [{ path: '/page', type: 'text/plain', content: 'x'.repeat(16 * 1024 * 1024) }]
    const { ask, port } = await startGateway({ files, maxInFlight: 1, limits: { maxConnections: 1 } })
    const deaf = connection(port) // loses its connection, too, when another one comes
    deaf.socket.once('data', () => deaf.socket.pause())
    deaf.socket.write(`GET /page HTTP/1.1\r\nhost: x\r\n\r\n${'GET /none HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(20)}`)
    await until('the beginning of an answer', 5_000, async () => (deaf.text() === '' ? undefined : true))
    assert.equal((await ask(thing)).status, 200)
  })

  it('keeps the place of those who show no token and do not read their answers, while there are others', async () => {
    const files = [{ path: '/page', type: 'text/plain', content: 'x'.repeat(16 * 1024 * 1024) }]
    const { ask, port } = await startGateway({ files, maxInFlight: 1 })
    const deaf = connection(port)
    deaf.socket.once('data', () => deaf.socket.pause())
    deaf.socket.write('GET /page HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')
    await until('the beginning of an answer', 5_000, async () => (deaf.text() === '' ? undefined : true))
    assert.equal((await ask(thing)).status, 200)
    deaf.socket.resume()
    await deaf.closed
    assert.ok(deaf.text().length > 16 * 1024 * 1024)
  })
})
