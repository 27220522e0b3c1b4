import assert from 'node:assert/strict'
import fc from 'fast-check'
import { lineSplitter } from '../../../../operator/infrastructure/kubernetes/line-splitter.ts'

describe('line splitter', () => {
  it('gives the same lines however the bytes are cut into chunks', () => {
    const line = fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => text.replaceAll('\n', ''))
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), fc.array(fc.nat(40), { maxLength: 20 }), (lines, cuts) => {
        const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''))
        const seen: string[] = []
        const split = lineSplitter((text) => seen.push(text))
        let start = 0
        for (const cut of [...cuts, bytes.length]) {
          const end = Math.min(bytes.length, start + cut)
          split(bytes.subarray(start, end))
          start = end
        }
        assert.deepEqual(
          seen,
          lines.filter((text) => text !== ''),
        )
      }),
    )
  })

  it('keeps back a line that has not ended', () => {
    const seen: string[] = []
    const split = lineSplitter((text) => seen.push(text))
    split(Buffer.from('{"a":1}\n{"b"'))
    assert.deepEqual(seen, ['{"a":1}'])
    split(Buffer.from(':2}\n'))
    assert.deepEqual(seen, ['{"a":1}', '{"b":2}'])
  })
})
