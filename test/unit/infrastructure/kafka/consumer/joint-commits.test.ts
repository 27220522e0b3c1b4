import assert from 'node:assert/strict'
import { type DueCommit, jointCommits } from '../../../../../operator/infrastructure/kafka/consumer/joint-commits.ts'
import { fakeClock } from '../../../../fakes/fake-clock.ts'

type Sent = Record<string, string>
type Send = (offsets: Sent) => Promise<void>

/** As the library throws where the brokers have answered; its classes have no types. */
function refusal(): Error {
  return Object.assign(new Error('This server does not host this topic-partition'), { name: 'KafkaJSProtocolError' })
}

/** What was sent, as offset by topic and partition. */
function site(send: Send = async () => undefined) {
  const sent: Sent[] = []
  const clock = fakeClock()
  const commits = jointCommits(clock)
  const library: DueCommit['send'] = async (offsets) => {
    const all = offsets?.topics.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, offset }) => [`${topic}-${partition}`, offset] as const),
    )
    const these = Object.fromEntries(all ?? [])
    sent.push(these)
    await send(these)
  }
  return {
    clock,
    sent,
    commit: (
      partition: number,
      offset: number,
      { topic = 'stocks', isOurs = () => true }: { topic?: string; isOurs?: () => boolean } = {},
    ) => commits.commit({ topic, partition, offset: BigInt(offset), isOurs, send: library }),
  }
}

describe('Commits of several partitions', () => {
  it('that end together are one request', async () => {
    const { commit, sent } = site()
    await Promise.all([commit(0, 10), commit(1, 20), commit(0, 5, { topic: 'retry' })])
    assert.deepEqual(sent, [{ 'stocks-0': '10', 'stocks-1': '20', 'retry-0': '5' }])
  })

  it('that end while one is under way go together after it', async () => {
    const first = Promise.withResolvers<void>()
    const { commit, sent } = site((offsets) => ('stocks-0' in offsets ? first.promise : Promise.resolve()))
    const zero = commit(0, 10)
    await new Promise((resolve) => setImmediate(resolve))
    const others = [commit(1, 20), commit(2, 30)]
    await new Promise((resolve) => setImmediate(resolve))
    assert.deepEqual(sent, [{ 'stocks-0': '10' }])
    first.resolve()
    await Promise.all([zero, ...others])
    assert.deepEqual(sent.slice(1), [{ 'stocks-1': '20', 'stocks-2': '30' }])
  })

  it('are tried each by itself where they fail together, and only those fail that do then', async () => {
    const { commit, sent } = site(async (offsets) => {
      if ('stocks-1' in offsets) throw refusal()
    })
    const ends = await Promise.allSettled([commit(0, 10), commit(1, 20), commit(2, 30)])
    assert.deepEqual(
      ends.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    )
    assert.deepEqual(sent.slice(1), [{ 'stocks-0': '10' }, { 'stocks-1': '20' }, { 'stocks-2': '30' }])
    await commit(1, 21).catch(() => undefined)
    await commit(3, 40)
    assert.deepEqual(sent.at(-1), { 'stocks-3': '40' })
  })

  it('all fail at once where nothing is answered, and those that come meanwhile go on', async () => {
    const { clock, commit, sent } = site((offsets) =>
      'stocks-0' in offsets ? new Promise<void>(() => undefined) : Promise.resolve(),
    )
    const failed = Promise.allSettled([commit(0, 10), commit(1, 20)])
    await clock.settle()
    const other = commit(2, 30)
    await clock.advance(30_000)
    assert.deepEqual(
      (await failed).map(({ status }) => status),
      ['rejected', 'rejected'],
    )
    await other
    assert.deepEqual(sent, [{ 'stocks-0': '10', 'stocks-1': '20' }, { 'stocks-2': '30' }])
  })

  it('that were refused together and are not answered then have failed after the time of one, and hold up no other', async () => {
    let asked = 0
    const { clock, commit } = site(() => {
      asked += 1
      return asked === 1 ? Promise.reject(refusal()) : new Promise<void>(() => undefined)
    })
    const failed = Promise.allSettled(Array.from({ length: 12 }, (_, partition) => commit(partition, 10)))
    await clock.settle()
    await clock.advance(30_000)
    assert.deepEqual(new Set((await failed).map(({ status }) => status)), new Set(['rejected']))
    assert.equal(asked, 13)
  })

  it("of what is somebody else's by then are not sent, and are no failure", async () => {
    const { commit, sent } = site()
    let ours = true
    const lost = commit(0, 10, { isOurs: () => ours })
    ours = false
    await Promise.all([lost, commit(1, 20)])
    assert.deepEqual(sent, [{ 'stocks-1': '20' }])
    await commit(2, 30, { isOurs: () => false })
    assert.equal(sent.length, 1)
  })
})
