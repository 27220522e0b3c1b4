import assert from 'node:assert/strict'
import { stockSeen } from '../../../../operator/application/engine/lead.ts'
import type { ReservationSpec } from '../../../../operator/domain/reservation/reservation.ts'
import type { StockTerms } from '../../../../operator/domain/stock/terms.ts'
import { type Leader, leadAt } from './a-leader.ts'
import { aSite, denied, type Site } from './a-site.ts'

const hourMs = 3_600_000

interface Wanted {
  readonly terms?: Partial<StockTerms>
  readonly order?: Partial<ReservationSpec>
  /** What has happened by the time when the leader changes. */
  readonly before?: (site: Site) => void
}

/** An order of namespace team-b has eight of ten beans, and team-b can't be listed when the leader changes. */
async function unlisted({
  terms,
  order,
  before,
}: Wanted = {}): Promise<{ site: Site; leader: Leader; back: () => void }> {
  const site = aSite()
  site.stock('beans', { quantity: 10, allowedNamespaces: ['team-b'], ...terms })
  const first = await leadAt(site)
  before?.(site)
  site.apply('order', { beans: 8 }, { namespace: 'team-b', ttlMs: hourMs, ...order })
  await site.pass(5_000)
  first.kill()
  site.answers.serves = (namespace) => namespace === 'shop'
  const leader = await leadAt(site, 'writer-2')
  const back = () => {
    site.answers.serves = () => true
    leader.takeUp('team-b')
  }
  return { site, leader, back }
}

const phase = (site: Site) => site.phaseOf('order', 'team-b')

