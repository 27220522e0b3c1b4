import assert from 'node:assert/strict'
import { leadAt } from '../engine/a-leader.ts'
import { aSite, denied, type Site } from '../engine/a-site.ts'

const hourMs = 3_600_000

const lineOf = (maxLength: number, order: 'Strict' | 'BestEffort' = 'Strict') => ({
  waitlist: { order, maxLength, maxWaitMs: 168 * hourMs, maxPriority: 1_000 },
})

/** Beans are the home of every set with milk. */
async function beansAndMilk(beans = {}, milk = {}): Promise<Site> {
  const site = aSite()
  site.stock('beans', { quantity: 100, ...beans })
  site.stock('milk', { quantity: 100, ...milk })
  await leadAt(site)
  return site
}

const setNames = (count: number) => Array.from({ length: count }, (_, index) => `set-${index}`)

describe('limits of a set', () => {
  for (const limited of ['beans', 'milk'])
    it(`bound what one consumer has of ${limited}, however many sets are applied at once`, async () => {
      const limits = { limits: { perConsumer: 4 } }
      const site = await beansAndMilk(limited === 'beans' ? limits : {}, limited === 'milk' ? limits : {})
      for (const name of setNames(10)) site.apply(name, { beans: 3, milk: 3 }, { consumer: 'ana' })
      site.apply('bob', { beans: 3, milk: 3 }, { consumer: 'bob' })
      await site.pass(5_000)
      assert.deepEqual([site.out('beans'), site.out('milk')], [6, 6], 'one set of ana, and that of bob')
      const refused = setNames(10).filter((name) => site.phaseOf(name) === 'Rejected')
      assert.equal(refused.length, 9)
      for (const name of refused) {
        assert.equal(site.told(name)?.reason, 'LimitPerConsumer')
        assert.match(
          site.told(name)?.message ?? '',
          new RegExp(`^ana (has 3 of|asks for 3 of) ${limited}.*: at most 4$`),
        )
      }
    })

  it('count what came back', async () => {
    const site = await beansAndMilk({}, { limits: { perConsumer: 4 } })
    site.apply('first', { beans: 3, milk: 3 }, { consumer: 'ana' })
    await site.pass(1_000)
    site.server.deleteReservation('shop/first')
    await site.pass(1_000)
    site.apply('second', { beans: 4, milk: 4 }, { consumer: 'ana' })
    await site.pass(1_000)
    assert.equal(site.phaseOf('second'), 'Reserved')
  })

  for (const strict of ['beans', 'milk'])
    it(`cut its extension to the longest hold of ${strict}, the smallest, and name it`, async () => {
      const hold = { hold: { ttlMs: 60_000, maxTtlMs: hourMs } }
      const site = await beansAndMilk(strict === 'beans' ? hold : {}, strict === 'milk' ? hold : {})
      site.apply('set', { beans: 1, milk: 1 })
      await site.pass(1_000)
      site.server.changeReservation('shop/set', { ttlMs: 10 * hourMs })
      await site.pass(2_000)
      const { reservedAt = '', expiresAt = '', message = '' } = site.told('set') ?? {}
      assert.equal(Date.parse(expiresAt) - Date.parse(reservedAt), hourMs)
      assert.match(message, new RegExp(`cut to ${strict}'s longest hold, 1h`))
      await site.pass(hourMs + 1_000)
      assert.deepEqual([site.phaseOf('set'), site.out('beans'), site.out('milk')], ['Expired', 0, 0])
    })

  it('refuse it with WaitlistFull where any line that it lacks takes nobody more', async () => {
    const site = await beansAndMilk({}, { quantity: 2, ...lineOf(0) })
    site.apply('holder', { milk: 2 })
    await site.pass(500)
    site.apply('set', { beans: 1, milk: 1 }, { waitForMs: hourMs })
    await site.pass(2_000)
    assert.deepEqual([site.phaseOf('set'), site.told('set')?.reason], ['Rejected', 'WaitlistFull'])
    assert.equal(site.out('beans'), 0)
  })
})

