import assert from 'node:assert/strict'
import { buildClusterEvent, cutToBytes } from '../../../../operator/infrastructure/kubernetes/cluster-event.ts'
import { anOccurrence, source } from './a-recorder.ts'

describe('cluster event', () => {
  for (const { name, text, bytes, want } of [
    { name: 'a short text', text: 'short', bytes: 5, want: 'short' },
    { name: 'a long text', text: 'abcdefghij', bytes: 8, want: 'abcde…' },
    { name: 'between characters of several bytes', text: '€€€€', bytes: 10, want: '€€…' },
    { name: 'never inside a character', text: 'a😀😀', bytes: 8, want: 'a😀…' },
    { name: 'never inside a character, however little room is left', text: '😀😀', bytes: 6, want: '…' },
  ]) {
    it(`cuts to bytes: ${name}`, () => {
      const cut = cutToBytes(text, bytes)
      assert.equal(cut, want)
      assert.ok(Buffer.byteLength(cut) <= bytes)
    })
  }

  it('keeps its name within 253 characters and valid, and its texts within their limits', () => {
    const occurrence = anOccurrence({ name: `${'a'.repeat(235)}.${'b'.repeat(17)}`, note: 'x'.repeat(5_000) })
    const event = buildClusterEvent(occurrence, { controller: 'c', instance: 'i'.repeat(200) }, 1_700_000_000_000, 1)
    assert.ok((event.metadata.name ?? '').length <= 253)
    assert.match(event.metadata.name ?? '', /^a+\.[0-9a-f]+$/)
    assert.equal(Buffer.byteLength(event.note), 1_024)
    assert.equal(event.reportingInstance.length, 128)
  })

  it('puts events of objects without a namespace into default', () => {
    const regarding = { apiVersion: 'v1', kind: 'Node', name: 'n' }
    assert.equal(buildClusterEvent(anOccurrence({ regarding }), source, 0, 1).metadata.namespace, 'default')
  })
})