describe('a takeover without a namespace that can not be listed', () => {
  for (const { what, ...wanted } of [
    { what: 'what it holds' },
    { what: 'what it was lent', order: { state: 'Confirmed' }, terms: { reclaimPolicy: 'Return' } },
  ] as const)
    it(`hands out nothing of ${what}, and decides nothing anew once it can be listed`, async () => {
      const { site, leader, back } = await unlisted(wanted)
      site.apply('other', { beans: 10 })
      site.apply('little', { beans: 2 })
      await site.pass(5_000)
      assert.deepEqual([site.phaseOf('other'), site.phaseOf('little'), site.out('beans')], ['Rejected', 'Reserved', 10])
      const told = phase(site)
      back()
      await site.pass(20_000)
      assert.deepEqual([phase(site), site.out('beans')], [told, 10])
      site.server.deleteReservation('team-b/order')
      await site.pass(5_000)
      assert.equal(site.out('beans'), 2)
      assert.deepEqual([leader.faults, leader.fatals], [[], []])
    })

  it('ends nothing whose hold is only in a journal, and tells it later', async () => {
    const topics = { away: (_: Site): void => undefined }
    topics.away = (site) => {
      site.kafka.refused.add('beans')
      site.answers.spool = () => Promise.reject(new Error('no room'))
      site.answers.report = () => ({ kind: 'notApplied', cause: 'Forbidden', reason: 'a freeze', retryAfterMs: 1_000 })
    }
    const { site, leader, back } = await unlisted({ before: topics.away })
    site.kafka.refused.clear()
    site.answers.report = () => undefined
    await site.pass(20_000)
    const owed = leader.actorOf('beans').journal.entries.map(({ entry }) => entry.verb)
    assert.deepEqual([owed, site.out('beans'), phase(site)], [['Reserve'], 8, undefined])
    back()
    await site.pass(60_000)
    assert.deepEqual([phase(site), site.out('beans'), leader.actorOf('beans').journal.entries], ['Reserved', 8, []])
    assert.ok(!site.events().some(({ type }) => type.includes('released')))
  })

  it('lets no stock go that it may hold, as long as that can not be seen', async () => {
    const { site, back } = await unlisted()
    site.server.deleteStock('shop/beans', false)
    await site.pass(60_000)
    assert.equal(site.out('beans'), 8)
    back()
    await site.pass(5_000)
    assert.equal(phase(site), 'Reserved')
    site.server.changeReservation('team-b/order', { state: 'Released' })
    await site.pass(10_000)
    assert.deepEqual([phase(site), site.stored('beans')], ['Released', undefined])
  })

  it('goes on with a restored stock only once it can be seen what everybody was told of it', async () => {
    const { site, leader, back } = await unlisted()
    const { sequence = 0 } = site.told('order', 'team-b') ?? {}
    site.server.restoreStock('shop/beans', false)
    site.server.acceptBooks('shop', 'beans')
    await site.pass(20_000)
    assert.equal(leader.actorOf('beans').closedBecause?.reason, 'StatusLost')
    back()
    await site.pass(20_000)
    assert.deepEqual([phase(site), site.out('beans')], ['Reserved', 8])
    assert.ok((site.stored('beans')?.status?.ledger.sequence ?? 0) > sequence, 'no number is given twice')
  })

  it('says why one of it is not decided while its stock can not be taken over again', async () => {
    const { site, back } = await unlisted()
    site.apply('late', { beans: 1 }, { namespace: 'team-b' })
    site.answers.readStock = () => Promise.reject(new Error('too many requests'))
    back()
    await site.pass(30_000)
    const { phase: told, reason } = site.told('late', 'team-b') ?? {}
    assert.deepEqual([told, reason], ['Pending', 'StockBusy'])
    site.answers.readStock = () => undefined
    await site.pass(300_000)
    assert.equal(site.phaseOf('late', 'team-b'), 'Reserved')
  })

  it('counts down what belongs to nobody as soon as all can be seen', async () => {
    const { site, back } = await unlisted()
    site.server.reservations.delete('team-b/order')
    await site.pass(20_000)
    assert.equal(site.out('beans'), 8)
    back()
    await site.pass(20_000)
    assert.equal(site.out('beans'), 0)
  })

  it('gives back what only a journal told of, once its object can be seen to be gone', async () => {
    const { site, back } = await unlisted({
      before: (shop) => {
        shop.answers.report = () => ({
          kind: 'notApplied',
          cause: 'Forbidden',
          reason: 'a freeze',
          retryAfterMs: 1_000,
        })
      },
    })
    assert.equal(site.out('beans'), 8)
    site.server.reservations.delete('team-b/order')
    site.answers.report = () => undefined
    back()
    await site.pass(20_000)
    assert.equal(site.out('beans'), 0)
  })

  it('has a verdict followed only once what its set has of each stock can be seen', async () => {
    const site = aSite()
    for (const name of ['beans', 'milk']) site.stock(name, { quantity: 10, allowedNamespaces: ['team-b'] })
    const first = await leadAt(site)
    site.apply('order', { beans: 1, milk: 4 }, { namespace: 'team-b', ttlMs: hourMs })
    await site.pass(10_000)
    site.answers.append = ({ name }) => (name === 'milk' ? { before: denied } : undefined)
    site.server.changeReservation('team-b/order', { state: 'Confirmed' })
    await site.pass(5_000)
    first.kill()
    site.answers.append = () => undefined
    site.answers.serves = (namespace) => namespace === 'shop'
    const leader = await leadAt(site, 'writer-2')
    await site.pass(20_000)
    site.answers.serves = () => true
    leader.takeUp('team-b')
    await site.pass(60_000)
    const { reserved, confirmed } = site.stored('milk')?.status ?? {}
    assert.deepEqual([phase(site), reserved, confirmed], ['Confirmed', 0, 4])
  })

  it('ends a hold at its home in time, though another stock of it can not be read', async () => {
    const site = aSite()
    for (const name of ['beans', 'milk']) site.stock(name, { quantity: 10, allowedNamespaces: ['team-b'] })
    const first = await leadAt(site)
    site.apply('order', { beans: 2, milk: 2 }, { namespace: 'team-b', ttlMs: 120_000 })
    await site.pass(10_000)
    first.kill()
    const milk = site.stored('milk')
    if (!milk) throw new Error('there is no milk')
    site.server.stocks.set('shop/milk', { ...milk, unreadable: 'status.ledger.format is 7' })
    site.answers.serves = (namespace) => namespace === 'shop'
    const leader = await leadAt(site, 'writer-2')
    site.answers.serves = () => true
    leader.takeUp('team-b')
    await site.pass(600_000)
    assert.deepEqual([site.out('beans'), site.out('milk')], [0, 2])
  })

  it('tells who waits there why, where their stock can not be read by then, and serves them once it can', async () => {
    const { site, leader, back } = await unlisted()
    site.apply('late', { beans: 1 }, { namespace: 'team-b' })
    const beans = site.stored('beans')
    assert.ok(beans)
    site.server.stocks.set('shop/beans', { ...beans, unreadable: 'status.ledger.format is 7' })
    back()
    await site.pass(15_000)
    const { phase: told, reason, message } = site.told('late', 'team-b') ?? {}
    assert.deepEqual([told, reason], ['Pending', 'StockBusy'])
    assert.match(message ?? '', /^shop\/beans: .*status.ledger.format is 7/)
    site.server.stocks.set('shop/beans', beans)
    stockSeen(leader.engine, beans)
    await site.pass(5_000)
    assert.deepEqual([site.phaseOf('late', 'team-b'), phase(site), site.out('beans')], ['Reserved', 'Reserved', 9])
  })

  it('ends what is there of a stock that goes before it could be taken over again', async () => {
    const { site, back } = await unlisted()
    site.answers.readStock = () => Promise.reject(new Error('no answer'))
    back()
    await site.pass(3_000)
    site.server.deleteStock('shop/beans', true)
    site.answers.readStock = () => undefined
    await site.pass(10_000)
    assert.deepEqual([phase(site), site.told('order', 'team-b')?.reason], ['Released', 'StockGone'])
  })

  it('counts down nothing either when a stock is taken over again', async () => {
    const { site, leader } = await unlisted()
    leader.actorOf('beans').halt(new Error('something is wrong with it'))
    await site.pass(20_000)
    assert.deepEqual([leader.actorOf('beans').mode, site.out('beans')], ['open', 8])
  })
})
