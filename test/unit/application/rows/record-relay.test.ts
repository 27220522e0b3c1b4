import assert from 'node:assert/strict'
import type { Delivery } from '../../../../operator/application/event/publisher.ts'
import { away, refusal } from '../event/a-relay.ts'
import { aProcess, aRecordWorld } from './a-record-relay.ts'

const taken: Delivery = { kind: 'acknowledged' }

describe('RecordRelay', () => {
  const isOf = (uid: string, ids: readonly string[]) => ids.some((id) => id.startsWith(uid))

  it('sends the records of each stock in order to every topic, and deletes them', async () => {
    const world = aRecordWorld()
    const { books, clock, kafka, isDelivered } = world
    const [bean, cup] = [books.open(), books.open('cup')]
    for (const uid of [bean, cup]) for (const entries of [3, 600]) books.write(uid, entries)
    const { troubles, retries } = aProcess(world)
    await clock.advance(100)
    for (const uid of [bean, cup]) {
      assert.ok(isDelivered(uid, 1, 2, 5, 505))
      assert.deepEqual(kafka.of('stocks', uid), [`${uid}-1`])
      assert.deepEqual(kafka.of('audit', uid).length, 4)
    }
    assert.deepEqual([troubles, retries], [[], []])
  })

  it('finds within a second what is committed later, and looks seldom while nothing is', async () => {
    const world = aRecordWorld()
    const { books, clock, isDelivered } = world
    const bean = books.open()
    let looks = 0
    books.failing((call) => {
      if (call === 'waiting') looks += 1
      return undefined
    })
    aProcess(world)
    await clock.advance(60_000)
    assert.ok(looks <= 65, String(looks))
    books.write(bean, 1)
    await clock.advance(1_100)
    assert.ok(isDelivered(bean, 1, 2))
  })

  it('serves every stock, however many there are and however much one has', async () => {
    const world = aRecordWorld()
    const { books, clock, isDelivered } = world
    const hot = books.open('hot')
    for (let record = 0; record < 2_000; record++) books.write(hot, 1)
    const others = Array.from({ length: 300 }, (_, index) => books.open(`stock-${index}`))
    aProcess(world)
    await clock.advance(500)
    assert.deepEqual(others.filter((uid) => !isDelivered(uid, 1)).length, 0)
    assert.equal(books.left(hot), 0)
  })

  it('keeps back a stock whose records a topic refuses, and that one alone, until it takes them', async () => {
    const world = aRecordWorld()
    const { books, clock, kafka, arrived, isDelivered } = world
    const [sick, well] = [books.open('sick'), books.open('well')]
    kafka.answer((topic, ids) => (topic === 'moves' && isOf(sick, ids) ? refusal : taken))
    const { troubles } = aProcess(world)
    for (let round = 0; round < 20; round++) {
      books.write(sick, 2)
      books.write(well, 2)
      await clock.advance(1_000)
    }
    const records = [1, ...Array.from({ length: 20 }, (_, index) => 2 * index + 2)]
    assert.ok(isDelivered(well, ...records))
    assert.deepEqual([arrived('moves', sick), books.left(sick)], [[], 21])
    const told = troubles.filter((text) => text.startsWith('records of a stock are held back'))
    assert.deepEqual(told.length, 1)
    assert.match(told[0] ?? '', /"shop\/sick".*"moves".*does not exist/)
    kafka.comeBack()
    await clock.advance(11_000)
    assert.ok(isDelivered(sick, ...records))
  })

  it('tells those at fault from many others', async () => {
    const world = aRecordWorld()
    const { books, clock, kafka, isDelivered } = world
    const stocks = Array.from({ length: 60 }, () => books.open())
    const sick = new Set([3, 17, 18, 40].map((index) => stocks[index]))
    kafka.answer((_, ids) => (ids.some((id) => [...sick].some((uid) => id.startsWith(`${uid}-`))) ? refusal : taken))
    aProcess(world)
    await clock.advance(20_000)
    assert.deepEqual(
      stocks.filter((uid) => !isDelivered(uid, 1)),
      stocks.filter((uid) => sick.has(uid)),
    )
  })

  it('goes on when a topic that refused everybody is there', async () => {
    const world = aRecordWorld()
    const { books, clock, kafka, isDelivered } = world
    const stocks = Array.from({ length: 40 }, () => books.open())
    kafka.refuse('audit')
    aProcess(world)
    await clock.advance(60_000)
    for (const uid of stocks) books.write(uid, 1)
    kafka.comeBack()
    await clock.advance(15_000)
    for (const uid of stocks) assert.ok(isDelivered(uid, 1, 2))
  })

  it('loses nothing while nobody answers, says so, and sends it when somebody does', async () => {
    const world = aRecordWorld()
    const { books, clock, kafka, isDelivered } = world
    const stocks = Array.from({ length: 40 }, () => books.open())
    kafka.goAway()
    const { troubles, retries } = aProcess(world)
    for (let minute = 0; minute < 5; minute++) {
      for (const uid of stocks) books.write(uid, 3)
      await clock.advance(60_000)
    }
    assert.match(troubles[0] ?? '', /can't publish events; tried again/)
    assert.ok(retries.includes('publish events: Unavailable'))
    kafka.comeBack()
    const before = kafka.publishes.length
    await clock.advance(11_000)
    for (const uid of stocks) assert.ok(isDelivered(uid, 1, 2, 5, 8, 11, 14))
    const tried = kafka.publishes.slice(before).filter(({ session }) => session === 'trials')
    assert.ok(tried.length < 10, `${tried.length} publishes, though nobody is at fault`)
  })

  it('sends nothing before what failed, however it was read ahead', async () => {
    const world = aRecordWorld()
    const { books, clock, kafka, isDelivered } = world
    const bean = books.open()
    for (let record = 0; record < 300; record++) books.write(bean, 1)
    let tries = 0
    kafka.answer(() => {
      tries += 1
      return tries <= 2 ? away : taken
    })
    aProcess(world)
    await clock.advance(3_000)
    assert.ok(isDelivered(bean, ...Array.from({ length: 301 }, (_, index) => index + 1)))
  })

  it('lets others through where nobody answers for some', async () => {
    const world = aRecordWorld()
    const { books, clock, kafka, isDelivered } = world
    const [sick, well, fine] = [books.open(), books.open(), books.open()]
    kafka.answer((_, ids) => (isOf(sick, ids) ? away : taken))
    aProcess(world)
    await clock.advance(20_000)
    assert.ok(isDelivered(well, 1) && isDelivered(fine, 1))
    books.write(well, 1)
    await clock.advance(1_100)
    assert.ok(isDelivered(well, 1, 2))
    assert.equal(books.left(sick), 1)
  })

  it('sends what arrived in part from there on', async () => {
    const world = aRecordWorld()
    const { books, clock, kafka, isDelivered } = world
    const bean = books.open()
    for (let record = 0; record < 30; record++) books.write(bean, 2)
    kafka.answer((topic, ids) =>
      ids.length > 4 ? { kind: 'unfinished', reason: 'slow', arrived: topic === 'moves' ? 3 : 4 } : taken,
    )
    aProcess(world)
    await clock.advance(2_000)
    assert.ok(isDelivered(bean, 1, ...Array.from({ length: 30 }, (_, index) => 2 * index + 2)))
    assert.deepEqual([kafka.of('moves').length, kafka.of('audit').length], [31, 31])
  })
})
