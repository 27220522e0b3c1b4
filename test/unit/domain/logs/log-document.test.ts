import assert from 'node:assert/strict'
import { type LogDocument, type LogRecord, logDocumentFrom } from '../../../../operator/domain/logs/log-document.ts'

const at = Date.UTC(2026, 10, 30, 23, 59, 59)
const entry = { timestamp: '2026-11-29T12:00:00.000Z', level: 'INFO', service: 'till', message: 'sold' }
const record = (value: unknown, others: Partial<LogRecord> = {}): LogRecord => ({
  ...{ topic: 'application-logs', partition: 1, offset: 42n, timestampMs: at, headers: {} },
  value: typeof value === 'string' ? value : JSON.stringify(value),
  ...others,
})
const document = (value: unknown, others: Partial<LogRecord> = {}): LogDocument => {
  const made = logDocumentFrom(record(value, others), 'logs')
  if ('fault' in made) throw new Error(made.fault)
  return made
}

describe('logDocumentFrom', () => {
  it('puts a line into the index of the day of its record, at the time when it was written', () => {
    const { index, source } = document(entry)
    assert.equal(index, 'logs-2026.11.30')
    assert.deepEqual(source, {
      ...entry,
      '@timestamp': '2026-11-29T12:00:00.000Z',
      record: { topic: 'application-logs', partition: 1, offset: '42', time: '2026-11-30T23:59:59.000Z' },
    })
  })

  it('gives the same document for the same record, and another id for each other one', () => {
    assert.deepEqual(document(entry), document(entry))
    const ids = [
      document(entry),
      document(entry, { topic: 'error-logs' }),
      document(entry, { partition: 2 }),
      document(entry, { offset: 43n }),
      document(entry, { timestampMs: at + 1 }), // a topic of that name that was made anew
    ].map(({ id }) => id)
    assert.equal(new Set(ids).size, ids.length)
  })

  it('has the time of its event, or of the record, where the line tells none that is one', () => {
    const time = (timestamp: unknown, headers: Record<string, string> = {}) =>
      document({ ...entry, timestamp }, { headers }).source['@timestamp']
    assert.equal(time('yesterday', { ce_time: '2026-11-28T00:00:00Z' }), '2026-11-28T00:00:00.000Z')
    assert.equal(time(7), '2026-11-30T23:59:59.000Z')
    assert.equal(time('+275760-09-13T00:00:00.000Z'), '2026-11-30T23:59:59.000Z')
  })

  it('makes terms of a payload that can be looked for, however it is shaped, and leaves it as it is', () => {
    const payload = { order: { id: 42, lines: [{ sku: 'cup' }, { sku: 'pot' }] }, paid: true, note: null, tags: ['a'] }
    const { source } = document({ ...entry, payload })
    assert.deepEqual(source['payload'], payload)
    assert.deepEqual(source['payload_terms'], [
      ...['order.id=42', 'order.lines.sku=cup', 'order.lines.sku=pot', 'paid=true', 'note=null', 'tags=a'],
    ])
  })

  it('bounds the terms of a payload', () => {
    const payload = {
      long: 'x'.repeat(1_000),
      ...Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`f${i}`, i])),
    }
    const terms = document({ ...entry, payload }).source['payload_terms'] as string[]
    assert.equal(terms.length, 100)
    assert.equal(terms[0]?.length, 256)
  })

  it('tells the type of an event, which has its headers', () => {
    assert.equal(
      document({ data: {} }, { headers: { ce_type: 'io.kbnt.order.paid.v1' } }).source['event_type'],
      'io.kbnt.order.paid.v1',
    )
  })

  const wrong: readonly (readonly [string, LogRecord, RegExp])[] = [
    ['text', record('GET / 200'), /not one object of JSON/],
    ['a list', record([entry]), /not one object of JSON/],
    ['nothing', record(''), /not one object of JSON/],
    ['what is nested without end', record(`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`), /more than 32 levels/],
    ['a record of no time', record(entry, { timestampMs: -1 }), /no day that has an index/],
  ]
  for (const [what, given, fault] of wrong)
    it(`makes none of ${what}, and says why`, () => {
      const made = logDocumentFrom(given, 'logs')
      assert.match('fault' in made ? made.fault : '', fault)
    })
})
