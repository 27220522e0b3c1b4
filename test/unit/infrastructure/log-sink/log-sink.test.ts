import assert from 'node:assert/strict'
import { PassThrough, Writable } from 'node:stream'
import { logSink } from '../../../../operator/infrastructure/log-sink/log-sink.ts'
import { aMessage } from '../../../contracts/publisher.contract.ts'

describe('logSink', () => {
  it('writes a JSON value as JSON and any other as text', async () => {
    const stream = new PassThrough()
    await logSink({ stream }).publish([
      { topic: 'audit', messages: [aMessage(1, { value: '{"quantity":2}' }), aMessage(2, { value: 'plain' })] },
    ])
    const lines = String(stream.read())
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { value: unknown; timestamp: string })
    assert.deepEqual(
      lines.map(({ value }) => value),
      [{ quantity: 2 }, 'plain'],
    )
    assert.equal(lines[0]?.timestamp, new Date(1_763_800_000_001).toISOString())
  })

  it('is unavailable when the stream is broken, and does not end the process', async () => {
    const stream = new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) })
    const [answer] = await logSink({ stream }).publish([{ topic: 'audit', messages: [aMessage(1)] }])
    assert.deepEqual(answer, { kind: 'unavailable', reason: 'EPIPE' })
  })
})
