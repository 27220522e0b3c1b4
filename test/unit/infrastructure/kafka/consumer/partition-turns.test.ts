import assert from 'node:assert/strict'
import type { EachBatchPayload } from 'kafkajs'
import { partitionTurns } from '../../../../../operator/infrastructure/kafka/consumer/partition-turns.ts'
import { pauses } from '../../../../../operator/infrastructure/kafka/consumer/pauses.ts'
import { fakeClock } from '../../../../fakes/fake-clock.ts'

/** With one message, a piece of what was fetched. */
const payloadOf = (partition: number, value: Buffer = Buffer.alloc(1)) =>
  ({ batch: { topic: 't', partition, messages: [{ key: null, value }] } }) as unknown as EachBatchPayload

const numbers = (given: readonly { readonly partitions?: number[] }[]) =>
  given.flatMap(({ partitions = [] }) => partitions)

/** Partitions; work on the first ones hangs until `end`. */
function site(hangs = 1, mostHeldBytes = 1_000_000) {
  const clock = fakeClock()
  const paused = new Set<number>()
  const held = pauses({
    ...{ clock, isOver: () => false },
    consumer: {
      pause(given) {
        for (const partition of numbers(given)) paused.add(partition)
      },
      resume(given) {
        for (const partition of numbers(given)) paused.delete(partition)
      },
    },
  })
  const hanging = Promise.withResolvers<void>()
  const begun: number[] = []
  const state = { ending: false, partitions: [0, 1, 2, 3].map((partition) => ({ topic: 't', partition })) }
  const turns = partitionTurns({
    ...{ clock, pauses: held, membership: state, ending: () => state.ending, mostHeldBytes },
    work(payload) {
      begun.push(payload.batch.partition)
      return payload.batch.partition < hangs ? hanging.promise : Promise.resolve()
    },
  })
  const hand = async (partition: number, value?: Buffer) => {
    let back = false
    const handed = turns.eachBatch(payloadOf(partition, value)).then(() => {
      back = true
    })
    await clock.settle()
    return { handed, isBack: () => back }
  }
  return { clock, paused, held, begun, state, turns, hand, end: hanging.resolve }
}

describe('turns of partitions', () => {
  it('keep the library waiting for work that ends soon, and pause the partition alone of what hangs', async () => {
    const { hand, clock, paused, begun, end } = site()
    const { isBack } = await hand(0)
    await clock.advance(1_000)
    assert.ok(!isBack())
    await clock.advance(2_000)
    assert.ok(isBack())
    assert.deepEqual([...paused], [0])
    await hand(1)
    assert.deepEqual(begun, [0, 1])
    end()
    await clock.settle()
    assert.deepEqual([...paused], [])
  })

  it('begin a partition no second time while it is worked on, also after a change of the group', async () => {
    const { hand, clock, paused, held, begun, end } = site()
    await hand(0)
    await clock.advance(3_000)
    held.clear()
    assert.deepEqual([...paused], [])
    await hand(0)
    assert.deepEqual(begun, [0])
    assert.deepEqual([...paused], [0])
    end()
    await clock.settle()
    assert.deepEqual([...paused], [])
    await hand(0)
    assert.deepEqual(begun, [0, 0])
  })

  it('leave a pause alone that somebody else has made meanwhile', async () => {
    const { hand, clock, paused, held, end } = site()
    await hand(0)
    const resume = held.pause({ topic: 't', partition: 0 })
    await clock.advance(3_000)
    end()
    await clock.settle()
    assert.deepEqual([...paused], [0])
    resume()
    assert.deepEqual([...paused], [])
  })

  it('pass by what was fetched before the partition was paused, or is not ours', async () => {
    const { hand, held, begun, state } = site()
    held.pause({ topic: 't', partition: 1 })
    await hand(1)
    held.clear()
    state.partitions = []
    await hand(1)
    assert.deepEqual(begun, [])
  })

  describe('of which two hang', () => {
    const aFetch = () => Buffer.from(new ArrayBuffer(1_500))

    it('let others begin where both came with one fetch that is not too large', async () => {
      const { hand, clock, begun } = site(2, 2_000)
      const fetched = aFetch()
      await hand(0, fetched.subarray(0, 10))
      await hand(1, fetched.subarray(10, 20))
      await clock.advance(3_000)
      await hand(2)
      assert.deepEqual(begun, [0, 1, 2])
    })

    it('let nothing begin while they keep too much in memory, with all that they came with', async () => {
      const { hand, clock, paused, begun, end } = site(2, 2_000)
      await hand(0, aFetch().subarray(0, 10))
      await hand(1, aFetch().subarray(0, 10))
      await clock.advance(3_000)
      const { isBack } = await hand(2)
      assert.ok(isBack(), 'the library fetches on')
      assert.deepEqual(
        [begun, [...paused]],
        [
          [0, 1],
          [0, 1, 2],
        ],
      )
      end()
      await clock.settle()
      assert.deepEqual([...paused], [])
      await hand(2)
      assert.deepEqual(begun, [0, 1, 2])
    })
  })

  it('begin nothing at the end, fetch no more, and tell when all has ended', async () => {
    const { hand, paused, begun, state, turns, end, clock } = site()
    await hand(0)
    state.ending = true
    await hand(1)
    assert.deepEqual(begun, [0])
    assert.deepEqual([...paused], [1])
    let ended = false
    void turns.ended().then(() => {
      ended = true
    })
    await clock.settle()
    assert.ok(!ended)
    end()
    await clock.settle()
    assert.ok(ended)
  })
})
