import assert from 'node:assert/strict'
import { reservationsByStock } from '../../../../operator/application/engine/reservations-by-stock.ts'
import { aReservation } from '../../../fixtures/builders.ts'
import { leadAt } from './a-leader.ts'
import { aSite } from './a-site.ts'

const STOCKS = 50

describe('many stocks that are taken over again with one list', () => {
  it('go on one after the other, and let everything else run between them', async () => {
    const site = aSite()
    const names = Array.from({ length: STOCKS }, (_, index) => `stock-${index}`)
    for (const name of names) site.stock(name, { quantity: 10 })
    const leader = await leadAt(site)
    for (const name of names) site.apply(`order-of-${name}`, { [name]: 4 })
    await site.pass(5_000)
    const actors = names.map((name) => leader.actorOf(name))
    for (const actor of actors) leader.engine.retakes.now(actor)
    const done = new Set<number>()
    const look = (left: number) => {
      done.add(actors.filter(({ takeovers }) => takeovers > 0).length)
      if (left > 0) site.clock.schedule(0, () => look(left - 1))
    }
    for (let ms = 0; ms < 100; ms += 1) {
      site.clock.schedule(1, () => look(2 * STOCKS))
      await site.pass(1)
    }
    assert.equal(done.size, STOCKS + 1, 'none went on together with another')
    for (const name of names) site.apply(`more-of-${name}`, { [name]: 7 })
    await site.pass(5_000)
    assert.ok(names.every((name) => site.out(name) === 4))
  })
})

describe('reservations by stock', () => {
  it('are found by the names that they give, and by each uid of which they were told', () => {
    const named = aReservation({ uid: 'uid-named' })
    const [item] = named.spec.items
    const told = aReservation({
      uid: 'uid-told',
      spec: { ...named.spec, items: [{ stockNamespace: 'shop', stock: 'other', quantity: 1 }] },
      namedStockUids: ['uid-before'],
    })
    const { of, alive } = reservationsByStock({ reservations: [named, told], stale: new Set() })
    const stock = { namespace: item?.stockNamespace ?? '', name: item?.stock ?? '', uid: 'uid-now', formerUids: [] }
    assert.deepEqual(of(stock), [named])
    assert.deepEqual(of({ ...stock, formerUids: ['uid-before'] }), [named, told])
    assert.deepEqual(of({ ...stock, name: 'nobody-asks' }), [])
    assert.deepEqual([...alive], ['uid-named', 'uid-told'])
  })
})
