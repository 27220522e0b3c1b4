import assert from 'node:assert/strict'
import type { FlowMessage } from '../../../../operator/application/flow/flow.ts'
import { takeRequests } from '../../../../operator/application/virtualization/take-requests.ts'
import { requestNameOf, storedDigestOf } from '../../../../operator/domain/virtualization/identity.ts'
import { inMemoryProcessedMessages } from '../../../fakes/in-memory-processed-messages.ts'
import { sha256 } from '../../../fixtures/request-builders.ts'
import { aFlow, HOUR, sent } from './taking-flow.ts'

const otherwise = { ...sent, payload: { ...sent.payload, specification: { cpu: 2, pool: 'small' } } }
const done = { kind: 'done' }
const api = { kind: 'done', neighbour: 'api-server' }
const away = {
  ...{ kind: 'wait', certain: true, cause: 'MemoryAway' },
  reason: "which messages were done can't be told: no route",
}

const rowOf = (message: typeof sent, namespace = 'desk') => ({
  ...{ name: requestNameOf(namespace, message.messageId, sha256), namespace, messageId: message.messageId },
  ...{ digest: storedDigestOf(message, sha256), requestUid: 'u-1', outcome: 'Completed' as const, reason: 'Running' },
  ...{ endedAt: 0, origin: { topic: 'asks', partition: 0, offset: 7n } },
})

/** The flow beside a memory of these messages. */
async function withMemory(...remembered: readonly (typeof sent)[]) {
  const processed = inMemoryProcessedMessages()
  await processed.remember(remembered.map((message) => rowOf(message)))
  let known = 0
  const onKnown = () => {
    known += 1
  }
  const parts = { processed, onKnown }
  return { ...aFlow('as sent', parts), processed, known: () => known }
}

describe('takeRequests beside what is remembered', () => {
  it('makes nothing of a message whose request is gone, however it is written and however old it is', async () => {
    const { handle, created, known, clock } = await withMemory(sent)
    assert.deepEqual(await handle(), done)
    const specification = { pool: 'small', cpu: 1, mascot: 'duck' }
    assert.deepEqual(await handle({ ...sent, timestamp: 'later', payload: { ...sent.payload, specification } }), done)
    assert.deepEqual(
      await handle(sent, { timestampMs: clock.now() - 5 * HOUR }),
      done,
      'not TooOld, which tells its sender that it failed',
    )
    assert.deepEqual([created, known()], [[], 3])
  })

  it('takes another message under the same id to the dead letters', async () => {
    const { handle, created, known } = await withMemory(sent)
    assert.deepEqual(await handle(otherwise), {
      ...{ kind: 'dead', cause: 'IdReused' },
      reason: 'the message "m-1" is remembered (Completed), and it asked for something else',
    })
    assert.deepEqual([created, known()], [[], 0])
  })

  it('makes what is not remembered, and what is so in another namespace', async () => {
    const { handle, created } = await withMemory(sent)
    assert.deepEqual(await handle({ ...sent, messageId: 'm-2' }), api)
    assert.deepEqual(await handle({ ...sent, payload: { ...sent.payload, namespace: 'other' } }), api)
    assert.deepEqual(created.length, 2)
    assert.deepEqual(created[0]?.origin, { topic: 'asks', partition: 0, offset: 7n })
  })

  it('is as ever for messages that are not known and too old', async () => {
    const { handle, clock } = await withMemory()
    const answer = await handle(sent, { timestampMs: clock.now() - HOUR - 1 })
    assert.equal((answer as { cause: string }).cause, 'TooOld')
  })

  it('waits where nothing can be told, makes nothing meanwhile, and goes on afterwards', async () => {
    const { handle, created, processed } = await withMemory()
    processed.fail(new Error('no route'))
    assert.deepEqual(await handle(), away)
    assert.deepEqual(created, [])
    processed.fail(undefined)
    assert.deepEqual(await handle(), api)
  })

  it('asks nobody, and has nothing to ask ahead, without a memory', async () => {
    const { handle, flow } = aFlow()
    assert.equal(flow.ahead, undefined)
    assert.deepEqual(await handle(), api)
  })
})

describe('takeRequests with a chunk of messages', () => {
  const signal = new AbortController().signal

  it('asks once for all of them, also for those of the retry topic, and for none that can not be read', async () => {
    const { flow, message, processed } = await withMemory(sent)
    const chunk = [message(sent), message({ ...sent, messageId: 'm-2' }), message(sent), message(['no request'])]
    await flow.ahead?.(chunk, signal)
    assert.deepEqual(await Promise.all(chunk.slice(0, 3).map((one) => flow.handle(one, signal))), [done, api, done])
    assert.deepEqual(processed.trips, [[rowOf(sent).name, requestNameOf('desk', 'm-2', sha256)]])
  })

  it('asks for nothing where none can be read', async () => {
    const { flow, message, processed } = await withMemory()
    await flow.ahead?.([message(['no request'])], signal)
    assert.deepEqual(processed.trips, [])
  })

  it('does not ask for each where it could not be told of all', async () => {
    const { flow, message, processed, created } = await withMemory()
    const chunk = ['m-1', 'm-2', 'm-3'].map((messageId) => message({ ...sent, messageId }))
    processed.fail(new Error('no route'))
    await flow.ahead?.(chunk, signal)
    for (const one of chunk) assert.deepEqual(await flow.handle(one, signal), away)
    assert.deepEqual([processed.trips.length, created], [1, []])
  })

  it('asks anew for one whose turn comes so late that its request may have come and gone meanwhile', async () => {
    const { flow, message, processed, clock, created } = await withMemory()
    const chunk: FlowMessage[] = [message(sent), message({ ...sent, messageId: 'm-2' })]
    await flow.ahead?.(chunk, signal)
    await processed.remember([rowOf(sent)]) // another member has made it, and its request is over
    await clock.advance(20_001)
    assert.deepEqual(await flow.handle(chunk[0] as FlowMessage, signal), done)
    assert.deepEqual(await flow.handle(chunk[1] as FlowMessage, signal), api)
    assert.deepEqual([created.length, processed.trips.length], [1, 3])
  })

  it('does not go by an answer that comes that late', async () => {
    const { message, processed, clock, created, parts } = await withMemory()
    const find = async (names: readonly string[]) => {
      const found = await processed.find(names)
      await clock.advance(20_001)
      return found
    }
    const late = takeRequests({ ...parts, processed: { find } })
    const answer = await late.handle(message(sent), signal)
    assert.deepEqual({ ...answer, reason: undefined }, { ...away, reason: undefined })
    assert.deepEqual(created, [])
  })
})
