import assert from 'node:assert/strict'
import type { Operation } from '../../../../../operator/application/gateway/call.ts'
import { changeFeed } from '../../../../../operator/application/gateway/change-feed.ts'
import { streamOperations } from '../../../../../operator/application/gateway/stream.ts'
import type { StreamEvent } from '../../../../../operator/application/gateway/stream-events.ts'
import { systemClock } from '../../../../../operator/infrastructure/clock/system-clock.ts'
import { closeGateways, goodToken, startGateway } from '../../../../fixtures/gateway.ts'
import { connection, hangUp } from '../../../../fixtures/gateway-connections.ts'
import { until } from '../../../../fixtures/until.ts'

afterEach(hangUp)
afterEach(closeGateways)

const path = '/api/v1/things/a'
const other: Operation = async () => ({ status: 200, body: {} })

/** A gateway whose getThing streams one stock. */
async function aStreamingGateway(show: () => object = () => ({ stockId: 'cup\n' })) {
  const feed = changeFeed()
  feed.reached('10')
  const ended: string[] = []
  const { streamChanges } = streamOperations({
    ...{ clock: systemClock(), access: { may: async () => {} }, serves: () => true, blind: () => undefined },
    observer: { opened: () => {}, sent: () => {}, ended: (reason) => ended.push(reason) },
    feedOf: () => feed,
    objectsOf: () => [show],
  })
  const getThing: Operation = (call) => streamChanges!({ ...call, parameters: { ...call.parameters, kinds: 'stocks' } })
  const gateway = await startGateway({ operations: { getThing, changeThing: other, pauseThing: other } })
  return { ...gateway, ended }
}

/** Listens until `text` has come; `rest` answers all of it, once it has ended. */
async function listen(port: number, text: string, signal?: AbortSignal) {
  const headers = { authorization: `Bearer ${goodToken}` }
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers, ...(signal && { signal }) })
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader()
  let told = ''
  const more = async () => {
    const { done, value = '' } = await reader.read()
    told += value
    return !done
  }
  while (!told.includes(text)) assert.ok(await more(), `it ended before ${text} came: ${told}`)
  return {
    answer,
    async rest() {
      while (await more());
      return told
    },
  }
}

describe('events over HTTP', () => {
  it('are as EventSource reads them, and end when the gateway does', async () => {
    const { port, server, lines, ended } = await aStreamingGateway()
    const { answer, rest } = await listen(port, 'event: listed')
    await Promise.all([server.close(), rest()])
    assert.deepEqual([answer.status, answer.headers.get('content-type')], [200, 'text/event-stream; charset=utf-8'])
    assert.equal(answer.headers.get('connection'), 'close')
    const [retry, reset, added, listed, end] = (await rest()).split('\n\n')
    assert.equal(retry, 'retry: 2000')
    assert.equal(reset, 'event: reset\nid\ndata: {"namespace":"shops","kinds":["stocks"]}')
    assert.equal(added, 'event: added\ndata: {"kind":"stocks","object":{"stockId":"cup\\n"}}')
    assert.equal(listed, 'event: listed\ndata: {}\nid: vstk:10')
    assert.match(end ?? '', /^event: end\ndata: {"reason":"Stopping".*}\nretry: 2000$/)
    assert.deepEqual(ended, ['Stopping'])
    assert.ok(lines.some(({ level, message }) => level === 'info' && message === 'request'))
  })

  it('cost nothing more when their client hangs up, or asks for the head alone', async () => {
    const { ask, port, lines, ended } = await aStreamingGateway()
    assert.equal((await ask(path, { method: 'HEAD' })).text, '')
    const leaving = new AbortController()
    const { rest } = await listen(port, 'event: listed', leaving.signal)
    leaving.abort()
    await assert.rejects(rest())
    await until('both ends', 5_000, async () => ended.length === 2 || undefined)
    assert.deepEqual(ended, ['HungUp', 'HungUp'])
    assert.deepEqual(
      lines.filter(({ level }) => level === 'error'),
      [],
    )
  })

  it('end with a word when something is wrong here, whose cause is for the log', async () => {
    const { ask, lines, ended } = await aStreamingGateway(() => {
      throw new Error(`no words for ${goodToken}`)
    })
    const { text } = await ask(path)
    assert.match(text, /event: end\ndata: {"reason":"Internal","detail":"This is not your doing.*made-id\."}/)
    assert.deepEqual(ended, ['Internal'])
    const failures = lines.filter(({ level }) => level === 'error')
    assert.deepEqual(
      failures.map(({ message, error }) => `${message}: ${(error as Error).message}`),
      ['stream failed: no words for [token]'],
    )
  })

  it('are cut for who takes none, with what was made but not sent', async () => {
    const event: StreamEvent = { type: 'end', reason: 'x'.repeat(64 * 1024), detail: '' }
    const reasons: (string | undefined)[] = []
    let made = 0
    async function* endless(): AsyncGenerator<readonly StreamEvent[]> {
      for (;;) {
        made += 1
        yield [event]
      }
    }
    const getThing: Operation = async () => ({
      ...{ status: 200, body: {} },
      stream: { parts: endless(), close: (reason) => void reasons.push(reason) },
    })
    const operations = { getThing, changeThing: other, pauseThing: other }
    const { port, ended } = await startGateway({ operations, limits: { readTimeoutMs: 100 } })
    const { socket } = connection(port)
    socket.pause()
    socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${goodToken}\r\n\r\n`)
    await until('end', 10_000, async () => ended.length > 0 || undefined)
    assert.deepEqual([ended[0]!.status, reasons[0]], [499, 'TooSlow'])
    const madeThen = made
    await new Promise(setImmediate)
    assert.equal(made, madeThen)
  })
})
