import assert from 'node:assert/strict'
import { handleChunk } from '../../../../operator/application/flow/handle-chunk.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { aMessage, answers, aRetry, byOffset, done, site } from './chunk-site.ts'

describe('handleChunk', () => {
  it('handles messages of one key one after the other, and different keys at once', async () => {
    let atOnce = 0
    let most = 0
    const open = new Map<string | undefined, number>()
    const { run, handled } = site(async ({ key }) => {
      open.set(key, (open.get(key) ?? 0) + 1)
      assert.equal(open.get(key), 1)
      atOnce += 1
      most = Math.max(most, atOnce)
      await new Promise((resolve) => setImmediate(resolve))
      open.set(key, 0)
      atOnce -= 1
      return done
    })
    const { settled } = await run([1, 2, 3, 4, 5, 6].map((offset) => aMessage(offset, offset % 2 === 0 ? 'a' : 'b')))
    assert.equal(settled.size, 6)
    assert.equal(most, 2)
    assert.deepEqual(
      handled.filter((offset) => offset % 2n === 0n),
      [2n, 4n, 6n],
    )
  })

  for (const [keysAtOnce, most] of [
    [undefined, 16],
    [40, 40],
  ] as const)
    it(`works on ${most} keys at once at most where the flow asks for ${keysAtOnce ?? 'nothing else'}`, async () => {
      let atOnce = 0
      let seen = 0
      const handle = async () => {
        atOnce += 1
        seen = Math.max(seen, atOnce)
        await new Promise((resolve) => setImmediate(resolve))
        atOnce -= 1
        return done
      }
      const { run } = site(handle, keysAtOnce === undefined ? {} : { keysAtOnce })
      await run(Array.from({ length: 50 }, (_, offset) => aMessage(offset, undefined)))
      assert.equal(seen, most)
    })

  it('stops the key that the world does not let through, and no other', async () => {
    const { run, sent } = site(byOffset({ 1: answers.away }))
    const { settled, held, reached } = await run([aMessage(1, 'a'), aMessage(2, 'b'), aMessage(3, 'a')])
    assert.deepEqual([...settled], [2n])
    assert.deepEqual([...held.keys()], [1n])
    assert.deepEqual(reached, ['test'])
    assert.deepEqual(sent, [])
  })

  it('sends what is at fault to the retry topic, and what will never do to the dead letters, and goes on', async () => {
    const { run, sent } = site(byOffset({ 1: answers.retry, 2: answers.dead }))
    const { settled, reached } = await run([aMessage(1, 'a'), aMessage(2, 'b'), aMessage(3, 'a')])
    assert.equal(settled.size, 3)
    assert.deepEqual(reached, ['test'])
    assert.deepEqual(sent.toSorted(), [
      ['dead', 2n, 0, 'Http422'],
      ['retry', 1n, 1, 'Http404'],
    ])
  })

  it('holds a message that neither topic takes', async () => {
    const { run, forwardTo } = site(byOffset({ 1: answers.dead }))
    forwardTo.fault = { cause: 'TopicRefuses', reason: 'the topic does not exist' }
    const { settled, held } = await run([aMessage(1, 'a')])
    assert.equal(settled.size, 0)
    assert.deepEqual(held.get(1n), { ...forwardTo.fault, certain: true })
  })

  it('takes a fault of ours for one of which nobody knows whose it is: everything stays where it is', async () => {
    const { run, sent } = site(async () => {
      throw new Error('undefined is not a function')
    })
    const { held } = await run([aMessage(1, 'a')])
    assert.equal(held.get(1n)?.reason, 'undefined is not a function')
    assert.equal(held.get(1n)?.certain, false)
    assert.deepEqual(sent, [])
  })

  it('holds a message whose handler throws before there is a promise, and goes on with others', async () => {
    const { run } = site((message) => {
      if (message.offset === 1n) throw new Error('no promise yet')
      return Promise.resolve(done)
    })
    const { settled, held } = await run([aMessage(1, 'a'), aMessage(2, 'b')])
    assert.deepEqual([...settled], [2n])
    assert.deepEqual(held.get(1n), { kind: 'wait', certain: false, cause: 'Fault', reason: 'no promise yet' })
  })

  it('holds a message at which something of ours fails, and goes on with others', async () => {
    const { run, parts } = site(byOffset({ 1: answers.dead }))
    parts.forwarding.dead = async () => {
      throw new RangeError('Invalid time value')
    }
    const { settled, held } = await run([aMessage(1, 'a'), aMessage(2, 'b')])
    assert.deepEqual([...settled], [2n])
    assert.equal(held.get(1n)?.cause, 'Fault')
  })

  it('retries what fails while others get through often enough', async () => {
    const { run, sent } = site(byOffset({ 1: answers.unsure, 2: answers.away }))
    const { settled } = await run([aMessage(1, 'a'), aMessage(2, 'b')], [1n, 2n])
    assert.deepEqual([...settled], [1n])
    assert.deepEqual(sent, [['retry', 1n, 1, 'Http500']])
  })

  it('gives a handler up that does not end, and tells it so', async () => {
    const clock = fakeClock()
    let told = false
    const subject = site((_, signal) => {
      signal.addEventListener('abort', () => {
        told = true
      })
      return new Promise(() => undefined)
    })
    const outcome = handleChunk({ ...subject.parts, clock }, [aMessage(1, 'a')], {
      goesOn: () => true,
      doubted: new Set(),
    })
    await new Promise((resolve) => setImmediate(resolve))
    await clock.advance(10_000)
    assert.equal((await outcome).held.get(1n)?.cause, 'Timeout')
    assert.ok(told)
  })

  it('begins nothing more once it is not to go on', async () => {
    const asked: number[] = []
    const { run, handled } = site(async () => done)
    const { settled } = await run(
      [1, 2, 3].map((offset) => aMessage(offset, 'a')),
      [],
      () => asked.push(1) < 3,
    )
    assert.deepEqual([...settled], [1n, 2n])
    assert.deepEqual(handled, [1n, 2n])
  })

  it('counts the attempts of a message in the retry topic, passes by those of other groups, and calls dead what says nothing', async () => {
    const { run, sent, handled } = site(async () => answers.retry)
    const { settled } = await run([
      aRetry(1, 'a', 70),
      aRetry(2, 'b', 71, 'another'),
      aMessage(3, 'c', { topic: 'retry' }),
    ])
    assert.equal(settled.size, 3)
    assert.deepEqual(handled, [1n])
    assert.deepEqual(sent.toSorted(), [
      ['dead', 3n, 0, 'UnreadableHeaders'],
      ['retry', 70n, 2, 'Http404'],
    ])
  })
})
