import assert from 'node:assert/strict'
import { pause } from '../../../../operator/application/clock.ts'
import { reservationsByStock } from '../../../../operator/application/engine/reservations-by-stock.ts'
import { retakes } from '../../../../operator/application/engine/retakes.ts'
import type { World } from '../../../../operator/application/engine/world.ts'
import type { StockActor } from '../../../../operator/application/ledger/stock-actor.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
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

describe('a stock whose status can not be read', () => {
  it('is tried again at once where it is mended while it is read in vain', async () => {
    const clock = fakeClock()
    const stock = { namespace: 'shop', name: 'bean', uid: 'uid-bean' }
    let reads = 0
    const observer = { retried: () => undefined, trouble: () => undefined }
    const ledger = {
      async read() {
        reads += 1
        return { ...stock, unreadable: 'nonsense' }
      },
    }
    const world = { clock, observer, ledger } as unknown as World
    const rest = { actors: new Map(), term: 1, isDeparted: () => false, onRetaken: () => undefined }
    const again = retakes({ world, ...rest })
    let isMended = true
    const actor = {
      ...{ stock, stopped: false, mode: 'halted', known: { status: {} }, seal: () => undefined },
      async retake(load: () => Promise<unknown>) {
        const failure = await load().catch((error: unknown) => error)
        await pause(clock, 200) // it writes down why
        if (isMended) again.readable(actor as unknown as StockActor)
        throw failure
      },
    }
    again.now(actor as unknown as StockActor)
    await clock.advance(1_000)
    isMended = false
    await clock.advance(3_000)
    assert.equal(reads, 2)
    await clock.advance(5_000)
    assert.equal(reads, 2, 'later, where it stays so')
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
