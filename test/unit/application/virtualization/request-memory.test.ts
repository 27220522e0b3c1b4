import assert from 'node:assert/strict'
import { requestMemory } from '../../../../operator/application/virtualization/request-memory.ts'
import { requestNameOf, storedDigestOf } from '../../../../operator/domain/virtualization/identity.ts'
import type { ResourceRequest } from '../../../../operator/domain/virtualization/resource-request.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { inMemoryProcessedMessages } from '../../../fakes/in-memory-processed-messages.ts'
import { aRequest, sha256 } from '../../../fixtures/request-builders.ts'

const SETTLED_MS = 180_000
const HOUR = 3_600_000
const origin = { topic: 'asks', partition: 2, offset: 41n }

function ended(messageId: string, particular: Partial<ResourceRequest> = {}): ResourceRequest {
  return aRequest({
    ...{ name: requestNameOf('team', messageId, sha256), uid: `uid-${messageId}`, spec: { messageId }, origin },
    status: {
      ...{ observedGeneration: 1, phase: 'Completed', reason: 'Running', message: '', steps: 2, published: 2 },
      ...{ history: [], conditions: [], completedAt: '2026-11-30T10:00:00Z' },
    },
    ...(particular as object),
  })
}

function aMemory() {
  const clock = fakeClock()
  const processed = inMemoryProcessedMessages(clock.now)
  const troubles: string[] = []
  const another = () =>
    requestMemory({
      ...{ processed, clock, sha256, keptMs: HOUR, onRetry: () => undefined },
      onTrouble: (message) => void troubles.push(message),
    })
  return { ...another(), another, clock, processed, troubles }
}

describe('requestMemory', () => {
  it('writes what became of a message, under the name and the digest that its message will be known by', async () => {
    const { remember, processed } = aMemory()
    const request = ended('m-1')
    assert.equal(await remember([request]), false)
    assert.deepEqual(
      [...processed.rows.values()],
      [
        {
          ...{ name: request.name, namespace: 'team', messageId: 'm-1', requestUid: 'uid-m-1', origin },
          ...{ digest: storedDigestOf(request.spec, sha256), outcome: 'Completed', reason: 'Running' },
          endedAt: Date.parse('2026-11-30T10:00:00Z'),
        },
      ],
    )
  })

  it('lets a request go only three minutes after its message was written', async () => {
    const { remember, mayGo, clock } = aMemory()
    const request = ended('m-1')
    assert.equal(mayGo(request), false)
    await remember([request])
    await clock.advance(SETTLED_MS - 1)
    assert.equal(mayGo(request), false, 'a worker may be about to make it')
    await clock.advance(1)
    assert.equal(mayGo(request), true)
  })

  it('lets go at once what no message of a topic finds', async () => {
    const { remember, mayGo, processed } = aMemory()
    const { origin: _, ...byHand } = ended('m-1')
    const named = ended('m-2', { name: 'mine' })
    await remember([byHand, named])
    assert.deepEqual([mayGo(byHand), mayGo(named), processed.rows.size], [true, true, 0])
  })

  it('keeps all while nothing can be written, says so, and writes them once it can be', async () => {
    const { remember, mayGo, processed, troubles, clock } = aMemory()
    const all = [ended('m-1'), ended('m-2')]
    processed.fail(new Error('no route'))
    await remember(all)
    await clock.advance(HOUR)
    assert.deepEqual(all.map(mayGo), [false, false])
    assert.equal(troubles.length, 1)
    processed.fail(undefined)
    await remember(all)
    assert.deepEqual([all.map(mayGo), processed.rows.size], [[false, false], 2])
  })

  it('forgets nothing of what is written when it ends: who comes after it writes all again, and waits again', async () => {
    const { remember, another, processed, clock } = aMemory()
    const request = ended('m-1')
    await remember([request])
    await clock.advance(SETTLED_MS)
    const next = another()
    assert.equal(next.mayGo(request), false)
    await next.remember([request])
    assert.equal(processed.rows.size, 1)
    await clock.advance(SETTLED_MS)
    assert.equal(next.mayGo(request), true)
  })

  it('writes five thousand in a sweep, asks to go on, and writes none twice', async () => {
    const { remember, processed } = aMemory()
    const all = Array.from({ length: 5_001 }, (_, index) => ended(`m-${index}`))
    assert.equal(await remember(all), true)
    assert.equal(processed.rows.size, 5_000)
    assert.equal(await remember(all), false)
    assert.equal(processed.rows.size, 5_001)
    const told: number[] = []
    const { remember: again } = requestMemory({
      processed: { remember: async (page) => void told.push(page.length), forget: async () => 0 },
      ...{ clock: fakeClock(), sha256, keptMs: HOUR, onRetry: () => undefined, onTrouble: () => undefined },
    })
    await again(all.slice(0, 501))
    await again(all.slice(0, 502))
    assert.deepEqual(told, [500, 1, 1])
  })

  it('has what is older than it is kept forgotten, once a minute', async () => {
    const clock = fakeClock()
    const asked: number[] = []
    const { remember } = requestMemory({
      processed: { remember: async () => undefined, forget: async (keptMs) => asked.push(keptMs) },
      ...{ clock, sha256, keptMs: HOUR, onRetry: () => undefined, onTrouble: () => undefined },
    })
    for (const ms of [0, 59_999, 1]) {
      await clock.advance(ms)
      await remember([])
    }
    assert.deepEqual(asked, [HOUR, HOUR])
  })
})
