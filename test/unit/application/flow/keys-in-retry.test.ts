import assert from 'node:assert/strict'
import type { Answer } from '../../../../operator/domain/flow/next-stop.ts'
import { inMemoryKeysInRetry } from '../../../fakes/in-memory-keys-in-retry.ts'
import { aMessage, answers, aRetry, byOffset, done, site } from './chunk-site.ts'

describe('handleChunk for a flow that needs the order of each key', () => {
  it('sends later messages of a key behind the one in the retry topic, and lets them go one by one', async () => {
    const keysInRetry = inMemoryKeysInRetry()
    const table: Record<number, Answer> = { 1: answers.retry }
    const { run, sent, handled, left } = site(byOffset(table), { keysInRetry })
    await run([aMessage(1, 'a'), aMessage(2, 'a'), aMessage(3, 'b')])
    assert.deepEqual(sent, [
      ['retry', 1n, 1, 'Http404'],
      ['retry', 2n, 0, 'KeyInRetry'],
    ])
    assert.equal(keysInRetry.size, 2)

    sent.length = 0
    handled.length = 0
    table[21] = answers.retry // the head fails again and goes to the end: its follower has to follow it there
    await run([aRetry(21, 'a', 1), aRetry(22, 'a', 2)])
    assert.deepEqual(handled, [21n])
    assert.deepEqual(sent, [
      ['retry', 1n, 2, 'Http404'],
      ['retry', 2n, 1, 'KeyInRetry'],
    ])

    sent.length = 0
    await run([aRetry(31, 'a', 1), aRetry(32, 'a', 2), aRetry(33, 'a', 1)])
    assert.deepEqual(handled, [21n, 31n, 32n]) // the repetition of the first is passed by
    assert.deepEqual(left, ['RepeatedRetry'])
    assert.deepEqual(sent, [])
    assert.equal(keysInRetry.size, 0)
  })

  it('lets followers go when their head is dead', async () => {
    const keysInRetry = inMemoryKeysInRetry()
    const { run, handled } = site(byOffset({ 1: answers.retry, 21: answers.dead }), { keysInRetry })
    await run([aMessage(1, 'a'), aMessage(2, 'a')])
    await run([aRetry(21, 'a', 1), aRetry(22, 'a', 2)])
    assert.deepEqual(handled, [1n, 21n, 22n])
    assert.equal(keysInRetry.size, 0)
  })

  it('lets followers go when the retry topic never takes their head, or one of them', async () => {
    const keysInRetry = inMemoryKeysInRetry()
    const { run, handled, parts } = site(byOffset({ 1: answers.retry, 21: answers.dead }), { keysInRetry })
    const { retry } = parts.forwarding
    parts.forwarding.retry = async () => 'dead'
    await run([aMessage(1, 'a')])
    assert.equal(keysInRetry.size, 0)
    parts.forwarding.retry = retry
    await run([aMessage(1, 'a')])
    parts.forwarding.retry = async () => 'dead'
    await run([aMessage(2, 'a')])
    await run([aRetry(21, 'a', 1), aMessage(3, 'a')])
    assert.deepEqual(handled, [1n, 1n, 21n, 3n])
    assert.equal(keysInRetry.size, 0)
  })

  it('waits in place while nobody can say which keys are in the retry topic', async () => {
    const away = async () => {
      throw new Error('connection refused')
    }
    const { run, handled } = site(async () => done, { keysInRetry: { of: away, add: away, remove: away } })
    const { held } = await run([aMessage(1, 'a')])
    assert.equal(held.get(1n)?.cause, 'KeysInRetryAway')
    assert.deepEqual(handled, [])
  })
})
