import assert from 'node:assert/strict'
import type { TopicMessages } from 'kafkajs'
import { later } from '../../../../operator/application/clock.ts'
import type { Progress } from '../../../../operator/infrastructure/kafka/request.ts'
import { requestSize } from '../../../../operator/infrastructure/kafka/request-size.ts'
import { abandon, type Sending, sendAll } from '../../../../operator/infrastructure/kafka/sending.ts'
import { messages } from '../../../contracts/publisher.contract.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'

const PUBLISH_TIMEOUT_MS = 10_000

type Script = (sent: readonly TopicMessages[]) => Error | undefined

/** An error as the library throws it, wrapped as it wraps them. */
function protocolError(type: string): Error {
  return new Error(`wrapped ${type}`, { cause: Object.assign(new Error(type), { type }) })
}

/** A Sending over sessions that answer by `script`; requests are listed as `a×2 b×1`, a new session as `|`. */
function scripted(script: Script): { sending: Sending; requests: string[] } {
  const requests: string[] = []
  const session = {
    connected: async () => undefined,
    async send(sent: TopicMessages[]) {
      requests.push(sent.map(({ topic, messages: list }) => `${topic}×${list.length}`).join(' '))
      const error = script(sent)
      if (error) throw error
    },
    giveUp: () => undefined,
    close: async () => undefined,
  }
  const slot = { session: () => session, giveUp: () => void requests.push('|'), close: async () => undefined }
  const state = { now: () => ({ kind: 'unknown' }) as const, reached: () => undefined, lost: () => undefined }
  const clock = fakeClock()
  const size = requestSize(512 * 1024, PUBLISH_TIMEOUT_MS)
  const until = later(clock.tick(), PUBLISH_TIMEOUT_MS / 2)
  return { sending: { slot, state, clock, size, until, suspects: new Set(), asked: [], over: false }, requests }
}

function batches(counts: Readonly<Record<string, number>>): Progress[] {
  return Object.entries(counts).map(([topic, count]) => ({ batch: { topic, messages: messages(count) }, sent: 0 }))
}

function kinds(all: readonly Progress[]): (string | undefined)[] {
  return all.map(({ delivery }) => delivery?.kind)
}

describe('sendAll', () => {
  it('sends several topics in one request', async () => {
    const { sending, requests } = scripted(() => undefined)
    const all = batches({ a: 2, b: 1 })
    await sendAll(sending, all)
    assert.deepEqual(requests, ['a×2 b×1'])
    assert.deepEqual(kinds(all), ['acknowledged', 'acknowledged'])
  })

  it('does not send a part before the part in front of it has arrived', async () => {
    let calls = 0
    const { sending, requests } = scripted(() => (calls++ === 1 ? new Error('connection lost') : undefined))
    const all = batches({ a: 30 })
    await sendAll({ ...sending, size: requestSize(2_500, PUBLISH_TIMEOUT_MS) }, all)
    assert.equal(requests.length, 3) // one that arrived, one that failed, its session given up
    assert.deepEqual(all[0]?.delivery, { kind: 'unfinished', reason: 'connection lost', arrived: all[0]?.sent })
    assert.ok(all[0]?.sent)
  })

  it('asks each topic by itself, in new sessions, when one of several fails', async () => {
    const { sending, requests } = scripted((sent) =>
      sent.some(({ topic }) => topic === 'b') ? protocolError('TOPIC_AUTHORIZATION_FAILED') : undefined,
    )
    const all = batches({ a: 1, b: 1, c: 1 })
    await sendAll(sending, all)
    assert.deepEqual(requests, ['a×1 b×1 c×1', '|', 'a×1', 'b×1', '|', 'c×1'])
    assert.deepEqual(kinds(all), ['acknowledged', 'refused', 'acknowledged'])
  })

  it('keeps a topic that failed apart from the others until it takes messages again', async () => {
    let broken = true
    const { sending, requests } = scripted((sent) =>
      broken && sent.some(({ topic }) => topic === 'b') ? protocolError('NOT_ENOUGH_REPLICAS') : undefined,
    )
    await sendAll(sending, batches({ a: 1, b: 1 }))
    broken = false
    requests.length = 0
    await sendAll(sending, batches({ a: 1, b: 1 }))
    await sendAll(sending, batches({ a: 1, b: 1 }))
    assert.deepEqual(requests, ['a×1', 'b×1', 'a×1 b×1'])
  })

  it('does not ask topic by topic when the cluster is away', async () => {
    const { sending, requests } = scripted(() => new Error('connect ECONNREFUSED'))
    const all = batches({ a: 1, b: 1 })
    await sendAll(sending, all)
    assert.deepEqual(requests, ['a×1 b×1', '|'])
    assert.deepEqual(
      all.map(({ delivery }) => delivery),
      [
        { kind: 'unavailable', reason: 'connect ECONNREFUSED' },
        { kind: 'unavailable', reason: 'connect ECONNREFUSED' },
      ],
    )
  })

  for (const type of ['OUT_OF_ORDER_SEQUENCE_NUMBER', 'UNKNOWN_PRODUCER_ID', 'INVALID_PRODUCER_EPOCH']) {
    it(`sends once more in a new session after ${type}`, async () => {
      let calls = 0
      const { sending, requests } = scripted(() => (calls++ === 0 ? protocolError(type) : undefined))
      const all = batches({ a: 3 })
      await sendAll(sending, all)
      assert.deepEqual(requests, ['a×3', '|', 'a×3'])
      assert.deepEqual(kinds(all), ['acknowledged'])
    })
  }

  it('halves what is too large in sum until a single message is', async () => {
    const { sending } = scripted(([sent]) =>
      sent?.messages.some(({ headers }) => headers?.['ce_id'] === 'uid-2')
        ? protocolError('MESSAGE_TOO_LARGE')
        : undefined,
    )
    const all = batches({ a: 4 })
    await sendAll(sending, all)
    assert.deepEqual(all[0]?.delivery, {
      kind: 'refused',
      reason: 'a message is larger than the topic takes (max.message.bytes)',
      tooLarge: true,
      ofMessages: true,
      arrived: 2,
    })
    assert.equal(all[0]?.sent, 2)
  })

  it('sends nothing more and decides nothing once its time is up', async () => {
    const { sending, requests } = scripted(() => {
      sending.over = true
      abandon(sending, all, 'no answer')
      return undefined
    })
    const all = batches({ a: 1, b: 1 })
    await sendAll(
      {
        ...sending,
        get over() {
          return sending.over
        },
      } as Sending,
      all,
    )
    assert.equal(requests.length, 1)
    assert.deepEqual(kinds(all), ['unavailable', 'unavailable'])
  })
})
