import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { Problem } from '../../../../../operator/application/gateway/answer.ts'
import type { Operation } from '../../../../../operator/application/gateway/call.ts'
import { type FakeClock, fakeClock } from '../../../../fakes/fake-clock.ts'
import { closeGateways, goodToken, shop, startGateway } from '../../../../fixtures/gateway.ts'
import { until } from '../../../../fixtures/until.ts'

afterEach(closeGateways)

const good = { items: [{ quantity: 1 }] }
const thing = '/api/v1/things/a'

describe('the time of a request', () => {
  const times = async (operation: Operation, method: 'GET' | 'POST') => {
    const { ask, post, ended } = await startGateway({
      clock,
      operations: { getThing: operation, changeThing: operation, pauseThing: operation },
    })
    await (method === 'GET' ? ask(thing) : post(thing, good))
    const { seconds, ownSeconds } = await until('its end', 5_000, async () => ended[0])
    return [seconds, ownSeconds]
  }
  let clock: FakeClock
  beforeEach(() => {
    clock = fakeClock()
  })

  it("is told with and without what it has waited for the operator's answer", async () => {
    const waiting: Operation = async ({ waited }) => {
      await clock.advance(3_000)
      waited?.(2_500, true)
      return { status: 200, body: {} }
    }
    assert.deepEqual(await times(waiting, 'POST'), [3, 0.5])
  })

  it('is its own without what its client took to send the body', async () => {
    const working: Operation = async () => {
      await clock.advance(100)
      return { status: 200, body: {} }
    }
    let asked = 0
    const operations = { getThing: working, changeThing: working, pauseThing: working }
    const identify = async (token: string) => {
      await clock.advance(30)
      asked += 1
      return { ...shop, token }
    }
    const gateway = await startGateway({ clock, operations, identify })
    const body = JSON.stringify(good)
    const socket = await opened(gateway.port)
    socket.write(`${headOf('POST', thing)}content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n{`)
    await until('the head', 5_000, async () => asked > 0 || undefined)
    await new Promise((resolve) => setTimeout(resolve, 50))
    await clock.advance(20_000)
    socket.write(body.slice(1))
    const { seconds, ownSeconds } = await until('its end', 5_000, async () => gateway.ended[0])
    assert.deepEqual([seconds, ownSeconds], [20.13, 0.13])

    const halfway = await opened(gateway.port)
    halfway.write(`${headOf('POST', thing)}content-length: ${body.length}\r\n\r\n{`)
    await until('the head', 5_000, async () => asked > 1 || undefined)
    await new Promise((resolve) => setTimeout(resolve, 50))
    await clock.advance(20_000)
    halfway.destroy()
    const gone = await until('its end', 5_000, async () => gateway.ended[1])
    assert.deepEqual([gone.status, gone.ownSeconds], [499, 0.03])
  })

  it('is its own without what its client took to read the answer', async () => {
    const big: Operation = async () => ({ status: 200, body: { text: 'x'.repeat(8 * 1024 * 1024) } })
    const gateway = await startGateway({ clock, operations: { getThing: big, changeThing: big, pauseThing: big } })
    const socket = await opened(gateway.port)
    socket.write(`${headOf('GET', thing)}\r\n`)
    await new Promise((resolve) => socket.once('data', resolve))
    socket.pause()
    await clock.advance(10_000)
    socket.resume()
    const { seconds, ownSeconds } = await until('its end', 5_000, async () => gateway.ended[0])
    assert.deepEqual([seconds, ownSeconds], [10, 0])
  })

  it('is its own only of calls with a token that counts', async () => {
    const gateway = await startGateway({
      async identify(token) {
        if (token !== goodToken) throw new Problem('Unauthorized', { detail: 'whose is it' })
        return { ...shop, token }
      },
    })
    const bad = { headers: { authorization: 'Bearer a.bad.one' } }
    await gateway.ask(thing, bad)
    for (const path of [thing, '/openapi.json', '/nowhere']) await gateway.ask(path, { headers: { authorization: '' } })
    await gateway.ask(thing)
    await until('their ends', 5_000, async () => gateway.ended.length === 5 || undefined)
    assert.deepEqual(
      gateway.ended.map(({ status, ownSeconds }) => [status, ownSeconds !== undefined]),
      [
        [401, false],
        [401, false],
        [200, false],
        [404, false],
        [200, true],
      ],
    )
  })

  it('is that until a stream begins, not until it ends', async () => {
    async function* parts() {
      await clock.advance(3_600_000)
      yield []
    }
    const streaming: Operation = async () => {
      await clock.advance(100)
      return { status: 200, body: {}, stream: { parts: parts(), close: () => {} } }
    }
    assert.deepEqual(await times(streaming, 'GET'), [0.1, 0.1])
  })
})

async function opened(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  await new Promise((resolve) => socket.once('connect', resolve))
  return socket
}

function headOf(method: 'GET' | 'POST', path: string): string {
  return `${method} ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer ${goodToken}\r\n`
}
