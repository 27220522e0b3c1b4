import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { auditRows } from '../../../../fixtures/audit-rows.ts'
import { minuteMs } from '../../../../fixtures/builders.ts'
import { denied } from '../../reservation/a-reporter.ts'
import { aRowSite } from './a-row-site.ts'

const of = (stock: string, quantity = 2) => ({ stockNamespace: 'shop', stock, quantity })

describe('Reservation objects of stocks whose books are rows, when something fails', () => {
  let site: ReturnType<typeof aRowSite>
  let lead: ReturnType<typeof site.leader>

  beforeEach(() => {
    site = aRowSite()
    lead = site.leader()
  })
  afterEach(() => assert.deepEqual(auditRows(site.books.rows()), []))

  const phaseOf = (name: string) => {
    const { phase, reason, message } = site.statusOf(name) ?? {}
    return [phase, reason, message]
  }
  const away = (times = 1_000) => site.books.meet(...Array.from({ length: times }, () => 'not written' as const))
  const holds = () => site.books.rows().claims.length

  it('say within seconds that their database takes nothing, and are decided when it does', async () => {
    await site.stock('grinder')
    site.apply('order')
    away()
    const outcome = await site.look(lead, 'order', 7_000)
    assert.deepEqual(phaseOf('order'), ['Pending', 'StockBusy', "database fast: it can't do what is asked of it now"])
    assert.ok(outcome?.kind === 'recheckAfter' && outcome.delayMs <= 10_000)
    const again = await site.look(lead, 'order', 7_000)
    assert.ok(again?.kind === 'recheckAfter' && again.delayMs >= outcome.delayMs)
    assert.equal(holds(), 0)
    const other = site.leader() // the mishaps are over
    site.books.meet()
    while (holds() === 0) await site.look(other, 'order', 7_000)
    await site.look(other, 'order', 7_000)
    assert.equal(phaseOf('order')[0], 'Reserved')
  })

  it('that are held say beside it why their confirm is not decided', async () => {
    await site.stock('grinder')
    site.apply('order')
    await site.look(lead, 'order')
    site.apply('order', { state: 'Confirmed' })
    away()
    await site.look(lead, 'order', 7_000)
    const [phase, , message] = phaseOf('order')
    assert.equal(phase, 'Reserved')
    assert.match(`${message}`, /^2 of grinder held until .*; not decided yet: database fast/)
  })

  it('wait while too many events of their stock do; what is held already is told, confirmed and given back', async () => {
    const stock = await site.stock('grinder', { quantity: 10 })
    const behind = (eventsBehind: boolean) => site.rowStocks.set('shop/grinder', { ...stock, eventsBehind })
    for (const name of ['confirmed', 'released', 'untold']) {
      site.apply(name)
      await site.look(lead, name)
    }
    const untold = site.stored.get('shop/untold')
    site.stored.set('shop/untold', { ...untold, status: undefined } as never) // whoever had it done died before telling it
    behind(true)
    lead = site.leader()
    site.apply('new')
    site.apply('confirmed', { state: 'Confirmed' })
    site.apply('released', { state: 'Released' })
    for (const name of ['new', 'confirmed', 'released', 'untold']) await site.look(lead, name)
    await site.advance(2_000)
    await site.look(lead, 'new')
    const [phase, reason, message] = phaseOf('new')
    assert.deepEqual([phase, reason], ['Pending', 'StockBusy'])
    assert.match(`${message}`, /grinder: too many of its events wait in database fast/)
    const phases = ['confirmed', 'released', 'untold'].map((name) => phaseOf(name)[0])
    assert.deepEqual(phases, ['Confirmed', 'Released', 'Reserved'])
    behind(false)
    await site.look(lead, 'new')
    assert.equal(phaseOf('new')[0], 'Reserved')
  })

  it('say why where nothing is decided: halted, not open, no such database', async () => {
    const halted = await site.stock('halted')
    await site.books.halt(halted.uid)
    const closed = await site.stock('closed')
    site.rowStocks.set('shop/closed', { ...closed, isOpen: false })
    site.rowStocks.set('shop/missing', { ...closed, name: 'missing', uid: randomUUID() })
    await site.stock('elsewhere', {}, 'slow')
    for (const name of ['halted', 'closed', 'missing', 'elsewhere']) {
      site.apply(name, { items: [of(name)] })
      await site.look(lead, name, 100)
      await site.advance(2_000)
      await site.look(lead, name, 100)
    }
    const messages = ['halted', 'closed', 'missing', 'elsewhere'].map((name) => phaseOf(name))
    assert.deepEqual(messages, [
      ['Pending', 'StockBusy', 'halted: it decides nothing until somebody has looked at its books in database fast'],
      ['Pending', 'StockBusy', 'closed: its books in database fast take no orders; its conditions say why'],
      ['Pending', 'StockBusy', 'missing: its books in database fast are not open'],
      ['Pending', 'StockBusy', 'the operator has no database slow; its setting databases has to name it'],
    ])
  })

  it('do not say what passes within two seconds', async () => {
    const stock = await site.stock('grinder')
    site.rowStocks.set('shop/grinder', { ...stock, isOpen: false })
    site.apply('order')
    await site.look(lead, 'order')
    site.rowStocks.set('shop/grinder', stock)
    await site.look(lead, 'order')
    assert.deepEqual(
      site.told.writes.map(({ status }) => status.phase),
      ['Reserved'],
    )
  })

  for (const mishap of ['answer lost', 'commit lost'] as const)
    it(`are held once where the ${mishap}`, async () => {
      const stock = await site.stock('grinder')
      site.apply('order')
      site.books.meet(mishap)
      await site.look(lead, 'order', 3_000)
      assert.equal(phaseOf('order')[0], 'Reserved')
      assert.deepEqual(site.balancesOf(stock), [2, 0])
    })

  it('are told the same by the next process where one died before it could', async () => {
    const stock = await site.stock('grinder')
    site.apply('order', { state: 'Confirmed' })
    site.told.world.answer = () => denied
    await site.look(lead, 'order')
    assert.deepEqual([site.statusOf('order'), site.balancesOf(stock)], [undefined, [0, 2]])
    site.told.world.answer = () => undefined
    await site.advance(minuteMs)
    await site.look(site.leader(), 'order', 1_000)
    assert.deepEqual(phaseOf('order').slice(0, 2), ['Confirmed', 'Confirmed'])
    assert.deepEqual(site.balancesOf(stock), [0, 2])
  })

  it('are held once by two processes that lead at once', async () => {
    const stock = await site.stock('grinder')
    site.apply('order')
    const other = site.leader()
    await Promise.all([site.look(lead, 'order'), site.look(other, 'order')])
    await site.look(other, 'order', 1_000)
    assert.equal(phaseOf('order')[0], 'Reserved')
    assert.deepEqual(site.balancesOf(stock), [2, 0])
  })

  it('that were changed meanwhile are judged anew before they are told', async () => {
    const stock = await site.stock('grinder')
    site.apply('order')
    const first = lead('shop/order')
    await site.clock.settle()
    site.apply('order', { state: 'Released' })
    await site.advance(100)
    assert.equal((await first).kind, 'recheckAfter')
    await site.look(lead, 'order', 1_000)
    assert.equal(phaseOf('order')[0], 'Released')
    assert.deepEqual(site.balancesOf(stock), [0, 0])
  })

  it('that are deleted give back what they hold, and not what they bought, however long that takes', async () => {
    const [goods, pool] = [await site.stock('grinder'), await site.stock('vcpu', { reclaimPolicy: 'Return' })]
    site.apply('held', { items: [of('grinder', 1)] })
    site.apply('sold', { items: [of('grinder', 3)], state: 'Confirmed' })
    site.apply('lent', { items: [of('vcpu')], state: 'Confirmed' })
    const names = ['held', 'sold', 'lent']
    for (const name of names) await site.look(lead, name)
    const uids = names.map((name) => site.stored.get(`shop/${name}`)?.uid)
    for (const name of names) site.remove(name)
    site.books.meet('not written', 'not written', 'not written', 'not written')
    for (const name of [...names, ...names]) await site.look(lead, name, 6_000)
    assert.deepEqual(
      [site.balancesOf(goods), site.balancesOf(pool)],
      [
        [0, 3],
        [0, 0],
      ],
    )
    assert.deepEqual([site.deleted.size, site.gone.toSorted()], [0, uids.toSorted()])
    assert.deepEqual(new Set(site.books.rows().finished.map(({ reason }) => reason)), new Set(['Deleted', undefined]))
  })

  it('that are deleted keep nobody waiting who has their name since', async () => {
    const stock = await site.stock('grinder')
    site.apply('order', { items: [of('grinder', 5)] })
    await site.look(lead, 'order')
    site.remove('order')
    site.apply('order', { items: [of('grinder', 4)] })
    await site.look(lead, 'order')
    assert.equal(phaseOf('order')[0], 'Reserved')
    assert.deepEqual(site.balancesOf(stock), [4, 0])
  })

  it('of a stock that is gone are over, what was sold apart', async () => {
    await site.stock('grinder')
    site.apply('held')
    site.apply('sold', { state: 'Confirmed' })
    for (const name of ['held', 'sold']) await site.look(lead, name)
    await site.stock('grinder') // another of its name
    site.apply('held', { state: 'Confirmed' })
    for (const name of ['held', 'sold']) await site.look(lead, name)
    assert.deepEqual(phaseOf('held').slice(0, 2), ['Released', 'StockGone'])
    assert.deepEqual(phaseOf('sold').slice(0, 2), ['Confirmed', 'Confirmed'])
  })
})
