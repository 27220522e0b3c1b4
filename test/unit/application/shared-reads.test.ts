import assert from 'node:assert/strict'
import { sharedReads } from '../../../operator/application/shared-reads.ts'

function aStore() {
  const pending = new Map<string, PromiseWithResolvers<string>>()
  const read = sharedReads<string>((key) => {
    const answer = Promise.withResolvers<string>()
    pending.set(key, answer)
    return answer.promise
  }, 2)
  const settle = () => new Promise((resolve) => setImmediate(resolve))
  return { pending, read, settle }
}

describe('sharedReads', () => {
  it('asks once for what many want at the same time, and anew for who comes later', async () => {
    const { pending, read, settle } = aStore()
    const answers = [read('a'), read('a'), read('a')]
    await settle()
    assert.deepEqual([...pending.keys()], ['a'])
    pending.get('a')?.resolve('first')
    assert.deepEqual(await Promise.all(answers), ['first', 'first', 'first'])
    const later = read('a')
    await settle()
    pending.get('a')?.resolve('second')
    assert.equal(await later, 'second')
  })

  it('asks for so many keys at once and no more, and goes on when one has failed', async () => {
    const { pending, read, settle } = aStore()
    const answers = ['a', 'b', 'c', 'd'].map(read)
    await settle()
    assert.deepEqual([...pending.keys()], ['a', 'b'])
    pending.get('a')?.reject(new Error('no answer'))
    await assert.rejects(answers[0] as Promise<string>, /no answer/)
    await settle()
    assert.deepEqual([...pending.keys()], ['a', 'b', 'c'])
    for (const key of ['b', 'c']) pending.get(key)?.resolve(key)
    await settle()
    pending.get('d')?.resolve('d')
    assert.deepEqual(await Promise.all(answers.slice(1)), ['b', 'c', 'd'])
  })
})
