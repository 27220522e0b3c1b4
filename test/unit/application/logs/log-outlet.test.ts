import assert from 'node:assert/strict'
import type { TopicBatch } from '../../../../operator/application/event/publisher.ts'
import { type LogLetter, logOutlet, type Posted } from '../../../../operator/application/logs/log-outlet.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { inMemoryPublisher } from '../../../fakes/in-memory-publisher.ts'

const MIB = 1024 * 1024

function anOutlet(mostBytes = 16 * MIB) {
  const clock = fakeClock()
  const publisher = inMemoryPublisher()
  const rounds: (readonly TopicBatch[])[] = []
  const sent = new Map<string, number>()
  const outlet = logOutlet({
    publisher: {
      publish(batches) {
        rounds.push(batches)
        return publisher.publish(batches)
      },
    },
    ...{ clock, mostBytes },
    observer: { sent: (topic, entries) => sent.set(topic, (sent.get(topic) ?? 0) + entries) },
  })
  const has = (topic: string) => publisher.messages(topic).map(({ value }) => value)
  return { clock, publisher, outlet, rounds, sent, has }
}

function letter(value: string, ...topics: readonly string[]): LogLetter {
  return { topics, message: { key: 'order-service', value, headers: {}, timestampMs: 0 } }
}

/** What came of a call; it is not waited for. */
function cameOf(posting: Promise<Posted>) {
  const seen: Posted[] = []
  void posting.then((posted) => seen.push(posted))
  return seen
}

