import assert from 'node:assert/strict'
import { leastRecent } from '../../../../operator/infrastructure/kubernetes/least-recent.ts'

describe('leastRecent', () => {
  const [a, b, c, d] = [{ a: 1 }, { b: 1 }, { c: 1 }, { d: 1 }]

  it('forgets what was neither set nor looked for longest', () => {
    const entries = leastRecent<string, object>(3)
    entries.set('a', a)
    entries.set('b', b)
    entries.set('c', c)
    entries.get('a')
    entries.set('d', d)
    assert.deepEqual(entries.values(), [c, a, d])
  })

  it('knows the newest also after it was deleted and set again, and after many looks for the same', () => {
    const entries = leastRecent<string, object>(2)
    entries.set('a', a)
    entries.delete('a')
    assert.equal(entries.get('a'), undefined)
    entries.set('b', b)
    entries.set('a', a)
    entries.get('a')
    entries.get('a')
    entries.get('b')
    entries.set('c', c)
    assert.deepEqual(entries.values(), [b, c])
  })

  it('makes what is missing once', () => {
    const entries = leastRecent<string, object>(2)
    assert.equal(
      entries.getOr('a', () => a),
      a,
    )
    assert.equal(
      entries.getOr('a', () => b),
      a,
    )
    assert.equal(entries.size, 1)
  })
})
