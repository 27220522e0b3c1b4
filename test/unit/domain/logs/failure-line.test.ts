import assert from 'node:assert/strict'
import { lineNewsFrom } from '../../../../operator/domain/logs/failure-line.ts'

const line = { level: 'ERROR', service: 'shop', namespace: 'desk', message: 'no such article' }

describe('a line that says that something has failed', () => {
  it('has who it is, and the beginning of what it says', () => {
    assert.deepEqual(lineNewsFrom(JSON.stringify({ ...line, correlation_id: 'c-1', more: 1 })), {
      kind: 'failure',
      line: { ...line, correlationId: 'c-1' },
    })
    const { namespace: _, ...elsewhere } = { ...line, level: 'FATAL', message: 'x'.repeat(1_000) }
    assert.deepEqual(lineNewsFrom(JSON.stringify(elsewhere)), {
      kind: 'failure',
      line: { ...elsewhere, namespace: '', message: 'x'.repeat(300) },
    })
  })

  it('has no half of a character, which Alertmanager would refuse', () => {
    const news = lineNewsFrom(JSON.stringify({ ...line, message: `${'x'.repeat(299)}😀` }))
    assert.ok(news.kind === 'failure' && news.line.message.isWellFormed())
  })

  for (const level of ['INFO', 'WARN', undefined])
    it(`is none of level ${level}`, () => {
      assert.deepEqual(lineNewsFrom(JSON.stringify({ ...line, level })), { kind: 'other' })
    })

  for (const [what, text] of [
    ['no JSON', '?'],
    ['a list', '[]'],
    ['without a service', JSON.stringify({ ...line, service: '' })],
    ['with a service that no label holds', JSON.stringify({ ...line, service: 'x'.repeat(300) })],
    ['with a service of half a character', `{"level":"ERROR","message":"m","service":"\\ud83d"}`],
    ['with a namespace that is none', JSON.stringify({ ...line, namespace: 7 })],
    ['without a message', JSON.stringify({ ...line, message: undefined })],
  ] as const)
    it(`can not be read where it is ${what}`, () => assert.equal(lineNewsFrom(text).kind, 'unreadable'))
})
