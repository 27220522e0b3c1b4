import assert from 'node:assert/strict'
import type { EachBatchPayload, KafkaMessage } from 'kafkajs'
import type { Flow } from '../../../../../operator/application/flow/flow.ts'
import { trouble } from '../../../../../operator/application/flow/trouble.ts'
import { headersOf } from '../../../../../operator/domain/flow/journey.ts'
import { jointCommits } from '../../../../../operator/infrastructure/kafka/consumer/joint-commits.ts'
import {
  type PartitionParts,
  type PartitionState,
  workThrough,
} from '../../../../../operator/infrastructure/kafka/consumer/partition-work.ts'
import { fakeClock } from '../../../../fakes/fake-clock.ts'

const aRecord = (offset: number): KafkaMessage => ({
  ...{ key: Buffer.from(`k${offset % 7}`), value: Buffer.from('{}'), headers: {}, offset: String(offset) },
  ...{ timestamp: '1', attributes: 0 },
})

/** The headers of one that waits for its second try. */
function retryHeaders(offset: number, dueMs: number) {
  const origin = { topic: 'first', partition: 0, offset: BigInt(offset) }
  const headers = headersOf({ origin, group: 'g', attempt: 1, dueMs }, { cause: 'Full', reason: 'no room' })
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Buffer.from(value)]))
}

/** A partition of twenty messages, as a member of a group works through it; `commit` is what the broker does with one. */
function site(handle: Flow['handle'], commit: () => Promise<void> = async () => undefined) {
  const clock = fakeClock()
  const membership = { generation: 1 as number | undefined, partitions: [], silentMs: () => 0 }
  const waits: (number | undefined)[] = []
  const handled: bigint[] = []
  let resolved = -1n
  let committed = 0n
  let retried: { readonly atMs: number; readonly delayMs: number } | undefined
  const recordOf = (offset: number): KafkaMessage => {
    if (!retried) return aRecord(offset)
    const { atMs, delayMs } = retried
    return {
      ...aRecord(offset),
      timestamp: String(atMs),
      headers: retryHeaders(offset, atMs + delayMs),
    } as KafkaMessage
  }
  const silent = {
    clock,
    probeMs: [500, 30_000] as const,
    fields: {},
    onRetry: () => undefined,
    onTrouble: () => undefined,
  }
  const state: PartitionState = {
    ahead: new Set(),
    held: new Set(),
    trouble: trouble({ ...silent, reachedSoFar: () => 0 }),
  }
  const parts: PartitionParts = {
    ...{
      clock,
      membership,
      replay: () => undefined,
      stateOf: () => state,
      reached: () => undefined,
      ending: () => false,
    },
    commits: jointCommits(clock),
    pauses: {
      pause(_, forMs) {
        waits.push(forMs)
        return () => undefined
      },
      has: () => false,
      clear: () => undefined,
    },
    sessionMs: 10_000,
    chunk: {
      flow: {
        name: 'test',
        handle(message, signal) {
          handled.push(message.offset)
          return handle(message, signal)
        },
      },
      ...{ group: 'g', delaysMs: [], clock, mostHandlingMs: 300_000 },
      observer: { handled: () => undefined, retried: () => undefined, dead: () => undefined, passed: () => undefined },
      forwarding: { retry: async () => 'retry', dead: async () => 'dead' },
    },
  }
  /** What the library hands over next: from what was resolved last, so many; a record behind them that it keeps to itself. */
  async function fetch(most = 20, hidden = 0): Promise<void> {
    const messages = Array.from({ length: 20 }, (_, offset) => recordOf(offset))
      .filter(({ offset }) => BigInt(offset) > resolved)
      .slice(0, most)
    const lastOffset = String(Number(messages.at(-1)?.offset) + hidden)
    const payload: Partial<EachBatchPayload> = {
      heartbeat: async () => undefined,
      isRunning: () => true,
      isStale: () => false,
      resolveOffset(offset) {
        resolved = BigInt(offset)
      },
      async commitOffsetsIfNecessary(offsets) {
        await commit()
        committed = BigInt(offsets?.topics[0]?.partitions[0]?.offset ?? -1)
      },
      batch: {
        topic: 't',
        partition: 0,
        messages,
        lastOffset: () => lastOffset,
      } as unknown as EachBatchPayload['batch'],
    }
    if (messages.length > 0) await workThrough(parts, payload as EachBatchPayload)
  }
  return {
    ...{ fetch, handled, waits, state, clock, membership, parts },
    /** From now on its messages are such as were put into the retry topic at that time. */
    retriedAt(atMs: number, delayMs: number) {
      retried = { atMs, delayMs }
    },
    get committed() {
      return committed
    },
  }
}

