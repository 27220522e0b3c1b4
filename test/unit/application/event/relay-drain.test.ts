import assert from 'node:assert/strict'
import { anEvent, aRelay, eventsOf, firsts, idsOf, refusal } from './a-relay.ts'

const stocks = Array.from({ length: 40 }, (_, index) => `s${index}`)
const forbidden = () => Object.assign(new Error('not allowed'), { reason: 'Forbidden' })

describe('the relay and what it has stored', () => {
  it('never has fresh events of others wait for a backlog, and drains several lanes at once', async () => {
    const { clock, kafka, store, relay, send } = aRelay({ maxSpooledBytes: 1 << 26 })
    kafka.goAway()
    for (let sequence = 1; sequence <= 20; sequence += 1) {
      for (const stock of stocks) send(stock, anEvent(stock, sequence))
      await clock.advance(2_500)
    }
    assert.ok(store.kept.size >= 700, `${store.kept.size}`)
    kafka.comeBack()
    await clock.advance(5_500)
    for (let sequence = 1; relay.spooledEvents > 0 && sequence < 500; sequence += 1) {
      send('fresh', anEvent('fresh', sequence))
      await clock.advance(20)
      assert.equal(kafka.of('audit', 'fresh').length, sequence)
    }
    assert.equal(store.kept.size, 0)
    assert.ok(store.most.read > 1 && store.most.read <= 8, `${store.most.read}`)
    const rounds = kafka.publishes.filter(({ ids }) => new Set(ids.map((id) => id.split('-')[0])).size >= 4)
    assert.ok(rounds.length > 0, 'no round had spooled events of several stocks')
    for (const stock of stocks) assert.deepEqual(firsts(kafka.of('moves', stock)), idsOf(stock, 1, 20))
  })

  it('stops only the lane of a spool that nobody can make sense of, names it, and goes on when it is put right', async () => {
    const { clock, kafka, store, troubles, relay, send, laneOf } = aRelay()
    kafka.goAway()
    store.failing((verb) => (verb === 'read' ? forbidden() : undefined))
    for (const stock of stocks) send(stock, ...eventsOf(stock, 1, 3))
    await clock.advance(3_000)
    const sound = store.kept.get('s3-1')?.content
    for (const [index, nonsense] of [
      [null],
      'events',
      [{ id: 1 }],
      [{ ...anEvent('s7', 1), topics: undefined }],
    ].entries())
      store.edit(`s${index + 3}-1`, nonsense)
    store.sound()
    kafka.comeBack()
    send('s3', anEvent('s3', 4))
    await clock.advance(10_000)
    assert.deepEqual([...relay.lanes()].map(({ name }) => name).sort(), ['shop/s3', 'shop/s4', 'shop/s5', 'shop/s6'])
    for (const stock of stocks.slice(7)) assert.deepEqual(firsts(kafka.of('moves', stock)), idsOf(stock, 1, 3))
    assert.deepEqual(kafka.of('moves', 's3'), [])
    assert.equal(laneOf('s3')?.state, 'held')
    assert.equal(relay.heldBecause('s3'), 'spool s3-1: event 0: it is no object')
    assert.ok(troubles.some((line) => line.includes('shop/s3') && line.includes('s3-1')))
    store.edit('s3-1', sound)
    await clock.advance(40_000)
    assert.deepEqual(firsts(kafka.of('moves', 's3')), idsOf('s3', 1, 4))
    assert.equal(relay.heldBecause('s3'), undefined)
  })

  it('does without a spool that somebody has deleted, and says whose events were in it', async () => {
    const { clock, kafka, store, troubles, lost, send } = aRelay()
    kafka.goAway()
    store.failing((verb) => (verb === 'read' ? forbidden() : undefined))
    send('apples', ...eventsOf('apples', 1, 3))
    await clock.advance(3_000)
    store.kept.clear()
    store.sound()
    send('apples', anEvent('apples', 4))
    kafka.comeBack()
    await clock.advance(10_000)
    assert.deepEqual(firsts(kafka.of('moves')), ['apples-4'])
    assert.ok(troubles.some((line) => line.includes('was deleted before') && line.includes('shop/apples')))
    assert.deepEqual(lost, [3])
  })

  it('is not held up by spools that can be neither read nor removed', async () => {
    const { clock, kafka, store, retries, send } = aRelay()
    kafka.goAway()
    for (const stock of stocks) send(stock, ...eventsOf(stock, 1, 3))
    await clock.advance(3_000)
    const sick = stocks.slice(0, 20).map((stock) => `${stock}-1`)
    store.failing((verb, name) => (verb !== 'create' && sick.includes(name) ? forbidden() : undefined))
    kafka.comeBack()
    await clock.advance(10_000)
    for (const stock of stocks.slice(20)) assert.deepEqual(firsts(kafka.of('audit', stock)), idsOf(stock, 1, 3))
    assert.deepEqual([...store.kept.keys()].sort(), [...sick].sort())
    assert.ok(retries.includes('read spools: Forbidden'))
    store.failing((verb) => (verb === 'remove' ? forbidden() : undefined))
    await clock.advance(10_000)
    for (const stock of stocks) assert.deepEqual(firsts(kafka.of('audit', stock)), idsOf(stock, 1, 3))
    assert.ok(retries.includes('remove spools: Forbidden'))
    store.sound()
    await clock.advance(10_000)
    assert.equal(store.kept.size, 0)
  })

  it('takes over what a leader before it has stored, before what is in the journals', async () => {
    const before = aRelay()
    before.kafka.goAway()
    before.send('apples', ...eventsOf('apples', 1, 4))
    await before.clock.advance(3_000)
    const { clock, kafka, relay, send } = aRelay({ spools: before.store.spools })
    relay.adopt('apples', 'shop/apples', [...before.store.kept.values()])
    send('apples', ...eventsOf('apples', 5, 6))
    assert.equal(relay.spooled('apples'), 4)
    await Promise.all([before.clock.advance(2_000), clock.advance(2_000)])
    await before.clock.advance(2_000)
    await clock.advance(2_000)
    assert.deepEqual(firsts(kafka.of('moves')), idsOf('apples', 1, 6))
  })

  it('takes a spool up once, however often it is found', async () => {
    const before = aRelay()
    before.kafka.goAway()
    before.send('apples', ...eventsOf('apples', 1, 4))
    await before.clock.advance(3_000)
    const { relay } = aRelay({ spools: before.store.spools })
    for (const _ of ['at the start', 'with a namespace'])
      relay.adopt('apples', 'shop/apples', [...before.store.kept.values()])
    assert.equal(relay.spooled('apples'), 4)
  })

  it('takes up what an earlier leader stored after its successor had looked, once it is sure that nobody has it', async () => {
    const before = aRelay()
    before.kafka.goAway()
    before.send('apples', ...eventsOf('apples', 1, 4))
    const { clock, kafka, relay } = aRelay({ spools: before.store.spools })
    await before.clock.advance(3_000) // stored only now, and its process is gone
    await clock.advance(60_000)
    assert.equal(relay.spooled('apples'), 0)
    await Promise.all([clock.advance(10_000), before.clock.advance(1_000)])
    await Promise.all([clock.advance(10_000), before.clock.advance(1_000)])
    assert.deepEqual(firsts(kafka.of('moves')), idsOf('apples', 1, 4))
  })

  it('goes on in a spool from where a topic has its events, though it is put away in between', async () => {
    const { clock, kafka, store, send } = aRelay()
    kafka.goAway()
    send('apples', ...eventsOf('apples', 1, 250))
    await clock.advance(3_000)
    kafka.answer((topic, ids) =>
      topic === 'moves' && ids.includes('apples-200') ? { ...refusal, tooLarge: true } : { kind: 'acknowledged' },
    )
    await clock.advance(40_000)
    assert.deepEqual(kafka.of('moves'), idsOf('apples', 1, 199))
    assert.deepEqual(kafka.of('audit'), idsOf('apples', 1, 250))
    kafka.comeBack()
    await clock.advance(60_000)
    assert.deepEqual(kafka.of('moves'), idsOf('apples', 1, 250))
    assert.equal(store.kept.size, 0)
  })

  it('gets through a spool that is too much for one publish', async () => {
    const { clock, kafka, store, send } = aRelay()
    kafka.refuse('moves')
    send('apples', ...eventsOf('apples', 1, 250))
    await clock.advance(10_000)
    kafka.answer((_, ids) =>
      ids.length > 7 ? { kind: 'unfinished', reason: 'slow', arrived: 7 } : { kind: 'acknowledged' },
    )
    await clock.advance(60_000)
    assert.deepEqual(kafka.of('moves'), idsOf('apples', 1, 250))
    assert.equal(store.kept.size, 0)
  })
})
