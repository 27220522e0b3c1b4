import assert from 'node:assert/strict'
import { MOST_BYTES } from '../../../../operator/application/event/spool-batch.ts'
import { anEvent, aRelay, eventsOf, firsts, idsOf, tooLarge } from './a-relay.ts'

const stocks = Array.from({ length: 40 }, (_, index) => `s${index}`)
const forbidden = () => Object.assign(new Error('not allowed'), { reason: 'Forbidden' })

describe('the relay and its spools', () => {
  it('stores events once the oldest has waited long enough, and lets them leave the journal only then', async () => {
    const { clock, kafka, store, done, relay, send, laneOf } = aRelay()
    kafka.goAway()
    send('apples', ...eventsOf('apples', 1, 3))
    await clock.advance(1_500)
    send('apples', anEvent('apples', 4))
    await clock.advance(450)
    assert.deepEqual([store.kept.size, done], [0, []])
    await clock.advance(100)
    assert.deepEqual([...store.kept.keys()], ['apples-1'])
    assert.deepEqual(done, idsOf('apples', 1, 4))
    assert.deepEqual([relay.spooled('apples'), relay.undelivered], [4, 0])
    assert.equal(laneOf('apples')?.state, 'draining')
  })

  it('does not store what is delivered in time', async () => {
    const { clock, store, send } = aRelay()
    for (let sequence = 1; sequence <= 100; sequence += 1) {
      send('apples', anEvent('apples', sequence))
      await clock.advance(100)
    }
    assert.equal(store.most.create, 0)
  })

  it('goes by steady time: a wall clock that jumps stores nothing early and nothing late', async () => {
    const { clock, kafka, store, send } = aRelay()
    kafka.goAway()
    send('apples', anEvent('apples', 1))
    clock.jump(3_600_000)
    await clock.advance(1_900)
    assert.equal(store.kept.size, 0)
    clock.jump(-7_200_000)
    await clock.advance(200)
    assert.equal(store.kept.size, 1)
  })

  it('delivers what is stored before what is newer, in order, and removes it', async () => {
    const { clock, kafka, store, relay, send } = aRelay()
    kafka.goAway()
    for (let sequence = 1; sequence <= 400; sequence += 1) {
      send('apples', anEvent('apples', sequence))
      await clock.advance(50)
    }
    assert.ok(store.kept.size >= 5, `${store.kept.size}`)
    kafka.comeBack()
    send('apples', ...eventsOf('apples', 401, 410))
    await clock.advance(10_000)
    assert.deepEqual(firsts(kafka.of('moves')), idsOf('apples', 1, 410))
    assert.deepEqual(firsts(kafka.of('audit')), idsOf('apples', 1, 410))
    assert.deepEqual([store.kept.size, relay.spooledEvents, relay.spooledBytes], [0, 0, 0])
  })

  it('keeps what only one topic misses, and sends only that topic what it misses', async () => {
    const { clock, kafka, store, send } = aRelay()
    kafka.refuse('moves')
    send('apples', ...eventsOf('apples', 1, 5))
    await clock.advance(3_000)
    assert.deepEqual(
      store.kept.get('apples-1')?.content.map(({ topics }) => topics),
      Array.from({ length: 5 }, () => ['moves']),
    )
    send('apples', ...eventsOf('apples', 6, 9))
    await clock.advance(1_000)
    assert.deepEqual(kafka.of('audit'), idsOf('apples', 1, 9))
    kafka.comeBack()
    await clock.advance(12_000)
    assert.deepEqual(firsts(kafka.of('moves')), idsOf('apples', 1, 9))
    assert.deepEqual([kafka.of('audit').length, store.kept.size], [9, 0])
  })

  it('stores nothing of what was delivered behind a stored event, and lets it leave the journal', async () => {
    const { clock, kafka, store, done, relay, send } = aRelay()
    kafka.refuse('moves')
    send('apples', anEvent('apples', 1), ...eventsOf('apples', 2, 3, { topics: ['audit'] }))
    await clock.advance(4_000)
    assert.deepEqual([...store.kept.keys()], ['apples-1'])
    assert.deepEqual([done, relay.undelivered], [idsOf('apples', 1, 3), 0])
    kafka.comeBack()
    await clock.advance(12_000)
    assert.deepEqual([kafka.of('moves'), store.kept.size], [['apples-1'], 0])
  })

  it('stops storing at its limit, says so, and goes on when there is room again', async () => {
    const maxSpooledBytes = 40_000
    const { clock, kafka, store, done, relay, retries, troubles, send } = aRelay({ maxSpooledBytes })
    kafka.goAway()
    for (let sequence = 1; sequence <= 30; sequence += 1) {
      for (const stock of stocks) send(stock, anEvent(stock, sequence))
      await clock.advance(2_500)
    }
    assert.ok(
      relay.spooledBytes <= maxSpooledBytes && relay.spooledBytes > maxSpooledBytes * 0.9,
      `${relay.spooledBytes}`,
    )
    assert.ok(relay.undelivered > 500 && done.length + relay.undelivered === 1_200)
    assert.ok(retries.includes('spool events: LimitReached'))
    const said = troubles.filter((line) => line.includes('LimitReached'))
    assert.ok(said.length >= 1 && said.length <= 4, `${said.length} lines in 75 s`)
    kafka.comeBack()
    await clock.advance(60_000)
    for (const stock of stocks) assert.deepEqual(firsts(kafka.of('audit', stock)), idsOf(stock, 1, 30))
    assert.deepEqual([done.length, relay.undelivered, store.kept.size], [1_200, 0, 0])
  })

  it('leaves room for the others when one stock has a lot', async () => {
    const maxSpooledBytes = 100_000
    const { clock, kafka, relay, send, laneOf } = aRelay({ maxSpooledBytes })
    kafka.goAway()
    for (let sequence = 1; sequence <= 400; sequence += 10) {
      send('apples', ...eventsOf('apples', sequence, sequence + 9))
      await clock.advance(2_500)
    }
    assert.ok((laneOf('apples')?.spooledBytes ?? 0) <= maxSpooledBytes / 4)
    send('bread', ...eventsOf('bread', 1, 20))
    await clock.advance(3_000)
    assert.equal(relay.spooled('bread'), 20)
  })

  it('makes spools that etcd takes, by bytes and by number', async () => {
    const { clock, kafka, store, send } = aRelay({ maxSpooledBytes: 1 << 26 })
    kafka.goAway()
    send('large', ...eventsOf('large', 1, 250, { value: 'x'.repeat(10_000) }))
    send('many', ...eventsOf('many', 1, 600))
    await clock.advance(4_000)
    const kept = [...store.kept.values()]
    assert.ok(kept.every(({ bytes, content }) => bytes <= MOST_BYTES && content.length <= 256))
    assert.ok(kept.filter(({ stockUid }) => stockUid === 'large').length >= 5)
    assert.deepEqual(
      kept.filter(({ stockUid }) => stockUid === 'many').map(({ content }) => content.length),
      [256, 256, 88],
    )
  })

  it('halves what the store calls too large, and names an event that is so by itself', async () => {
    const { clock, kafka, store, troubles, send } = aRelay()
    kafka.goAway()
    store.failing((verb, _, events) => (verb === 'create' && events.length > 3 ? tooLarge() : undefined))
    send('apples', ...eventsOf('apples', 1, 10))
    await clock.advance(4_000)
    assert.deepEqual(
      [...store.kept.values()].flatMap(({ content }) => content.map(({ id }) => id)),
      idsOf('apples', 1, 10),
    )
    store.failing((verb, name) => (verb === 'create' && name.startsWith('bread') ? tooLarge() : undefined))
    send('bread', anEvent('bread', 1))
    for (let sequence = 1; sequence <= 8; sequence += 1) {
      send('cheese', anEvent('cheese', sequence))
      await clock.advance(3_000)
    }
    assert.ok(store.kept.has('cheese-8') || store.kept.has('cheese-7'))
    const said = troubles.filter((line) => line.includes('SpoolTooLarge') && line.includes('shop/bread'))
    assert.equal(said.length, 1)
  })

  it('stores the very same batch again when it is not known whether it is stored, though it is delivered meanwhile', async () => {
    const { clock, kafka, store, relay, done, send } = aRelay()
    kafka.goAway()
    store.failing((verb) => (verb === 'create' ? new Error('no answer') : undefined), true)
    send('apples', ...eventsOf('apples', 1, 3))
    await clock.advance(2_500)
    assert.deepEqual([store.kept.size, done], [1, []])
    kafka.comeBack()
    await clock.advance(10_000)
    assert.deepEqual(done, idsOf('apples', 1, 3))
    send('apples', anEvent('apples', 4))
    store.sound()
    await clock.advance(10_000)
    assert.deepEqual(firsts(kafka.of('moves')), idsOf('apples', 1, 4))
    assert.deepEqual([store.kept.size, relay.spooled('apples'), [...relay.lanes()]], [0, 0, []])
  })

  it('goes on trying to store when the store refuses, and says so once in 30 s', async () => {
    const { clock, kafka, store, retries, troubles, send } = aRelay()
    kafka.goAway()
    store.failing((verb) => (verb === 'create' ? forbidden() : undefined))
    for (const stock of stocks) send(stock, anEvent(stock, 1))
    await clock.advance(30_000)
    assert.ok(retries.filter((line) => line === 'spool events: Forbidden').length > 100)
    assert.equal(troubles.filter((line) => line.includes("can't spool events")).length, 1)
    store.sound()
    await clock.advance(3_000)
    assert.equal(store.kept.size, stocks.length)
    assert.ok(store.most.create <= 4)
  })
})
