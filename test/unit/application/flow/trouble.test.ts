import assert from 'node:assert/strict'
import type { Hold } from '../../../../operator/application/flow/handle-chunk.ts'
import { nextChunk } from '../../../../operator/application/flow/next-chunk.ts'
import { trouble } from '../../../../operator/application/flow/trouble.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'

const hold = (particular: Partial<Hold> = {}): Hold => ({ certain: false, cause: 'a', reason: 'b', ...particular })

function site() {
  let done = 0
  const said: string[] = []
  const clock = fakeClock()
  const subject = trouble({
    ...{ clock, probeMs: [100, 1_000], fields: {}, reachedSoFar: (neighbour) => (neighbour === 'another' ? 0 : done) },
    onRetry: () => undefined,
    onTrouble: (message) => said.push(message),
  })
  const fail = (offset: bigint, particular?: Partial<Hold>) =>
    subject.tried(offset, { settled: new Set(), held: new Map([[offset, hold(particular)]]), reached: [] })
  const othersGetThrough = () => {
    done += 1
  }
  return { subject, fail, said, clock, othersGetThrough }
}

describe('trouble of a partition', () => {
  it('has tries come ever further apart, and begins anew with the next message', () => {
    const { fail } = site()
    assert.deepEqual(
      [1, 2, 3, 4, 5, 6].map(() => fail(7n)),
      [100, 200, 400, 800, 1_000, 1_000],
    )
    assert.equal(fail(8n), 100)
  })

  it('waits as long as the other side asks for, within bounds', () => {
    const { fail } = site()
    assert.deepEqual(
      [2_500, 0, 86_400_000].map((retryAfterMs) => fail(7n, { retryAfterMs })),
      [2_500, 100, 300_000],
    )
  })

  it('says so at first, and then seldom', async () => {
    const { fail, said, clock } = site()
    for (let tries = 0; tries < 70; tries += 1) {
      fail(7n)
      await clock.advance(1_000)
    }
    assert.equal(said.length, 3)
  })

  it('doubts a message that fails five times while others get through', () => {
    const { fail, subject, othersGetThrough } = site()
    fail(7n)
    for (let tries = 0; tries < 10; tries += 1) fail(7n)
    assert.equal(subject.doubted.size, 0) // nobody gets through
    for (let tries = 0; tries < 4; tries += 1) {
      assert.equal(subject.doubted.size, 0)
      othersGetThrough()
      fail(7n)
    }
    assert.equal(subject.doubted.size, 0) // nobody has got through since the last try
    othersGetThrough()
    assert.deepEqual([...subject.doubted], [7n])
  })

  it('counts those who get through beside it, and none of it once the world has gone away', () => {
    const { fail, subject, othersGetThrough } = site()
    fail(7n)
    for (let tries = 0; tries < 5; tries += 1) {
      assert.equal(subject.doubted.size, 0)
      othersGetThrough() // in the same chunk
      fail(7n)
    }
    assert.deepEqual([...subject.doubted], [7n])
    fail(7n)
    assert.equal(subject.doubted.size, 0)
  })

  it('does not doubt a message that waits for another side than the one which takes others', () => {
    const { fail, subject, othersGetThrough } = site()
    for (let tries = 0; tries < 10; tries += 1) {
      fail(7n, { neighbour: 'another' })
      othersGetThrough()
    }
    assert.equal(subject.doubted.size, 0)
  })

  it('is over when what is through has been committed', () => {
    const { fail, subject } = site()
    fail(7n)
    subject.committed(6n)
    assert.equal(subject.head, 7n)
    subject.committed(7n)
    assert.equal(subject.head, undefined)
  })

  it('does not doubt a message that certainly is not why', () => {
    const { fail, subject, othersGetThrough } = site()
    for (let tries = 0; tries < 10; tries += 1) {
      fail(7n, { certain: true })
      othersGetThrough()
    }
    assert.equal(subject.doubted.size, 0)
  })

  it('is over when the message got through', () => {
    const { fail, subject } = site()
    fail(7n)
    assert.equal(subject.head, 7n)
    assert.equal(subject.tried(7n, { settled: new Set([7n]), held: new Map(), reached: [] }), 0)
    assert.equal(subject.head, undefined)
  })
})

describe('nextChunk', () => {
  const messages = Array.from({ length: 120 }, (_, index) => ({
    ...{ topic: 't', partition: 0, offset: BigInt(index), key: index < 3 ? 'a' : 'b' },
    ...{ value: new Uint8Array(), headers: {}, timestampMs: 0 },
  }))
  const calm = {
    ahead: new Set<bigint>(),
    held: new Set<bigint>(),
    probing: false,
    dueMs: () => 0,
    nowMs: 1_000,
    most: 50,
  }
  const offsets = (state: Partial<Omit<typeof calm, 'dueMs'>> & { dueMs?: (message: { offset: bigint }) => number }) =>
    nextChunk(messages, { ...calm, ...state }).map(({ offset }) => Number(offset))

  it('takes as many as are meant, without those that are through', () => {
    assert.equal(offsets({}).length, 50)
    assert.equal(offsets({ most: 100 }).length, 100)
    assert.deepEqual(offsets({ ahead: new Set([1n, 2n]) }).slice(0, 3), [0, 3, 4])
  })

  it('tries a message that waits with one more, of another key', () => {
    assert.deepEqual(offsets({ probing: true }), [0, 3])
    assert.deepEqual(offsets({ probing: true, ahead: new Set([3n, 4n]) }), [0, 5])
  })

  it('tries those beside it that have not been tried before it tries one again, and none before another of its key', () => {
    const many = Array.from({ length: 6 }, (_, index) => ({
      ...{ topic: 't', partition: 0, offset: BigInt(index), key: ['a', 'b', 'b', 'c', 'd', 'a'][index] ?? '' },
      ...{ value: new Uint8Array(), headers: {}, timestampMs: 0 },
    }))
    const beside = (...held: readonly bigint[]) =>
      nextChunk(many, { ...calm, probing: true, held: new Set(held) }).map(({ offset }) => Number(offset))
    assert.deepEqual(beside(), [0, 1])
    assert.deepEqual(beside(1n), [0, 3])
    assert.deepEqual(beside(1n, 3n), [0, 4])
    assert.deepEqual(beside(1n, 3n, 4n), [0, 1])
    assert.deepEqual(beside(2n), [0, 1])
  })

  it('takes nothing that is not due, and nothing behind it', () => {
    const dueMs = ({ offset }: { offset: bigint }) => (offset === 2n ? 1_001 : 0)
    assert.deepEqual(offsets({ dueMs }), [0, 1])
    assert.deepEqual(offsets({ dueMs: () => 1_001 }), [])
  })
})
