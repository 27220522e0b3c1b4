import assert from 'node:assert/strict'
import { leadAt } from '../engine/a-leader.ts'
import { aSite, denied } from '../engine/a-site.ts'

describe('who waits for a stock that decides nothing', () => {
  it('is told another reason when there is one, and waits there no more when its object is gone', async () => {
    const site = aSite()
    site.stock('beans', { quantity: 10 })
    const actor = (await leadAt(site)).actorOf('beans')
    const closed = (message: string) => actor.counted({ reason: 'BooksDoNotClose', message })
    closed('9 of 8')
    for (const name of ['patient', 'hasty']) site.apply(name, { beans: 1 })
    await site.pass(5_000)
    assert.deepEqual([actor.parked, site.told('patient')?.message], [2, 'beans: 9 of 8'])
    closed('9 of 7')
    await site.pass(65_000)
    assert.equal(site.told('patient')?.message, 'beans: 9 of 7')
    site.server.deleteReservation('shop/hasty')
    await site.pass(1_000)
    assert.equal(actor.parked, 1)
    actor.counted()
    await site.pass(5_000)
    assert.equal(site.phaseOf('patient'), 'Reserved')
  })

  it('is told another reason also for what is being stored in vain', async () => {
    const site = aSite()
    site.stock('beans', { quantity: 10 })
    await leadAt(site)
    for (const reason of ['a quota', 'a freeze']) {
      site.answers.append = () => ({ before: { ...denied, reason } })
      if (reason === 'a quota') site.apply('order', { beans: 1 })
      await site.pass(40_000)
      assert.equal(site.told('order')?.message, `beans: its books can't be stored: ${reason}`)
    }
    site.answers.append = () => undefined
    await site.pass(5_000)
    assert.equal(site.phaseOf('order'), 'Reserved')
  })
})
