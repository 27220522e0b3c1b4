import assert from 'node:assert/strict'
import { type Leader, leadAt } from '../engine/a-leader.ts'
import { aSite, denied, type Site } from '../engine/a-site.ts'

const hourMs = 3_600_000

/** Beans are the home of every set with milk; all milk is held, so a set stands in the line of milk alone. */
async function milkHeld(): Promise<{ site: Site; leader: Leader }> {
  const site = aSite()
  site.stock('beans', { quantity: 10 })
  site.stock('milk', { quantity: 2 })
  const leader = await leadAt(site)
  site.apply('holder', { milk: 2 }, { ttlMs: 20 * hourMs })
  await site.pass(500)
  return { site, leader }
}

/** The same, with a set that waits. */
async function setWaiting(waitForMs = 10 * hourMs): Promise<{ site: Site; leader: Leader }> {
  const { site, leader } = await milkHeld()
  site.apply('set', { beans: 1, milk: 1 }, { waitForMs })
  await site.pass(1_000)
  assert.equal(site.phaseOf('set'), 'Waiting')
  assert.equal(leader.actorOf('milk').book.waiting.length, 1)
  return { site, leader }
}

/** From now on nothing of beans can be stored but why it has stopped. */
function breakBeans(site: Site): void {
  const mayPass = ['InternalError']
  site.answers.append = ({ name }, { conditions }) =>
    name === 'beans' && !conditions.some(({ reason }) => mayPass.includes(reason))
      ? { before: { kind: 'refused', reason: 'ledger.at must be a date', guard: false } }
      : undefined
}

async function haltBeans(site: Site): Promise<void> {
  breakBeans(site)
  site.apply('another', { beans: 1 })
  await site.pass(3_000)
  assert.equal(site.notReady('beans'), 'InternalError')
}

/** Nobody stands in the line of milk: once it comes back, a newcomer has some at once. */
async function assertMilkServes(site: Site, { actorOf }: Leader): Promise<void> {
  assert.equal(actorOf('milk').book.waiting.length, 0)
  site.server.deleteReservation('shop/holder')
  await site.pass(1_000)
  site.apply('order', { milk: 1 })
  await site.pass(1_000)
  assert.equal(site.phaseOf('order'), 'Reserved')
}

describe('a set in the line of another stock than its home', () => {
  it('leaves it when its home is gone', async () => {
    const { site, leader } = await setWaiting()
    site.server.deleteStock('shop/beans', true)
    await site.pass(10_000)
    assert.equal(site.told('set')?.reason, 'StockGone')
    await assertMilkServes(site, leader)
  })

  it('leaves it when its home is gone and can not be told so', async () => {
    const { site, leader } = await setWaiting()
    site.answers.report = () => denied
    site.server.deleteStock('shop/beans', true)
    await site.pass(10_000)
    assert.equal(leader.actorOf('milk').book.waiting.length, 0)
  })

  it('leaves it when another stock has the name of its home', async () => {
    const { site, leader } = await setWaiting()
    site.server.deleteStock('shop/beans', true)
    site.stock('beans', { quantity: 10 })
    await site.pass(10_000)
    assert.equal(site.told('set')?.reason, 'StockGone')
    await assertMilkServes(site, leader)
  })

  it('leaves it when its home halts before it has stored that it waits', async () => {
    const { site, leader } = await milkHeld()
    breakBeans(site)
    site.apply('set', { beans: 1, milk: 1 }, { waitForMs: hourMs })
    await site.pass(20_000)
    assert.deepEqual([site.phaseOf('set'), site.notReady('beans')], ['Pending', 'InternalError'])
    await assertMilkServes(site, leader)
  })

  it('leaves it also when that takes so long that it was sent away before', async () => {
    const { site, leader } = await milkHeld()
    site.answers.append = ({ name }) => (name === 'beans' ? { before: denied } : undefined)
    site.apply('set', { beans: 1, milk: 1 }, { waitForMs: hourMs })
    await site.pass(8_000)
    assert.match(site.told('set')?.message ?? '', /can't be stored/)
    breakBeans(site)
    await site.pass(5_000)
    assert.equal(site.notReady('beans'), 'InternalError')
    await assertMilkServes(site, leader)
  })

  for (const { what, end, waitForMs } of [
    { what: 'is deleted', end: (site: Site) => site.server.deleteReservation('shop/set') },
    { what: 'is released', end: (site: Site) => site.server.changeReservation('shop/set', { state: 'Released' }) },
    { what: 'has waited for long enough', end: () => undefined, waitForMs: 60_000 },
  ])
    it(`leaves it when it ${what}, though its home can decide nothing`, async () => {
      const { site, leader } = await setWaiting(waitForMs)
      await haltBeans(site)
      end(site)
      await site.pass(120_000)
      await assertMilkServes(site, leader)
    })

  it('makes room at once for who stands behind it', async () => {
    const { site } = await setWaiting()
    site.apply('behind', { milk: 1 }, { waitForMs: hourMs })
    await site.pass(1_000)
    await haltBeans(site)
    site.server.changeTerms('shop/milk', { quantity: 3 })
    await site.pass(500)
    assert.equal(site.phaseOf('behind'), 'Reserved')
  })

  it('keeps its place while its home is halted, and is served there again', async () => {
    const { site, leader } = await setWaiting()
    await haltBeans(site)
    await site.pass(60_000)
    assert.equal(leader.actorOf('milk').book.waiting.length, 1)
    site.answers.append = () => undefined
    await site.pass(120_000)
    site.server.deleteReservation('shop/holder')
    await site.pass(2_000)
    assert.deepEqual([site.phaseOf('set'), site.out('milk')], ['Reserved', 1])
  })
})
