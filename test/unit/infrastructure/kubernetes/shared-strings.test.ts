import assert from 'node:assert/strict'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { KubernetesObject } from '../../../../operator/infrastructure/kubernetes/kubernetes-object.ts'
import { SharedStrings } from '../../../../operator/infrastructure/kubernetes/shared-strings.ts'

interface Box extends KubernetesObject {
  readonly spec: { readonly notes: readonly string[] }
}

const KIB = 1_024
const MANY = 2_000
/** As long as shared ones are. */
const TEXT = 96

/** As it comes from the API server: nothing in it is anybody else's. */
function sent(name: string, notes: readonly string[]): Box {
  return JSON.parse(JSON.stringify({ metadata: { namespace: 'shop', name, uid: `uid-of-${name}` }, spec: { notes } }))
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
}

/** What `work` answers weighs, in KiB. */
function weightOf(work: () => unknown): number {
  collectGarbage()
  const before = process.memoryUsage().heapUsed
  const kept = work()
  collectGarbage()
  const weight = process.memoryUsage().heapUsed - before
  assert.ok(kept)
  return weight / KIB
}

describe('shared strings', () => {
  const notes = (index: number) => Array.from({ length: 40 }, (_, line) => `${index} ${line} `.padEnd(TEXT, 'x'))
  const boxes = (take: (box: Box) => Box) =>
    Array.from({ length: MANY }, (_, index) => take(sent(`box-${index}`, notes(0))))

  it('are one where many objects say the same', () => {
    const strings = new SharedStrings()
    const apart = weightOf(() => boxes((box) => box))
    const shared = weightOf(() => boxes((box) => strings.shared(box, undefined)))
    assert.ok(apart > MANY * 3, `${apart} KiB`)
    assert.ok(shared < apart / 2, `${shared} KiB, ${apart} apart`)
  })

  it('change nothing of what an object says', () => {
    const strings = new SharedStrings()
    const said = ['a note of some length', 'a note of some length', 'x'.repeat(1_000), 'short', '']
    const before = strings.shared(sent('box-1', said), undefined)
    const after = strings.shared(sent('box-1', said), before)
    assert.deepEqual([before, after], [sent('box-1', said), sent('box-1', said)])
  })

  it('are not remembered for ever', () => {
    const strings = new SharedStrings()
    const weight = weightOf(() => {
      for (let index = 0; index < MANY; index += 1) strings.shared(sent(`box-${index}`, notes(index)), undefined)
      return strings
    })
    assert.ok(weight < 2 * KIB, `${weight} KiB of ${(MANY * 40 * TEXT) / KIB}`)
  })
})