describe('a set that waits', () => {
  for (const { what, milk } of [
    { what: 'where nobody may wait', milk: lineOf(0) },
    { what: 'that has units for it', milk: {} },
  ])
    it(`for one stock does not stand in the line of another ${what}`, async () => {
      const site = await beansAndMilk({ quantity: 2 }, milk)
      site.apply('holder', { beans: 2 })
      await site.pass(500)
      site.apply('set', { beans: 1, milk: 1 }, { waitForMs: hourMs, priority: 1_000 })
      await site.pass(2_000)
      assert.equal(site.phaseOf('set'), 'Waiting')
      site.apply('order', { milk: 5 })
      await site.pass(1_000)
      assert.equal(site.phaseOf('order'), 'Reserved')
      site.server.deleteReservation('shop/holder')
      await site.pass(2_000)
      assert.equal(site.phaseOf('set'), 'Reserved')
    })

  it('is served in its turn, with all of its lines or none', async () => {
    const site = await beansAndMilk({ quantity: 2 }, { quantity: 2 })
    site.apply('white', { milk: 2 })
    site.apply('black', { beans: 2 })
    await site.pass(500)
    site.apply('set', { beans: 2, milk: 2 }, { waitForMs: hourMs })
    await site.pass(1_000)
    site.server.deleteReservation('shop/white')
    await site.pass(15_000)
    assert.deepEqual([site.phaseOf('set'), site.out('milk')], ['Waiting', 0])
    site.server.deleteReservation('shop/black')
    await site.pass(15_000)
    assert.deepEqual([site.phaseOf('set'), site.out('beans'), site.out('milk')], ['Reserved', 2, 2])
  })

  it('gives up when its time is over, and leaves every line', async () => {
    const site = await beansAndMilk({ quantity: 2 }, { quantity: 2 })
    site.apply('black', { beans: 2, milk: 2 })
    await site.pass(500)
    site.apply('set', { beans: 2, milk: 2 }, { waitForMs: 10_000 })
    await site.pass(12_000)
    assert.deepEqual([site.phaseOf('set'), site.told('set')?.reason], ['Rejected', 'WaitTimedOut'])
    site.server.deleteReservation('shop/black')
    await site.pass(500)
    site.apply('next', { milk: 1 })
    await site.pass(500)
    assert.equal(site.phaseOf('next'), 'Reserved')
  })
})

describe('a set', () => {
  it('that asks to be confirmed from the beginning is told once, when all of its stocks have sold', async () => {
    const site = await beansAndMilk()
    site.apply('set', { beans: 1, milk: 2 }, { state: 'Confirmed' })
    await site.pass(2_000)
    assert.equal(site.phaseOf('set'), 'Confirmed')
    assert.deepEqual([site.stored('beans')?.status?.confirmed, site.stored('milk')?.status?.confirmed], [1, 2])
  })

  it('gives back its lent lines when it is deleted, and leaves what was sold', async () => {
    const site = await beansAndMilk({}, { reclaimPolicy: 'Return' })
    site.apply('set', { beans: 1, milk: 2 }, { state: 'Confirmed' })
    await site.pass(2_000)
    site.server.deleteReservation('shop/set')
    await site.pass(2_000)
    assert.deepEqual([site.out('beans'), site.out('milk')], [1, 0])
  })

  it('with a stock that is nowhere is refused after a while, and holds nothing', async () => {
    const site = await beansAndMilk()
    site.apply('set', { beans: 1, cream: 1 })
    await site.pass(1_000)
    assert.equal(site.phaseOf('set'), undefined)
    await site.pass(4_000)
    assert.deepEqual(
      [site.phaseOf('set'), site.told('set')?.reason, site.out('beans')],
      ['Rejected', 'StockNotFound', 0],
    )
  })

  it('loses the hold of its other stocks when one of them is gone', async () => {
    const site = await beansAndMilk()
    site.apply('set', { beans: 1, milk: 2 })
    await site.pass(1_000)
    site.server.deleteStock('shop/milk', true)
    await site.pass(20 * 60_000)
    assert.deepEqual([site.out('beans'), site.phaseOf('set')], [0, 'Released'])
    assert.equal(site.told('set')?.reason, 'StockGone')
  })
})

describe('a set with a stock that can not go on at once', () => {
  it('is not held as long as one of its stocks has not stored its line', async () => {
    const site = await beansAndMilk()
    site.answers.append = ({ name }) => (name === 'milk' ? { before: denied } : undefined)
    site.apply('set', { beans: 1, milk: 1 })
    await site.pass(30_000)
    assert.deepEqual([site.phaseOf('set'), site.out('beans'), site.out('milk')], ['Pending', 0, 0])
    site.answers.append = () => undefined
    await site.pass(5_000)
    assert.deepEqual([site.phaseOf('set'), site.out('beans'), site.out('milk')], ['Reserved', 1, 1])
  })

  it('ends at a stock that was opened while another was still writing', async () => {
    const site = aSite()
    for (const stock of ['beans', 'cups', 'milk']) site.stock(stock, { quantity: 10 })
    const leader = await leadAt(site)
    site.apply('set', { beans: 1, cups: 1, milk: 1 }, { ttlMs: 10_000 })
    await site.pass(5_000)
    leader.kill()
    await site.pass(10_000)
    const writes = { cups: 0, milk: 0 }
    site.answers.append = ({ name }) => {
      if (name !== 'cups' && name !== 'milk') return undefined
      writes[name] += 1
      const isLate = name === 'milk' ? writes.milk === 1 : writes.cups === 2 || writes.cups === 3
      return isLate ? { before: denied } : undefined
    }
    await leadAt(site, 'writer-2')
    await site.pass(15_000)
    assert.deepEqual([site.phaseOf('set'), site.out('beans'), site.out('cups'), site.out('milk')], ['Expired', 0, 0, 0])
  })
})
