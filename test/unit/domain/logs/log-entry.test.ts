import assert from 'node:assert/strict'
import { type LogEntry, logEntryFrom, MOST_ENTRY_BYTES, recordOf } from '../../../../operator/domain/logs/log-entry.ts'

const least = { level: 'INFO', service: 'order-service', message: 'taken' }
const mistakesIn = (value: unknown) =>
  (logEntryFrom(value, '/entries/3') as { pointer: string; detail: string }[]).map(
    ({ pointer, detail }) => `${pointer} ${detail}`,
  )

describe('logEntryFrom', () => {
  it('takes all that an entry may say', () => {
    const whole = {
      ...{ ...least, timestamp: '2026-11-30T10:00:00.25+01:00', correlationId: 'c-1', hexagonalLayer: 'domain' },
      ...{ domain: 'orders', operation: 'take', eventId: 'e-1', payload: { order: 7, lines: [{ sku: 'tea' }] } },
    }
    assert.deepEqual(logEntryFrom(whole, ''), {
      ...{ ...least, atMs: Date.UTC(2026, 10, 30, 9, 0, 0, 250) },
      texts: { correlationId: 'c-1', hexagonalLayer: 'domain', domain: 'orders', operation: 'take', eventId: 'e-1' },
      payload: whole.payload,
    })
    assert.deepEqual(logEntryFrom(least, ''), { ...least, texts: {} })
  })

  it('says of each field what is wrong and what is allowed', () => {
    const wrong = { level: 'LOUD', service: 'Order Service', timestamp: 'yesterday', payload: [], colour: 'red' }
    assert.deepEqual(mistakesIn(wrong), [
      '/entries/3/colour is no field of an entry; what is your own goes into payload',
      '/entries/3/level is not one of TRACE, DEBUG, INFO, WARN, ERROR, FATAL',
      '/entries/3/service is not a name of at most 63 small letters, digits, dashes and dots',
      '/entries/3/message is missing; it is a text of 1 to 32768 characters',
      '/entries/3/timestamp is not a time as 2026-01-31T12:00:00Z',
      '/entries/3/payload is not an object',
    ])
  })

  for (const [given, value] of Object.entries({
    'nothing at all': null,
    'a text': 'INFO taken',
    'a list': [least],
    'a level by inheritance': { service: 'a', message: 'b', level: 'toString' },
    'no message': { ...least, message: '' },
    'a day that is none': { ...least, timestamp: '2026-13-45T10:00:00Z' },
    'a time before all others': { ...least, timestamp: '0000-01-01T00:00:00Z' },
    'a number for a text': { ...least, correlationId: 7 },
    'null for a payload': { ...least, payload: null },
  }))
    it(`refuses ${given}`, () => assert.equal(mistakesIn(value).length, 1))

  it('refuses one that no topic would take beside its headers', () => {
    const [mistake] = mistakesIn({ ...least, payload: { text: 'x'.repeat(MOST_ENTRY_BYTES) } })
    assert.match(mistake ?? '', /^\/entries\/3 has 65\d{3} bytes, and an entry has at most 65536$/)
  })

  it('names a field with a slash as JSON pointers do', () => {
    assert.match(mistakesIn({ ...least, 'a/b~c': 1 })[0] ?? '', /^\/entries\/3\/a~1b~0c /)
  })
})

describe('recordOf', () => {
  const origin = { actor: 'ana', namespace: 'shop', receivedAtMs: Date.UTC(2026, 10, 30, 10), newId: () => 'new' }
  const recordFrom = (value: object) => JSON.parse(recordOf(logEntryFrom(value, '') as LogEntry, origin))

  it('has who sent it and when it came, whatever it says of itself', () => {
    assert.deepEqual(recordFrom(least), {
      ...{ ...least, eventId: 'new', actor: 'ana', namespace: 'shop' },
      ...{ timestamp: '2026-11-30T10:00:00.000Z', receivedAt: '2026-11-30T10:00:00.000Z' },
    })
  })

  it('has what log readers look for under their names', () => {
    const { timestamp, eventId, correlation_id, hexagonal_layer, payload } = recordFrom({
      ...{ ...least, timestamp: '2026-11-29T08:00:00Z', eventId: 'e-1', correlationId: 'c-1' },
      ...{ hexagonalLayer: 'adapter', payload: { a: 1 } },
    })
    assert.deepEqual(
      { timestamp, eventId, correlation_id, hexagonal_layer, payload },
      {
        ...{ timestamp: '2026-11-29T08:00:00.000Z', eventId: 'e-1', correlation_id: 'c-1' },
        ...{ hexagonal_layer: 'adapter', payload: { a: 1 } },
      },
    )
  })
})
