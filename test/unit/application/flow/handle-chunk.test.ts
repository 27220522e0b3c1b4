import assert from 'node:assert/strict'
import type { Flow, FlowMessage } from '../../../../operator/application/flow/flow.ts'
import { type ChunkParts, handleChunk } from '../../../../operator/application/flow/handle-chunk.ts'
import { type Blame, headersOf, type Journey } from '../../../../operator/domain/flow/journey.ts'
import type { Answer } from '../../../../operator/domain/flow/next-stop.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { inMemoryKeysInRetry } from '../../../fakes/in-memory-keys-in-retry.ts'

const done: Answer = { kind: 'done' }
const answers = {
  away: { kind: 'wait', certain: true, cause: 'Away', reason: 'nobody answers' },
  unsure: { kind: 'wait', certain: false, cause: 'Http500', reason: 'it fails' },
  retry: { kind: 'retry', cause: 'Http404', reason: 'not there yet' },
  dead: { kind: 'dead', cause: 'Http422', reason: 'not a number' },
} as const satisfies Record<string, Answer>

const aMessage = (offset: number, key: string | undefined, particular: Partial<FlowMessage> = {}): FlowMessage => ({
  ...{ topic: 'stocks', partition: 0, offset: BigInt(offset), ...(key !== undefined && { key }) },
  ...{ value: new Uint8Array(), headers: {}, timestampMs: 0 },
  ...particular,
})

function aRetry(offset: number, key: string, origin: number, group = 'g'): FlowMessage {
  const journey = { origin: { topic: 'stocks', partition: 0, offset: BigInt(origin) }, group, attempt: 1, dueMs: 0 }
  return aMessage(offset, key, { topic: 'retry', headers: headersOf(journey, answers.retry) })
}

function site(handle: Flow['handle'], particular: Partial<Flow> = {}) {
  const sent: [kind: string, origin: bigint, attempt: number, cause: string][] = []
  const handled: bigint[] = []
  const forwardTo = { fault: undefined as Blame | undefined }
  const forward =
    (kind: string) =>
    async (_: FlowMessage, journey: Journey, { cause }: Blame) => {
      if (!forwardTo.fault) sent.push([kind, journey.origin.offset, journey.attempt, cause])
      return forwardTo.fault
    }
  const parts: ChunkParts<FlowMessage> = {
    flow: {
      name: 'test',
      handle(message, signal) {
        handled.push(message.offset)
        return handle(message, signal)
      },
      ...particular,
    },
    ...{ group: 'g', retryTopic: 'retry', delaysMs: [1_000, 2_000], mostHandlingMs: 10_000, clock: fakeClock() },
    forwarding: { retry: forward('retry'), dead: forward('dead') },
    observer: { handled: () => undefined, retried: () => undefined, dead: () => undefined },
  }
  const run = (messages: readonly FlowMessage[], doubted: readonly bigint[] = [], goesOn = () => true) =>
    handleChunk(parts, messages, { goesOn, doubted: new Set(doubted) })
  return { run, sent, handled, forwardTo, parts }
}

const byOffset = (table: Readonly<Record<number, Answer>>): Flow['handle'] => {
  return async ({ offset }) => table[Number(offset)] ?? done
}

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

  it('works on 16 keys at once at most', async () => {
    let atOnce = 0
    let most = 0
    const { run } = site(async () => {
      atOnce += 1
      most = Math.max(most, atOnce)
      await new Promise((resolve) => setImmediate(resolve))
      atOnce -= 1
      return done
    })
    await run(Array.from({ length: 50 }, (_, offset) => aMessage(offset, undefined)))
    assert.equal(most, 16)
  })

  it('stops the key that the world does not let through, and no other', async () => {
    const { run, sent } = site(byOffset({ 1: answers.away }))
    const { settled, held, done: through } = await run([aMessage(1, 'a'), aMessage(2, 'b'), aMessage(3, 'a')])
    assert.deepEqual([...settled], [2n])
    assert.deepEqual([...held.keys()], [1n])
    assert.equal(through, 1)
    assert.deepEqual(sent, [])
  })

  it('sends what is at fault to the retry topic, and what will never do to the dead letters, and goes on', async () => {
    const { run, sent } = site(byOffset({ 1: answers.retry, 2: answers.dead }))
    const { settled, done: through } = await run([aMessage(1, 'a'), aMessage(2, 'b'), aMessage(3, 'a')])
    assert.equal(settled.size, 3)
    assert.equal(through, 1)
    assert.deepEqual(sent, [
      ['retry', 1n, 1, 'Http404'],
      ['dead', 2n, 0, 'Http422'],
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

  describe('for a flow that needs the order of each key', () => {
    it('sends later messages of a key behind the one in the retry topic, and lets them go one by one', async () => {
      const keysInRetry = inMemoryKeysInRetry()
      const table: Record<number, Answer> = { 1: answers.retry }
      const { run, sent, handled } = site(byOffset(table), { keysInRetry })
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
})
