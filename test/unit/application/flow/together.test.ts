import assert from 'node:assert/strict'
import type { FlowMessage, Together } from '../../../../operator/application/flow/flow.ts'
import { handleChunk } from '../../../../operator/application/flow/handle-chunk.ts'
import type { Answer } from '../../../../operator/domain/flow/next-stop.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { aMessage, answers, aRetry, done, site } from './chunk-site.ts'

const three = [aMessage(1, 'a'), aMessage(2, 'a'), aMessage(3, 'b')]

/** A flow that takes messages together, with the offsets of each time that it was asked. */
function togetherSite(answer: (offset: number) => Answer = () => done) {
  const asked: number[][] = []
  const together: Together = {
    most: 100,
    async handle(messages: readonly FlowMessage[]) {
      asked.push(messages.map(({ offset }) => Number(offset)))
      return messages.map(({ offset }) => answer(Number(offset)))
    },
  }
  return { asked, ...site(async () => done, { together }) }
}

describe('handleChunk, where the flow takes messages together', () => {
  it('asks it once for all of them, whatever their keys', async () => {
    const { run, asked, handled } = togetherSite()
    const { settled } = await run(three)
    assert.deepEqual(asked, [[1, 2, 3]])
    assert.deepEqual(handled, [])
    assert.equal(settled.size, 3)
  })

  it('goes by the answer to each: one that will never do is dead, one that waits stops its own key alone', async () => {
    const { run, sent } = togetherSite((offset) => (offset === 2 ? answers.dead : offset === 3 ? answers.away : done))
    const { settled, held } = await run(three)
    assert.deepEqual([...settled].toSorted(), [1n, 2n])
    assert.deepEqual([...held.keys()], [3n])
    assert.deepEqual(sent, [['dead', 2n, 0, 'Http422']])
  })

  it('asks nothing once it must not go on, and settles nothing that it must not commit', async () => {
    const { run, asked } = togetherSite()
    assert.equal((await run(three, [], () => false)).settled.size, 0)
    assert.deepEqual(asked, [])
    let looks = 0
    assert.equal((await run(three, [], () => looks++ === 0)).settled.size, 0)
  })

  it('asks for each by itself when asking for all fails: one is why, and the others do not wait for it', async () => {
    const together = { most: 10, handle: async () => Promise.reject(new Error('broken')) }
    const alone = async ({ offset }: { readonly offset: bigint }) => {
      if (offset === 2n) throw new Error('it alone')
      return done
    }
    const { settled, held } = await site(alone, { together }).run(three)
    assert.deepEqual(
      [...held].map(([offset, { reason, certain }]) => [offset, reason, certain]),
      [[2n, 'it alone', false]],
    )
    assert.ok(settled.size > 0)
  })

  it('has all of them wait when no answer comes', async () => {
    const silent = site(async () => done, { together: { most: 10, handle: async () => [done] } })
    assert.equal((await silent.run(three)).held.get(2n)?.reason, 'the flow has given no answer')
  })

  it('gives up one that hangs, and tells it so', async () => {
    const clock = fakeClock()
    let aborted = false
    const together: Together = {
      most: 10,
      handle: (_, signal) =>
        new Promise(() => {
          signal.addEventListener('abort', () => {
            aborted = true
          })
        }),
    }
    const { parts } = site(async () => done, { together })
    const running = handleChunk({ ...parts, clock }, three, { goesOn: () => true, doubted: new Set() })
    await new Promise((resolve) => setImmediate(resolve))
    await clock.advance(10_000)
    assert.equal((await running).held.get(1n)?.cause, 'Timeout')
    assert.equal(aborted, true)
  })

  it('handles what lies in the retry topic one by one', async () => {
    const { run, asked, handled } = togetherSite()
    await run([aRetry(7, 'a', 1), aRetry(8, 'b', 2, 'another group')])
    assert.deepEqual(asked, [])
    assert.deepEqual(handled, [7n])
  })
})