describe('logOutlet', () => {
  it('answers when every topic has what goes to it', async () => {
    const { outlet, has, sent } = anOutlet()
    const posted = await outlet.post([letter('one', 'errors', 'money'), letter('two', 'errors')])
    assert.deepEqual(posted, { kind: 'taken' })
    assert.deepEqual([has('errors'), has('money')], [['one', 'two'], ['one']])
    assert.deepEqual(Object.fromEntries(sent), { errors: 2, money: 1 })
    assert.equal(outlet.waitingBytes, 0)
  })

  it('takes what calls bring meanwhile along together', async () => {
    const { outlet, rounds } = anOutlet()
    const calls = Array.from({ length: 20 }, (_, index) => outlet.post([letter(String(index), 'all')]))
    const kinds = await Promise.all(calls)
    assert.ok(kinds.every(({ kind }) => kind === 'taken'))
    assert.ok(rounds.length <= 2, `${rounds.length} rounds`)
  })

  it('waits while Kafka is away, and has everything once it is back, each once', async () => {
    const { outlet, publisher, clock, has } = anOutlet()
    publisher.goAway()
    const posting = outlet.post([letter('one', 'all')])
    await clock.advance(5_000)
    publisher.comeBack()
    await clock.advance(1_000)
    assert.deepEqual(await posting, { kind: 'taken' })
    assert.deepEqual(has('all'), ['one'])
  })

  it('gives a call up after ten seconds, and keeps nothing of it', async () => {
    const { outlet, publisher, clock, has } = anOutlet()
    publisher.goAway('no broker answers')
    const seen = cameOf(outlet.post([letter('one', 'all')]))
    await clock.advance(9_000)
    assert.deepEqual(seen, [])
    await clock.advance(2_000)
    assert.deepEqual(seen, [{ kind: 'failed', reason: 'all: no broker answers', isRefused: false }])
    assert.equal(outlet.waitingBytes, 0)
    publisher.comeBack()
    await clock.advance(5_000)
    assert.deepEqual(has('all'), [])
    assert.deepEqual(await outlet.post([letter('two', 'all')]), { kind: 'taken' })
  })

  it('says at once that a topic refuses, and keeps no other call from its own', async () => {
    const { outlet, publisher, clock } = anOutlet()
    publisher.refuse('money', 'there is no such topic')
    const refused = cameOf(outlet.post([letter('one', 'money', 'errors')]))
    const taken = cameOf(outlet.post([letter('two', 'errors')]))
    await clock.advance(0)
    assert.deepEqual(refused, [{ kind: 'failed', reason: 'money: there is no such topic', isRefused: true }])
    assert.deepEqual(taken, [{ kind: 'taken' }])
    assert.equal(outlet.waitingBytes, 0)
  })

  it('lets what a topic does not take now stand behind what comes later', async () => {
    const clock = fakeClock()
    let away = true
    const order: string[] = []
    const outlet = logOutlet({
      publisher: {
        publish: async (batches) =>
          batches.map(({ topic, messages }) => {
            if (topic === 'sick' && away) return { kind: 'unavailable', reason: 'no leader' }
            order.push(...messages.map(({ value }) => value))
            return { kind: 'acknowledged' }
          }),
      },
      ...{ clock, mostBytes: 16 * MIB, observer: { sent: () => undefined } },
    })
    const large = 'x'.repeat(700 * 1024)
    const waits = cameOf(outlet.post([letter(large, 'sick'), letter(large, 'sick')]))
    await clock.advance(500)
    for (const value of ['a', 'b'])
      assert.deepEqual(await settled(clock, outlet.post([letter(value, 'well')])), 'taken')
    assert.deepEqual([order, waits], [['a', 'b'], []])
    away = false
    await clock.advance(3_000)
    assert.deepEqual(waits, [{ kind: 'taken' }])
  })

  it('goes on with the others while one topic hangs', async () => {
    const clock = fakeClock()
    const outlet = logOutlet({
      publisher: {
        async publish(batches) {
          if (batches.some(({ topic }) => topic === 'hangs'))
            await new Promise<void>((done) => clock.schedule(4_000, done))
          return batches.map(({ topic }) =>
            topic === 'hangs' ? { kind: 'unavailable', reason: 'no answer' } : { kind: 'acknowledged' },
          )
        },
      },
      ...{ clock, mostBytes: 16 * MIB, observer: { sent: () => undefined } },
    })
    const hangs = cameOf(outlet.post([letter('one', 'hangs')]))
    await clock.advance(4_000) // the first time takes others along
    for (const value of ['a', 'b', 'c']) {
      cameOf(outlet.post([letter(value, 'hangs')]))
      assert.equal(await settled(clock, outlet.post([letter(value, 'well')])), 'taken')
    }
    await clock.advance(20_000)
    assert.equal(hangs[0]?.kind, 'failed')
    assert.equal(outlet.waitingBytes, 0)
  })

  it('has nobody wait for what had piled up for a topic before it hung', async () => {
    const clock = fakeClock()
    const outlet = logOutlet({
      publisher: {
        async publish(batches) {
          if (batches.some(({ topic }) => topic === 'hangs'))
            await new Promise<void>((done) => clock.schedule(4_000, done))
          return batches.map(({ topic }) =>
            topic === 'hangs' ? { kind: 'unavailable', reason: 'no answer' } : { kind: 'acknowledged' },
          )
        },
      },
      ...{ clock, mostBytes: 16 * MIB, observer: { sent: () => undefined } },
    })
    const large = 'x'.repeat(700 * 1024)
    for (let count = 0; count < 4; count += 1) cameOf(outlet.post([letter(large, 'hangs')]))
    const well = cameOf(outlet.post([letter('one', 'well')]))
    await clock.advance(4_500) // the round that was under way, and no other
    assert.deepEqual(well, [{ kind: 'taken' }])
  })

  it('leaves nobody waiting where publishing fails by a fault of ours', async () => {
    const clock = fakeClock()
    const publish = async () => Promise.reject(new Error('ours'))
    const outlet = logOutlet({ publisher: { publish }, clock, mostBytes: MIB, observer: { sent: () => undefined } })
    const came = cameOf(outlet.post([letter('one', 'all')]))
    await clock.advance(20_000)
    assert.deepEqual(came, [{ kind: 'failed', reason: 'all: not sent', isRefused: false }])
  })

  it('takes no more than may wait, and no more than half of it for one topic', async () => {
    const { outlet, publisher, clock } = anOutlet(2 * MIB)
    publisher.goAway()
    const half = 'x'.repeat(MIB)
    const waiting = [cameOf(outlet.post([letter(half, 'sick')])), cameOf(outlet.post([letter('small', 'well')]))]
    assert.deepEqual(await outlet.post([letter('more', 'sick')]), { kind: 'full' })
    waiting.push(cameOf(outlet.post([letter(half, 'well')])))
    assert.deepEqual(await outlet.post([letter('more', 'other')]), { kind: 'full' })
    await clock.advance(20_000)
    assert.deepEqual(
      waiting.flat().map(({ kind }) => kind),
      ['failed', 'failed', 'failed'],
    )
    publisher.comeBack()
    assert.deepEqual(await outlet.post([letter('more', 'sick')]), { kind: 'taken' })
  })

  it('has nothing to do for a call whose entries no topic wants', async () => {
    const { outlet, rounds } = anOutlet()
    assert.deepEqual(await outlet.post([letter('one')]), { kind: 'taken' })
    assert.deepEqual(rounds, [])
  })

  async function settled(clock: ReturnType<typeof fakeClock>, posting: Promise<Posted>): Promise<string> {
    const seen = cameOf(posting)
    await clock.advance(2_000)
    return seen[0]?.kind ?? 'waits'
  }
})
