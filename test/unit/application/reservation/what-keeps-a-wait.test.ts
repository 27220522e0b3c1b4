import assert from 'node:assert/strict'
import type { StockTerms } from '../../../../operator/domain/stock/terms.ts'
import { leadAt } from '../engine/a-leader.ts'
import { aSite } from '../engine/a-site.ts'

/** Somebody came to the line of a stock when all was held; meanwhile it is given back, and the stock's terms have changed. */
async function waitingWhile(change: Partial<StockTerms>) {
  const site = aSite()
  site.stock('beans', { quantity: 5 })
  const leader = await leadAt(site)
  site.apply('all', { beans: 5 }, { consumer: 'ana' })
  await site.pass(1_000)
  site.apply('waiter', { beans: 2 }, { consumer: 'ben', waitForMs: 3_600_000 })
  await site.pass(1_000)
  site.server.changeTerms('shop/beans', change)
  site.server.deleteReservation('shop/all')
  await site.pass(1_000)
  return {
    site,
    leader,
    async message() {
      await leader.refresh()
      return site.told('waiter')?.message
    },
  }
}

describe('whoever waits though there are units', () => {
  it('is told which of the terms passes it over, and no more once that is changed again', async () => {
    const { site, message } = await waitingWhile({ limits: { perReservation: 1 } })
    assert.equal(
      await message(),
      'waiting for 2 of beans: 5 of 5 available, 1st in line; passed over: asks for 2 of beans, more than one reservation may have: at most 1',
    )
    site.server.changeTerms('shop/beans', { limits: {}, quantity: 1 })
    await site.pass(1_000)
    assert.equal(
      await message(),
      'waiting for 2 of beans: 1 of 1 available, 1st in line; passed over: needs 2 of beans, more than beans can ever hand out: at most 1; ask for less',
    )
    site.server.changeTerms('shop/beans', { quantity: 2 })
    await site.pass(1_000)
    assert.equal(site.phaseOf('waiter'), 'Reserved')
  })

  it('is told that the stock hands out nothing', async () => {
    const paused = await waitingWhile({ paused: true })
    assert.match((await paused.message()) ?? '', /: 5 of 5 available, 1st in line; beans is not Ready \(Paused\)$/)
    const differing = await waitingWhile({ limits: { perReservation: 1 } })
    differing.leader.actorOf('beans').counted({ reason: 'BooksDoNotClose', message: 'reservations hold 17' })
    assert.match((await differing.message()) ?? '', /, 1st in line; beans is not Ready \(BooksDoNotClose\)$/)
  })

  it('is told of a stock of its set that is paused, or refused because of it', async () => {
    const site = aSite()
    site.stock('apples', { quantity: 10 })
    site.stock('beans', { quantity: 10, paused: true })
    await leadAt(site)
    site.apply('at-once', { apples: 1, beans: 1 })
    site.apply('waits', { apples: 1, beans: 1 }, { waitForMs: 3_600_000 })
    await site.pass(2_000)
    assert.deepEqual(
      ['at-once', 'waits'].map((name) => site.told(name)?.message),
      [
        'beans is paused and hands nothing out; set waitFor to wait until it goes on',
        'waiting for 1 of apples, 1 of beans: nothing missing, 1st in line; beans is not Ready (Paused)',
      ],
    )
  })
})
