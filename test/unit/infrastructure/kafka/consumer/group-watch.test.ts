import assert from 'node:assert/strict'
import type { PartitionOffsets } from '../../../../../operator/infrastructure/kafka/consumer/group-offsets.ts'
import { groupWatch } from '../../../../../operator/infrastructure/kafka/consumer/group-watch.ts'
import { fakeClock } from '../../../../fakes/fake-clock.ts'

const unanswered = <T>() => new Promise<T>(() => undefined)
const anOffset: PartitionOffsets = { topic: 't', partition: 0, low: 0n, high: 9n, committed: 2n }

/** A member whose brokers answer as the test says. */
function aWatch(countsMembers = true) {
  const clock = fakeClock()
  const asked = { members: 0 }
  const session = {
    membership: { generation: 1 as number | undefined, partitions: [], silentMs: () => 0 },
    offsets: async (): Promise<PartitionOffsets[]> => [anOffset],
    async members(): Promise<number> {
      asked.members += 1
      return 3
    },
    reachedMs: () => undefined,
  }
  const seen: { now: typeof session | undefined } = { now: session }
  const logger = { debug: () => undefined }
  const watch = groupWatch({ clock, logger, session: () => seen.now, countsMembers })
  return { clock, session, seen, asked, watch }
}

describe('what the brokers say of a group', () => {
  it('tells how far it is while nobody says how many it has', async () => {
    const { clock, session, watch } = aWatch()
    session.members = unanswered
    watch.start()
    await clock.advance(0)
    assert.deepEqual(watch.lags(), [{ topic: 't', partition: 0, messages: 7, seconds: 0 }])
    assert.equal(watch.brokersAnswer(), true)
    assert.equal(watch.members(), undefined)
    await clock.advance(60_000)
    assert.equal(watch.brokersAnswer(), true)
  })

  it('asks how many it has only for those who go by it', async () => {
    const { clock, asked, watch } = aWatch(false)
    watch.start()
    await clock.advance(60_000)
    assert.deepEqual([asked.members, watch.members()], [0, undefined])
    assert.equal(watch.lags().length, 1)
  })

  it('knows how many it has while nobody says how far it is', async () => {
    const { clock, session, watch } = aWatch()
    session.offsets = unanswered
    watch.start()
    await clock.advance(0)
    assert.equal(watch.members(), 3)
  })

  it('holds an answer for one of now for half a minute, and none that it waits for', async () => {
    const { clock, session, watch } = aWatch()
    watch.start()
    await clock.advance(0)
    session.offsets = unanswered
    await clock.advance(30_000)
    assert.equal(watch.brokersAnswer(), true)
    await clock.advance(1)
    assert.equal(watch.brokersAnswer(), false)
  })

  it('is not answered by a refusal, and asks again later', async () => {
    const { clock, session, watch } = aWatch()
    session.offsets = () => Promise.reject(new Error('not the coordinator'))
    watch.start()
    await clock.advance(0)
    assert.deepEqual([watch.brokersAnswer(), watch.lags()], [false, []])
    session.offsets = async () => [anOffset]
    await clock.advance(15_000)
    assert.deepEqual([watch.brokersAnswer(), watch.lags().length], [true, 1])
  })

  it('tells no number of members of before partitions were given out anew, and asks soon', async () => {
    const { clock, session, watch } = aWatch()
    watch.start()
    await clock.advance(5_000)
    session.membership = { ...session.membership, generation: 2 }
    session.members = async () => 4
    assert.equal(watch.members(), undefined)
    await clock.advance(15_000)
    assert.equal(watch.members(), 4)
  })

  it('knows nothing of a session that is over, and asks nobody once it is stopped', async () => {
    const { clock, seen, watch } = aWatch()
    watch.start()
    await clock.advance(0)
    seen.now = undefined
    assert.deepEqual([watch.lags(), watch.members(), watch.brokersAnswer()], [[], undefined, false])
    watch.stop()
    assert.equal(clock.timers, 0)
  })
})
