import assert from 'node:assert/strict'
import { hold } from '../../../fixtures/drafts.ts'
import { leadAt } from '../engine/a-leader.ts'
import { aSite, type Site } from '../engine/a-site.ts'

/** Sold, of beans alone and of beans with milk; then beans are deleted, and others of the name come. */
async function soldBefore(): Promise<Site> {
  const site = aSite()
  site.stock('beans', { quantity: 10 })
  site.stock('milk', { quantity: 10, reclaimPolicy: 'Consume' })
  await leadAt(site)
  site.apply('order', { beans: 2 }, { state: 'Confirmed' })
  site.apply('set', { beans: 2, milk: 3 }, { state: 'Confirmed' })
  site.apply('held', { beans: 1 }, { ttlMs: 3_600_000 })
  await site.pass(2_000)
  site.server.deleteStock('shop/beans', true)
  await site.pass(5_000)
  return site
}

describe('what was sold', () => {
  it('stays sold when its stock is gone, and when another of that name comes', async () => {
    const site = await soldBefore()
    assert.deepEqual(site.phasesOf(['order', 'set', 'held']), ['Confirmed', 'Confirmed', 'Released'])
    site.stock('beans', { quantity: 10 })
    await site.pass(30_000)
    assert.deepEqual(site.phasesOf(['order', 'set']), ['Confirmed', 'Confirmed'])
    assert.deepEqual([site.out('beans'), site.out('milk')], [0, 3])
    await leadAt(site, 'writer-2')
    await site.pass(30_000)
    assert.deepEqual(site.phasesOf(['order', 'set']), ['Confirmed', 'Confirmed'])
    assert.deepEqual([site.out('beans'), site.out('milk')], [0, 3])
  })

  for (const { when, back } of [
    { when: 'while its home is gone', back: false },
    { when: 'when another has the name of its home', back: true },
  ])
    it(`comes back from the other stocks when its client gives it back ${when}`, async () => {
      const site = await soldBefore()
      if (back) site.stock('beans', { quantity: 10 })
      await site.pass(2_000)
      for (const name of ['order', 'set']) site.server.changeReservation(`shop/${name}`, { state: 'Released' })
      await site.pass(5_000)
      assert.deepEqual(site.phasesOf(['order', 'set']), ['Released', 'Released'])
      assert.equal(site.told('set')?.reason, 'ReleasedByClient')
      assert.deepEqual([site.out('beans'), site.out('milk')], [0, 0])
      const returned = site.events().filter(({ type }) => type === 'io.kbnt.reservation.returned.v1')
      assert.deepEqual(
        returned.map(({ data }) => [data.stock.name, data.quantity]),
        [['milk', 3]],
      )
    })
})

describe('a stock that is deleted', () => {
  it('refuses those in line, waits for its holders, and goes when the last has ended', async () => {
    const site = aSite()
    site.stock('beans', { quantity: 2 })
    await leadAt(site)
    site.apply('holder', { beans: 2 }, { ttlMs: 20_000 })
    await site.pass(500)
    site.apply('waiter', { beans: 1 }, { waitForMs: 3_600_000 })
    await site.pass(500)
    site.server.deleteStock('shop/beans', false)
    await site.pass(5_000)
    assert.deepEqual([site.phaseOf('waiter'), site.told('waiter')?.reason], ['Rejected', 'StockTerminating'])
    assert.deepEqual([site.notReady('beans'), site.phaseOf('holder')], ['Terminating', 'Reserved'])
    await site.pass(20_000)
    assert.equal(site.stored('beans'), undefined)
    assert.equal(site.events().at(-1)?.type, 'io.kbnt.stock.deleted.v1')
  })

  it('refuses those who come when there is none of that name', async () => {
    const site = aSite()
    await leadAt(site)
    site.apply('order', { beans: 2 })
    await site.pass(1_000)
    assert.equal(site.phaseOf('order'), undefined, 'its stock may come yet')
    await site.pass(4_000)
    assert.deepEqual([site.phaseOf('order'), site.told('order')?.reason], ['Rejected', 'StockNotFound'])
  })

  it('is there for those who were applied just before it', async () => {
    const site = aSite()
    await leadAt(site)
    site.apply('order', { beans: 2 })
    await site.pass(1_000)
    site.stock('beans')
    await site.pass(1_000)
    assert.equal(site.phaseOf('order'), 'Reserved')
  })
})

describe('what ends by deletion', () => {
  it('has an event with its consumer, note and correlation id, in every stock', async () => {
    const site = aSite()
    for (const name of ['beans', 'milk']) site.stock(name, { reclaimPolicy: 'Return' })
    await leadAt(site)
    const texts = { consumer: 'ana', note: 'for Monday', requestId: 'req-1' }
    site.apply('set', { beans: 1, milk: 1 }, { ...texts, state: 'Confirmed' })
    site.apply('order', { beans: 1 }, texts)
    await site.pass(1_000)
    for (const name of ['set', 'order']) site.server.deleteReservation(`shop/${name}`)
    await site.pass(1_000)
    const ends = site.events().filter(({ type }) => /reservation\.(returned|released)/.test(type))
    const said = ends.map(({ type, correlationId, data: { stock, reservation } }) => [
      ...[type.split('.')[3], stock.name, correlationId, reservation.consumer, reservation.note],
    ])
    const of = (verb: string, stock: string) => [verb, stock, 'req-1', 'ana', 'for Monday']
    const firsts = [...new Map(said.map((one) => [one.join(), one])).values()]
    assert.deepEqual(firsts.sort(), [of('released', 'beans'), of('returned', 'beans'), of('returned', 'milk')].sort())
  })

  it('is remembered by nobody', async () => {
    const site = aSite()
    for (const name of ['beans', 'milk']) site.stock(name, { limits: { perConsumer: 4 } })
    const { engine } = await leadAt(site)
    site.apply('order', { beans: 1 }, { consumer: 'ana' })
    site.apply('set', { beans: 1, milk: 1 }, { consumer: 'ana' })
    site.apply('refused', { beans: 1, milk: 5 }, { consumer: 'ana' })
    await site.pass(1_000)
    const all = [...site.server.reservations.values()]
    for (const { name } of all) site.server.deleteReservation(`shop/${name}`)
    await site.pass(5_000)
    assert.equal(engine.departed.size, 0)
    assert.equal(engine.undecided.size, 0)
    for (const reservation of all)
      for (const { stock, book } of engine.actors.values()) {
        const { status: _, ...again } = reservation
        assert.equal(engine.unexplained.isOver(again, stock.uid), false, `${reservation.name} is remembered as over`)
        assert.equal(book.consumerUnits('ana'), 0)
        book.setConsumer(reservation.uid, 'whoever')
        book.decide(hold(reservation.uid, 1), site.clock.now())
        assert.equal(book.consumerUnits('whoever'), 1, `${stock.name} remembers whose ${reservation.name} was`)
        book.rollback()
      }
  })
})
