import assert from 'node:assert/strict'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { KubernetesObject } from '../../../../operator/infrastructure/kubernetes/kubernetes-object.ts'
import { SharedStrings } from '../../../../operator/infrastructure/kubernetes/shared-strings.ts'

interface Box extends KubernetesObject {
  readonly spec: { readonly notes: readonly string[] }
}

const KIB = 1_024
const MANY = 500

/** As it comes from the API server: nothing in it is anybody else's. */
function sent(name: string, note: string): Box {
  return JSON.parse(JSON.stringify({ metadata: { namespace: 'shop', name }, spec: { notes: [note, note] } }))
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
  const long = 'x'.repeat(4 * KIB)
  const boxes = (take: (box: Box) => Box) =>
    Array.from({ length: MANY }, (_, index) => take(sent(`box-${index}`, long)))

  it('are one where many objects say the same', () => {
    const strings = new SharedStrings()
    const apart = weightOf(() => boxes((box) => box))
    const shared = weightOf(() => boxes((box) => strings.shared(box, undefined)))
    assert.ok(apart > MANY * 4, `${apart} KiB`)
    assert.ok(shared < apart / 4, `${shared} KiB, ${apart} apart`)
  })

  it('change nothing of what an object says', () => {
    const strings = new SharedStrings()
    const before = strings.shared(sent('box-1', 'a note of some length'), undefined)
    assert.deepEqual(strings.shared(sent('box-1', 'another note of some length'), before), {
      metadata: { namespace: 'shop', name: 'box-1' },
      spec: { notes: ['another note of some length', 'another note of some length'] },
    })
  })

  it('are not remembered for ever', () => {
    const strings = new SharedStrings()
    const weight = weightOf(() => {
      for (let index = 0; index < 20 * MANY; index += 1)
        strings.shared(sent(`box-${index}`, `${index} ${long}`), undefined)
      return strings
    })
    assert.ok(weight < 12 * KIB, `${weight} KiB of ${20 * MANY * 4}`)
  })
})
