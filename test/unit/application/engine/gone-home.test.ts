import assert from 'node:assert/strict'
import { leadAt } from './a-leader.ts'
import { aSite, type Site } from './a-site.ts'

/**
 * Apples decide for an order of three stocks, and have sold it, when they are deleted by force: cheese has followed,
 * which has left no trace in the order's status, dates can't be written.
 */
async function soldInPart() {
  const site = aSite()
  for (const name of ['apples', 'cheese', 'dates']) site.stock(name, { quantity: 10 })
  const leader = await leadAt(site)
  site.apply('order', { apples: 1, cheese: 3, dates: 2 }, { ttlMs: 3_600_000 })
  await site.pass(1_000)
  assert.equal(site.phaseOf('order'), 'Reserved')
  site.answers.append = ({ name }) =>
    name === 'dates'
      ? { before: { kind: 'notApplied', cause: 'TooManyRequests', reason: 'busy', retryAfterMs: 100 } }
      : undefined
  site.server.changeReservation('shop/order', { state: 'Confirmed' })
  while (site.stored('cheese')?.status?.confirmed !== 3) await site.pass(1)
  site.server.deleteStock('shop/apples', true)
  return { site, leader }
}

describe('a home that is deleted by force in the middle of a sale', () => {
  it('leaves sold what its followers have sold, also at the next takeover, and the rest comes back', async () => {
    const { site, leader } = await soldInPart()
    site.answers.report = () => ({ kind: 'notApplied', cause: 'Forbidden', reason: 'a freeze', retryAfterMs: 1_000 })
    await site.pass(3_000)
    leader.kill()
    await leadAt(site, 'writer-2')
    site.answers.append = () => undefined
    site.answers.report = () => undefined
    await site.pass(20_000)
    assert.deepEqual([site.phaseOf('order'), site.told('order')?.reason], ['Released', 'StockGone'])
    const { reserved, confirmed, ledger } = site.stored('cheese')?.status ?? {}
    assert.deepEqual([reserved, confirmed, ledger?.pending, site.out('dates')], [0, 3, [], 0])
    assert.deepEqual(operationsOn(site, 'cheese'), ['RESERVE', 'CONFIRM'])
  })

  it('keeps nothing in the journals of followers once its reservation is deleted', async () => {
    const { site } = await soldInPart()
    site.answers.report = () => ({ kind: 'notApplied', cause: 'Forbidden', reason: 'a freeze', retryAfterMs: 1_000 })
    await site.pass(3_000)
    const pending = () => site.stored('cheese')?.status?.ledger.pending.map(({ verb }) => verb)
    assert.deepEqual(pending(), ['Confirm'], 'it says more than the reservation was told')
    site.server.deleteReservation('shop/order')
    site.answers.append = () => undefined
    await site.pass(5_000)
    assert.deepEqual([pending(), site.stored('cheese')?.status?.confirmed], [[], 3], 'what was sold stays sold')
  })
})

describe('a home that is deleted by force while some namespace can not be listed', () => {
  it('keeps nothing in the journals of followers all the same: it is seen to be gone', async () => {
    const site = aSite()
    for (const name of ['apples', 'milk']) site.stock(name, { quantity: 10 })
    site.answers.serves = (namespace) => namespace === 'shop'
    await leadAt(site)
    site.apply('order', { apples: 2, milk: 2 }, { ttlMs: 3_600_000 })
    await site.pass(2_000)
    site.answers.report = () => ({ kind: 'notApplied', cause: 'Forbidden', reason: 'a freeze', retryAfterMs: 1_000 })
    site.server.changeReservation('shop/order', { state: 'Released' })
    await site.pass(2_000)
    const pending = () => site.stored('milk')?.status?.ledger.pending.map(({ verb }) => verb)
    assert.deepEqual(pending(), ['Release'], 'its home has not told of it')
    site.server.deleteStock('shop/apples', true)
    await site.pass(5_000)
    assert.deepEqual(pending(), [])
  })
})

/** What was done to reservations of a stock; an event that comes again counts once. */
function operationsOn(site: Site, stock: string): string[] {
  const operations = new Map<string, string>()
  for (const { data } of site.events())
    if (data.stock.name === stock && data.reservation) operations.set(data.eventId, data.operation)
  return [...operations.values()]
}
