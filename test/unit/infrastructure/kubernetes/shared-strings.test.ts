import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { SharedStrings } from '../../../../operator/infrastructure/kubernetes/shared-strings.ts'

/** In KiB; `said` is what the characters alone take, without sharing. */
interface Weights {
  readonly said: number
  readonly apart: number
  readonly shared: number
  readonly passed: number
}

const SCRIPT = fileURLToPath(new URL('../../../fixtures/shared-strings-weights.ts', import.meta.url))

function sent(name: string, notes: readonly string[]) {
  return JSON.parse(JSON.stringify({ metadata: { namespace: 'shop', name, uid: `uid-of-${name}` }, spec: { notes } }))
}

describe('shared strings', () => {
  let weights: Weights

  before(() => {
    weights = JSON.parse(execFileSync(process.execPath, ['--expose-gc', SCRIPT], { encoding: 'utf8' }))
  })

  it('are one where many objects say the same', () => {
    assert.ok(weights.apart > weights.said, JSON.stringify(weights))
    assert.ok(weights.shared < weights.apart / 2, JSON.stringify(weights))
  })

  it('are not remembered for ever', () => {
    assert.ok(weights.passed < weights.said / 3, JSON.stringify(weights))
  })

  it('change nothing of what an object says', () => {
    const strings = new SharedStrings()
    const said = ['a note of some length', 'a note of some length', 'x'.repeat(1_000), 'short', '']
    const before = strings.shared(sent('box-1', said), undefined)
    const after = strings.shared(sent('box-1', said), before)
    assert.deepEqual([before, after], [sent('box-1', said), sent('box-1', said)])
  })
})
