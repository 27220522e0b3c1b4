import assert from 'node:assert/strict'
import type { Flow } from '../../../../operator/application/flow/flow.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { aMessage, aRetry, done, site } from './chunk-site.ts'

const three = [aMessage(1, 'a'), aMessage(2, 'a'), aMessage(3, 'b')]

/** A flow that asks ahead so, with what it was asked for, in order. */
function aheadSite(ahead: NonNullable<Flow['ahead']> = async () => undefined) {
  const told: string[] = []
  const handle: Flow['handle'] = async ({ offset }) => {
    told.push(`${offset}`)
    return done
  }
  const watched: Flow['ahead'] = (messages, signal) => {
    told.push(`ahead of ${messages.map(({ offset }) => offset).join()}`)
    return ahead(messages, signal)
  }
  return { told, ...site(handle, { ahead: watched }) }
}

describe('handleChunk, where the flow asks ahead', () => {
  it('has it see all messages once, before the first of them is handled', async () => {
    const { run, told } = aheadSite()
    assert.equal((await run(three)).settled.size, 3)
    assert.deepEqual([told[0], told.slice(1).toSorted()], ['ahead of 1,2,3', ['1', '2', '3']])
  })

  it('has it see those of the retry topic, too', async () => {
    const { run, told } = aheadSite()
    await run([aRetry(9, 'a', 1)])
    assert.deepEqual(told, ['ahead of 9', '9'])
  })

  it('handles each all the same where that fails, or hangs for as long as a handler may', async () => {
    const failing = aheadSite(async () => Promise.reject(new Error('no route')))
    assert.equal((await failing.run(three)).settled.size, 3)
    const clock = fakeClock()
    const hanging = aheadSite(() => new Promise(() => undefined))
    const run = site(async () => done, { ahead: hanging.parts.flow.ahead as NonNullable<Flow['ahead']> })
    Object.assign(run.parts, { clock })
    const outcome = run.run(three)
    await clock.advance(run.parts.mostHandlingMs)
    assert.equal((await outcome).settled.size, 3)
  })

  it('asks nothing once it must not go on', async () => {
    const { run, told } = aheadSite()
    assert.equal((await run(three, [], () => false)).settled.size, 0)
    assert.deepEqual(told, [])
  })
})
