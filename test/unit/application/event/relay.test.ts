import assert from 'node:assert/strict'
import { anEvent, aRelay, away, eventsOf, firsts, idsOf, refusal } from './a-relay.ts'

const stocks = Array.from({ length: 120 }, (_, index) => `s${index}`)

describe('the relay', () => {
  it('delivers the events of a stock in order to each of their topics', async () => {
    const { clock, kafka, done, relay, send } = aRelay()
    send('apples', ...eventsOf('apples', 1, 600))
    send('bread', ...eventsOf('bread', 1, 2, { topics: ['audit'] }))
    await clock.advance(100)
    assert.deepEqual(kafka.of('moves'), idsOf('apples', 1, 600))
    assert.deepEqual(kafka.of('audit', 'apples'), idsOf('apples', 1, 600))
    assert.deepEqual(kafka.of('audit', 'bread'), idsOf('bread', 1, 2))
    assert.equal(done.length, 602)
    assert.deepEqual([relay.undelivered, [...relay.lanes()]], [0, []])
  })

  it('carries all lanes in one round, and those that did not fit first in the next', async () => {
    const { clock, kafka, send } = aRelay()
    for (const stock of stocks.slice(0, 12)) send(stock, ...eventsOf(stock, 1, 300, { topics: ['audit'] }))
    await clock.advance(6)
    assert.equal(new Set(kafka.of('audit').map((id) => id.split('-')[0])).size, 8)
    await clock.advance(5)
    const second = kafka.publishes[1]?.ids ?? []
    assert.deepEqual([second[0], second[256]], ['s8-1', 's9-1'])
  })

  it('counts what has arrived of a batch, sends the rest in smaller rounds, and says so', async () => {
    const { clock, kafka, relay, retries, troubles, send } = aRelay()
    kafka.answer((topic, ids) =>
      topic === 'moves' && ids.length > 100
        ? { kind: 'unfinished', reason: 'slow', arrived: 50 }
        : { kind: 'acknowledged' },
    )
    for (const stock of stocks.slice(0, 12)) send(stock, ...eventsOf(stock, 1, 300))
    await clock.advance(1_000)
    for (const stock of stocks.slice(0, 12))
      for (const topic of ['moves', 'audit']) assert.deepEqual(kafka.of(topic, stock), idsOf(stock, 1, 300))
    assert.ok(kafka.publishes.every(({ session }) => session === 'rounds'))
    const sizes = kafka.publishes.map(({ ids }) => ids.length)
    assert.ok(sizes[0] === 4_000 && sizes.slice(6).every((size) => size <= 400), sizes.join(' '))
    assert.ok(retries.length > 3 && retries.every((line) => line === 'publish events: Slow'))
    assert.deepEqual([troubles.length, relay.undelivered, relay.open], [1, 0, false])
  })

  it('sends as much as before, in few rounds, once that gets through', async () => {
    const { clock, kafka, send } = aRelay()
    let slow = true
    kafka.answer(() => (slow ? { kind: 'unfinished', reason: 'slow', arrived: 1 } : { kind: 'acknowledged' }))
    send('apples', ...eventsOf('apples', 1, 50))
    await clock.advance(100)
    slow = false
    for (const stock of stocks.slice(0, 40)) send(stock, ...eventsOf(stock, 1, 256))
    const before = kafka.publishes.length
    await clock.advance(200)
    const sizes = kafka.publishes.slice(before).map(({ ids }) => ids.length)
    assert.ok(sizes.slice(0, 14).includes(4_000), sizes.join(' '))
    for (const stock of stocks.slice(0, 40)) assert.deepEqual(kafka.of('moves', stock), idsOf(stock, 1, 256))
  })

  it('takes nobody to be there while time is up before anything has arrived', async () => {
    const { clock, kafka, relay, send } = aRelay()
    kafka.answer(() => ({ kind: 'unfinished', reason: 'slow' }))
    send('apples', ...eventsOf('apples', 1, 10))
    await clock.advance(29_000)
    assert.ok(kafka.publishes.length <= 14, `${kafka.publishes.length}`)
    assert.equal(relay.open, true)
  })

  it('sends again what was not acknowledged, ever more seldom, and says so once in 30 s', async () => {
    const { clock, kafka, troubles, retries, relay, send } = aRelay()
    kafka.goAway()
    send('apples', anEvent('apples', 1, { topics: ['audit'] }))
    await clock.advance(29_000)
    const tries = kafka.publishes.length
    assert.ok(tries >= 8 && tries <= 14, `${tries}`)
    assert.equal(relay.open, true)
    assert.equal(troubles.filter((line) => line.startsWith("can't publish events")).length, 1)
    assert.equal(retries.filter((line) => line === 'publish events: Unavailable').length, tries)
    kafka.comeBack()
    await clock.advance(6_000)
    assert.deepEqual(kafka.of('audit'), ['apples-1'])
    assert.equal(relay.open, false)
  })

  it('delivers a healthy stock promptly beside 120 whose topic is missing', async () => {
    const { clock, kafka, relay, send, laneOf } = aRelay()
    kafka.refuse('moves')
    for (const stock of stocks) send(stock, anEvent(stock, 1))
    await clock.advance(1_000)
    for (let sequence = 1; sequence <= 3_600; sequence += 1) {
      send('healthy', anEvent('healthy', sequence, { topics: ['audit'] }))
      await clock.advance(1_000)
      assert.equal(kafka.of('audit', 'healthy').length, sequence)
    }
    assert.equal(relay.heldBecause('s7'), 'moves: the topic does not exist')
    assert.equal(relay.heldBecause('healthy'), undefined)
    assert.deepEqual([laneOf('s7')?.state, laneOf('s7')?.queued], ['held', 0])
  }).timeout(60_000)

  it('delivers what is for other topics, and the rest soon after the topic is there', async () => {
    const { clock, kafka, relay, send } = aRelay()
    kafka.refuse('moves')
    for (const stock of stocks) send(stock, anEvent(stock, 1))
    await clock.advance(30_000)
    for (const stock of stocks) send(stock, anEvent(stock, 2))
    await clock.advance(30_000)
    for (const stock of stocks) {
      assert.deepEqual(firsts(kafka.of('audit', stock)), idsOf(stock, 1, 2))
      assert.deepEqual(kafka.of('moves', stock), [])
    }
    kafka.comeBack()
    await clock.advance(15_000)
    for (const stock of stocks) assert.deepEqual(firsts(kafka.of('moves', stock)), idsOf(stock, 1, 2))
    assert.deepEqual([relay.undelivered, relay.spooledEvents, [...relay.lanes()]], [0, 0, []])
  })

  it('lets one sick event hold back only what is behind it in its own topic', async () => {
    const { clock, kafka, troubles, send, laneOf } = aRelay()
    kafka.answer((topic, ids) =>
      topic === 'moves' && ids.includes('apples-3') ? { ...refusal, tooLarge: true } : { kind: 'acknowledged' },
    )
    for (const stock of stocks) send(stock, anEvent(stock, 1))
    send('apples', ...eventsOf('apples', 1, 5))
    await clock.advance(5_000)
    for (const stock of stocks) assert.deepEqual(firsts(kafka.of('moves', stock)), [`${stock}-1`])
    assert.deepEqual(firsts(kafka.of('moves', 'apples')), idsOf('apples', 1, 2))
    assert.deepEqual(firsts(kafka.of('audit', 'apples')), idsOf('apples', 1, 5))
    assert.equal(laneOf('apples')?.state, 'held')
    const named = troubles.filter((line) => line.startsWith('events of a stock are held back'))
    assert.ok(named.length >= 1 && named.every((line) => line.includes('shop/apples')), named.join('\n'))
    for (const stock of stocks) send(stock, anEvent(stock, 2))
    await clock.advance(1_000)
    for (const stock of stocks) assert.deepEqual(firsts(kafka.of('moves', stock)), idsOf(stock, 1, 2))
  })

  it('tries what is refused in a session of its own', async () => {
    const { clock, kafka, send } = aRelay()
    kafka.refuse('moves')
    for (const stock of stocks.slice(0, 5)) send(stock, anEvent(stock, 1, { topics: ['moves'] }))
    await clock.advance(20_000)
    assert.equal(kafka.publishes.filter(({ session }) => session === 'rounds').length, 1)
    const trials = kafka.publishes.filter(({ session }) => session === 'trials')
    assert.ok(trials.length > 5 && trials.length <= 21, `${trials.length}`)
    assert.equal(kafka.mostUnderWay, 1)
    assert.ok(trials.every(({ ids }) => new Set(ids.map((id) => id.split('-')[0])).size === 1))
  })

  it('takes a topic alone that is out of order for a sick one, not for a cluster that is away', async () => {
    const { clock, kafka, relay, send } = aRelay()
    kafka.answer((topic) => (topic === 'moves' ? away : { kind: 'acknowledged' }))
    for (let sequence = 1; sequence <= 50; sequence += 1) {
      send('apples', anEvent('apples', sequence))
      send('bread', anEvent('bread', sequence, { topics: ['audit'] }))
      await clock.advance(100)
      assert.equal(kafka.of('audit', 'bread').length, sequence)
    }
    assert.equal(relay.open, false)
    kafka.comeBack()
    await clock.advance(3_000)
    assert.deepEqual(firsts(kafka.of('moves', 'apples')), idsOf('apples', 1, 50))
  })

  it('takes a message that the publisher throws over for refused, and delivers the others', async () => {
    const { clock, kafka, relay, send } = aRelay()
    kafka.answer((_, ids) => {
      if (ids.includes('apples-1')) throw new TypeError('no message')
      return { kind: 'acknowledged' }
    })
    send('apples', anEvent('apples', 1, { topics: ['audit'] }))
    send('bread', ...eventsOf('bread', 1, 3, { topics: ['audit'] }))
    await clock.advance(5_000)
    assert.deepEqual(firsts(kafka.of('audit')), idsOf('bread', 1, 3))
    assert.equal(relay.heldBecause('apples'), 'audit: no message')
  })

  it('stops when nothing is left to send, and sends nothing afterwards', async () => {
    const { clock, kafka, relay, send } = aRelay()
    send('apples', ...eventsOf('apples', 1, 300))
    let stopped = false
    const stopping = relay.stop(10_000).then(() => {
      stopped = true
    })
    await clock.advance(50)
    await stopping
    assert.deepEqual([stopped, kafka.of('audit').length], [true, 300])
    send('apples', anEvent('apples', 301))
    await clock.advance(10_000)
    assert.equal(kafka.of('audit').length, 300)
  })

  it('stops in time while nobody answers', async () => {
    const { clock, kafka, relay, send } = aRelay()
    kafka.goAway()
    send('apples', anEvent('apples', 1))
    await clock.advance(100)
    const stopping = relay.stop(1_000)
    await clock.advance(1_000)
    await stopping
    const tries = kafka.publishes.length
    await clock.advance(60_000)
    assert.equal(kafka.publishes.length, tries)
  })
})
