import assert from 'node:assert/strict'
import { stockSeen } from '../../../../operator/application/engine/lead.ts'
import type { StoredStock } from '../../../../operator/application/ledger/stock-ledger.ts'
import { aSpec, someTerms } from '../../../fixtures/builders.ts'
import { type Leader, leadAt, leadWithout } from './a-leader.ts'
import { aSite, denied, type Site } from './a-site.ts'

/** Eggs of namespace farm, where sets that also take milk have their home. */
function aFarm(): Site {
  const site = aSite()
  site.server.createStock('farm', 'eggs', someTerms({ quantity: 10, allowedNamespaces: ['*'] }))
  return site
}

function takeFarmUp(site: Site, leader: Leader, eggs: StoredStock): void {
  site.answers.serves = () => true
  stockSeen(leader.engine, eggs)
  leader.takeUp('farm')
}

describe('a takeover without the namespace of the home of a set', () => {
  for (const { when, deleteBefore } of [
    { when: 'before', deleteBefore: true },
    { when: 'after', deleteBefore: false },
  ])
    it(`keeps what it has elsewhere, though it was deleted ${when} that, until the home can be seen, which has sold it`, async () => {
      const site = aFarm()
      site.stock('milk', { quantity: 10 })
      const first = await leadAt(site)
      const lineOf = (stockNamespace: string, stock: string) => ({ stockNamespace, stock, quantity: 2 })
      const spec = aSpec({ items: [lineOf('farm', 'eggs'), lineOf('shop', 'milk')], ttlMs: 3_600_000 })
      site.answers.report = () => denied // so that the journals still tell of it
      site.server.createReservation({ namespace: 'shop', name: 'set', createdAt: site.clock.now(), spec })
      await site.pass(5_000)
      site.answers.append = ({ name }) => (name === 'milk' ? { before: denied } : undefined)
      site.server.changeReservation('shop/set', { state: 'Confirmed' })
      await site.pass(5_000)
      assert.deepEqual(
        [site.server.stocks.get('farm/eggs')?.status?.confirmed, site.stored('milk')?.status?.reserved],
        [2, 2],
      )
      first.kill()
      Object.assign(site.answers, { append: () => undefined, report: () => undefined })
      if (deleteBefore) site.server.deleteReservation('shop/set')
      const { leader, unseen: eggs } = await leadWithout(site, 'farm/eggs')
      if (!deleteBefore) site.server.deleteReservation('shop/set')
      await site.pass(30_000)
      assert.equal(site.out('milk'), 2)
      takeFarmUp(site, leader, eggs)
      await site.pass(60_000)
      const { reserved, confirmed } = site.stored('milk')?.status ?? {}
      assert.deepEqual([reserved, confirmed, leader.fatals, leader.engine.departed.size], [0, 2, [], 0])
    })
})