describe('work on a partition', () => {
  it('has nothing handled again where a fetch brings less than one whose commit has failed', async () => {
    let tries = 0
    const work = site(
      async () => ({ kind: 'done' }),
      async () => {
        tries += 1
        if (tries === 1) throw new Error('the answer was lost')
      },
    )
    await work.fetch(10)
    await work.fetch(4)
    assert.equal(work.committed, 10n)
    await work.fetch(10)
    assert.deepEqual(
      work.handled,
      Array.from({ length: 20 }, (_, offset) => BigInt(offset)),
    )
    assert.equal(work.committed, 20n)
  })

  it('commits also what the library keeps to itself behind the last message', async () => {
    const work = site(async () => ({ kind: 'done' }))
    await work.fetch(20, 1)
    assert.equal(work.committed, 21n)
  })

  it('commits again what is through after a commit that failed, without handling it again', async () => {
    let commits = 0
    const subject = site(
      async () => ({ kind: 'done' }),
      async () => {
        commits += 1
        if (commits === 1) throw new Error('request timed out')
      },
    )
    await subject.fetch()
    assert.equal(subject.committed, 0n)
    assert.deepEqual(subject.waits, [500])
    await subject.fetch()
    assert.equal(subject.committed, 20n)
    assert.equal(subject.handled.length, 20)
    assert.equal(subject.state.ahead.size, 0)
  })

  it('commits and pauses nothing once others may have the partition', async () => {
    const subject = site(async () => {
      subject.membership.generation = 2
      return { kind: 'wait', certain: true, cause: 'Away', reason: 'nobody answers' }
    })
    await subject.fetch()
    assert.equal(subject.committed, 0n)
    assert.deepEqual(subject.waits, [])
  })

  it('begins nothing while the group has been silent for a session', async () => {
    const subject = site(async () => ({ kind: 'done' }))
    subject.membership.silentMs = () => 10_000
    await subject.fetch()
    assert.deepEqual(subject.handled, [])
  })

  it('looks again after a minute at most when a retry is due, as a clock may have been set', async () => {
    const subject = site(async () => ({ kind: 'done' }))
    const { clock } = subject
    Object.assign(subject.parts.chunk, { retryTopic: 't', delaysMs: [5_000, 600_000] })
    subject.retriedAt(clock.now(), 600_000)
    await subject.fetch()
    await clock.advance(599_000)
    await subject.fetch()
    assert.deepEqual(subject.waits, [60_000, 1_000])
    assert.deepEqual(subject.handled, [])
    await clock.advance(1_000)
    await subject.fetch()
    assert.equal(subject.handled.length, 20)
  })

  it('knows how old the first message is while none is done', async () => {
    const subject = site(async () => ({ kind: 'wait', certain: true, cause: 'Away', reason: 'nobody answers' }))
    await subject.fetch()
    assert.equal(subject.state.reachedMs, 1)
  })

  it('knows how old the first message is that waits, however old the last one was that is done', async () => {
    const subject = site(async () => ({ kind: 'wait', certain: true, cause: 'Away', reason: 'nobody answers' }))
    subject.state.reachedMs = -500_000
    await subject.fetch()
    assert.equal(subject.state.reachedMs, 1)
  })

  it('holds nothing for old while it recalls what was handled before', async () => {
    const subject = site(async () => ({ kind: 'done' }))
    const recalling = { starts: [], recall: () => 20 }
    Object.assign(subject.parts, { replay: () => recalling })
    await subject.fetch()
    assert.deepEqual([subject.handled, subject.state.reachedMs], [[], undefined])
  })
})
