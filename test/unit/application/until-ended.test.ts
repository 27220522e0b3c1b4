import assert from 'node:assert/strict'
import { untilEnded } from '../../../operator/application/until-ended.ts'

const over = new Error('it is over')

describe('Work that is waited for until all ends', () => {
  it('comes out as it does', async () => {
    const { wait } = untilEnded()
    assert.equal(await wait(async () => 'done'), 'done')
    await assert.rejects(
      wait(async () => {
        throw new Error('refused')
      }),
      /refused/,
    )
  })

  it('is waited for no longer once all ends, however it comes out then', async () => {
    const { wait, end } = untilEnded()
    const late = Promise.withResolvers<string>()
    const first = wait(() => late.promise)
    const second = wait(() => new Promise<string>(() => undefined))
    end(over)
    await assert.rejects(first, over)
    await assert.rejects(second, over)
    late.reject(new Error('nobody hears of this'))
    await new Promise((resolve) => setImmediate(resolve))
  })

  it('is not begun afterwards', async () => {
    const { wait, end } = untilEnded()
    let begun = 0
    end(over)
    end(new Error('again'))
    await assert.rejects(
      wait(async () => ++begun),
      over,
    )
    assert.equal(begun, 0)
  })

  it('is forgotten when it is through', async () => {
    const { wait, end } = untilEnded()
    const made = new Map<number, WeakRef<object>>()
    for (let index = 0; index < 10; index++) {
      const answer = { index }
      made.set(index, new WeakRef(answer))
      await wait(async () => answer)
    }
    const { setFlagsFromString } = await import('node:v8')
    const { runInNewContext } = await import('node:vm')
    setFlagsFromString('--expose-gc')
    await new Promise((resolve) => setTimeout(resolve, 0)) // what a WeakRef was made for stays until its job is over
    runInNewContext('gc')()
    const kept = [...made.values()].filter((ref) => ref.deref() !== undefined)
    assert.ok(kept.length <= 1, `${kept.length} of ${made.size} are kept`)
    end(over)
  })
})
