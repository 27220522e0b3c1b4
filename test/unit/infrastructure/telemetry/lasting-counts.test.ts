import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lastingCounts } from '../../../../operator/infrastructure/telemetry/lasting-counts.ts'

describe('lastingCounts', () => {
  const directory = mkdtempSync(join(tmpdir(), 'kbnt-counts-'))
  const path = join(directory, 'counts.json')
  after(() => rmSync(directory, { recursive: true }))

  it('begin with nothing, and are there for the next process', () => {
    const first = lastingCounts(path)
    assert.equal(first.of('crashes'), 0)
    first.add('crashes')
    first.add('crashes')
    first.add('others')
    const next = lastingCounts(path)
    assert.deepEqual([next.of('crashes'), next.of('others'), next.of('more')], [2, 1, 0])
  })

  for (const text of ['', 'null', '[]', '{"crashes":"many"}', '{"crashes":-1}']) {
    it(`begin anew where ${text || 'an empty text'} is stored`, () => {
      writeFileSync(path, text)
      assert.equal(lastingCounts(path).of('crashes'), 0)
    })
  }

  it('count on where nothing can be stored', () => {
    const counts = lastingCounts(join(directory, 'missing', 'counts.json'))
    counts.add('crashes')
    assert.equal(counts.of('crashes'), 1)
  })
})
