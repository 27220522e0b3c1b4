import assert from 'node:assert/strict'
import { aProcess, aRecordWorld } from './a-record-relay.ts'

describe('RecordRelay, in trouble and at its end,', () => {
  it('sends the same again after it died before a record was deleted, and no gap comes of that', async () => {
    const world = aRecordWorld()
    const { books, clock, kafka, isDelivered } = world
    const bean = books.open()
    books.write(bean, 2)
    books.failing((call) => (call === 'delivered' ? new Error('nobody answers') : undefined))
    const first = aProcess(world)
    await clock.advance(1_000)
    assert.ok(first.retries.includes('delete delivered records: NoAnswer'))
    await stopped(world, first.relay.stop(1_000))
    assert.equal(books.left(bean), 2)
    books.failing(() => undefined)
    books.write(bean, 2)
    aProcess(world, 2)
    await clock.advance(1_000)
    assert.ok(isDelivered(bean, 1, 2, 4))
    const again = [1, 2, 1, 2, 4].map((record) => `${bean}-${record}`)
    assert.deepEqual(kafka.of('audit'), again)
  })

  it('takes note of what was deleted although it heard nothing of it', async () => {
    const world = aRecordWorld()
    const { books, clock, kafka, isDelivered } = world
    const bean = books.open()
    books.failing((call) => (call === 'delivered' ? new Error('the answer is lost') : undefined), true)
    aProcess(world)
    await clock.advance(1_000)
    books.failing(() => undefined)
    books.write(bean, 2)
    await clock.advance(6_000)
    assert.ok(isDelivered(bean, 1, 2))
    assert.deepEqual(kafka.of('audit').length, 2)
  })

  it('counts nothing as lost where the numbers of a stock go on far above what was told', async () => {
    const world = aRecordWorld()
    const { books, clock, isDelivered } = world
    const bean = books.open()
    books.leap(bean, 1_000_000)
    books.write(bean, 2)
    const { lost, troubles } = aProcess(world)
    await clock.advance(1_000)
    assert.ok(isDelivered(bean, 1, 1_000_002))
    assert.deepEqual([lost, troubles], [[], []])
  })

  it('sends no more and more while nothing can be deleted', async () => {
    const world = aRecordWorld()
    const { books, clock, kafka } = world
    const bean = books.open()
    books.failing((call) => (call === 'delivered' ? new Error('no room is left') : undefined))
    aProcess(world)
    for (let second = 0; second < 60; second++) {
      books.write(bean, 500)
      await clock.advance(1_000)
    }
    assert.ok(kafka.of('audit').length < 10, String(kafka.of('audit').length))
  })

  it('goes on when the database is back', async () => {
    const world = aRecordWorld()
    const { books, clock, isDelivered } = world
    const bean = books.open()
    books.failing(() => new Error('connect ECONNREFUSED'))
    const { troubles, retries } = aProcess(world)
    await clock.advance(60_000)
    assert.match(troubles[0] ?? '', /can't read records; tried again/)
    assert.ok(retries.length < 30, String(retries.length))
    books.failing(() => undefined)
    await clock.advance(6_000)
    assert.ok(isDelivered(bean, 1))
  })

  it('goes over entries whose record somebody has deleted, and says how many', async () => {
    const world = aRecordWorld()
    const { books, clock, isDelivered } = world
    const bean = books.open()
    for (const entries of [3, 2, 4]) books.write(bean, entries)
    books.take(bean, 2)
    books.take(bean, 7)
    const { lost, troubles } = aProcess(world)
    await clock.advance(1_000)
    assert.ok(isDelivered(bean, 1, 5))
    assert.deepEqual(lost, [3, 4])
    assert.match(troubles[0] ?? '', /have no record.*shop\/bean/)
    books.write(bean, 1)
    await clock.advance(2_000)
    assert.ok(isDelivered(bean, 1, 5, 11))
  })

  it('keeps back what nobody can read, and its stock alone', async () => {
    const world = aRecordWorld()
    const { books, clock, arrived, isDelivered } = world
    const [sick, well] = [books.open('sick'), books.open('well')]
    books.edit(sick, 1, 'nonsense')
    const { troubles } = aProcess(world)
    await clock.advance(5_000)
    assert.ok(isDelivered(well, 1))
    assert.deepEqual([arrived('audit', sick), books.left(sick)], [[], 1])
    assert.match(troubles[0] ?? '', /can't make events of records.*shop\/sick/)
  })

  it('ends at once while there is nothing to do', async () => {
    const world = aRecordWorld()
    const { relay } = aProcess(world)
    await world.clock.advance(5_000)
    await stopped(world, relay.stop(10_000), 0)
    assert.equal(world.clock.timers, 0)
  })

  it('ends with what it has begun, whatever else there is', async () => {
    const world = aRecordWorld()
    const { books, clock, kafka } = world
    const bean = books.open()
    for (let record = 0; record < 200; record++) books.write(bean, 1)
    const { relay } = aProcess(world)
    await clock.settle()
    await stopped(world, relay.stop(10_000), 20)
    const sent = kafka.of('audit').length
    assert.ok(sent > 0 && sent < 201, String(sent))
    assert.equal(books.left(bean), 201 - sent)
    await clock.advance(5_000)
    assert.equal(kafka.of('audit').length, sent)
  })

  it('ends in time though a publish hangs', async () => {
    const world = aRecordWorld()
    world.books.open()
    world.kafka.publisher.publish = () => new Promise(() => undefined)
    const { relay } = aProcess(world)
    await world.clock.advance(1_000)
    await stopped(world, relay.stop(2_000), 2_000)
  })

  /** The promise must be kept when so much time has passed. */
  async function stopped({ clock }: ReturnType<typeof aRecordWorld>, stop: Promise<void>, withinMs = 1_000) {
    let isStopped = false
    void stop.then(() => {
      isStopped = true
    })
    await clock.advance(withinMs)
    await clock.settle()
    assert.ok(isStopped)
  }
})
