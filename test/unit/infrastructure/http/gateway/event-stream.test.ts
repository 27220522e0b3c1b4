import assert from 'node:assert/strict'
import type { Operation } from '../../../../../operator/application/gateway/call.ts'
import { changeFeed } from '../../../../../operator/application/gateway/change-feed.ts'
import { streamOperations } from '../../../../../operator/application/gateway/stream.ts'
import { systemClock } from '../../../../../operator/infrastructure/clock/system-clock.ts'
import { closeGateways, startGateway } from '../../../../fixtures/gateway.ts'
import { until } from '../../../../fixtures/until.ts'

afterEach(closeGateways)

/** A gateway whose getThing streams one stock. */
async function aStreamingGateway() {
  const feed = changeFeed()
  feed.reached('10')
  const ended: string[] = []
  const { streamChanges } = streamOperations({
    ...{ clock: systemClock(), access: { may: async () => {} }, serves: () => true, blind: () => undefined },
    observer: { opened: () => {}, sent: () => {}, ended: (reason) => ended.push(reason) },
    feedOf: () => feed,
    objectsOf: () => [() => ({ stockId: 'cup\n' })],
  })
  const getThing: Operation = (call) => streamChanges!({ ...call, parameters: { ...call.parameters, kinds: 'stocks' } })
  const other: Operation = async () => ({ status: 200, body: {} })
  const gateway = await startGateway({ operations: { getThing, changeThing: other, pauseThing: other } })
  return { ...gateway, ended }
}

describe('events over HTTP', () => {
  it('are as EventSource reads them, and end when the gateway does', async () => {
    const { ask, server, lines, ended } = await aStreamingGateway()
    const answer = ask('/api/v1/things/a')
    setTimeout(() => void server.close(), 300)
    const { status, headers, text } = await answer
    assert.deepEqual([status, headers.get('content-type')], [200, 'text/event-stream; charset=utf-8'])
    const [retry, reset, added, listed, end] = text.split('\n\n')
    assert.equal(retry, 'retry: 2000')
    assert.equal(reset, 'event: reset\nid\ndata: {"namespace":"shops","kinds":["stocks"]}')
    assert.equal(added, 'event: added\ndata: {"kind":"stocks","object":{"stockId":"cup\\n"}}')
    assert.equal(listed, 'event: listed\ndata: {}\nid: vstk:10')
    assert.match(end ?? '', /^event: end\ndata: {"reason":"Stopping".*}\nretry: 2000$/)
    await server.close()
    assert.deepEqual(ended, ['Stopping'])
    assert.ok(lines.some(({ level, message }) => level === 'info' && message === 'request'))
  })

  it('cost nothing more when their client hangs up, or asks for the head alone', async () => {
    const { ask, ended } = await aStreamingGateway()
    assert.equal((await ask('/api/v1/things/a', { method: 'HEAD' })).text, '')
    const leaving = new AbortController()
    const answer = ask('/api/v1/things/a', { signal: leaving.signal })
    setTimeout(() => leaving.abort(), 200)
    await assert.rejects(answer)
    await until('both ends', 5_000, async () => ended.length === 2 || undefined)
    assert.deepEqual(ended, ['HungUp', 'HungUp'])
  })
})
