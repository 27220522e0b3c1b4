import assert from 'node:assert/strict'
import type { StoredStock } from '../../../../operator/application/ledger/stock-ledger.ts'
import { NotWritten } from '../../../../operator/application/rows/row-books.ts'
import type { LedRow } from '../../../../operator/application/rows/stock/stock-rows.ts'
import { aStock, aWorld, readyOf } from './a-led-world.ts'

const busy = { kind: 'notApplied', reason: 'a policy', cause: 'Forbidden', retryAfterMs: 1 } as const

describe('Stocks whose books are rows, beside one that is in trouble', () => {
  it('are closed one by one when their objects are gone: one that is locked keeps nobody else, and is said', async () => {
    const world = aWorld()
    const all = ['bean', 'cup', 'milk'].map((name) => aStock({ name }))
    for (const stock of all) world.show(stock)
    await world.settle()
    const [bean, cup, milk] = all as [StoredStock, StoredStock, StoredStock]
    world.stocks.gone(bean)
    world.stocks.gone(cup)
    const locked = Promise.reject(new NotWritten('canceling statement due to lock timeout'))
    locked.catch(() => undefined)
    world.rows.locked.set(bean.uid, locked)
    await world.database.closeOrphans()
    assert.deepEqual(
      [bean, cup, milk].map(({ uid }) => world.tables.stocks.get(uid)?.state),
      ['Open', 'Closed', 'Open'],
    )
    await world.settle()
    assert.equal(world.database.isReady, true)
    assert.ok(
      world.troubles.some((message) => message.includes('close rows')),
      world.troubles.join(),
    )
    world.rows.locked.clear()
    await world.database.closeOrphans()
    assert.equal(world.tables.stocks.get(bean.uid)?.state, 'Closed')
  })

  it('are looked at and shown while the row of another one that is gone hangs', async () => {
    const world = aWorld()
    const [bean, cup] = [aStock({ name: 'bean' }), aStock({ name: 'cup' })]
    world.show(bean)
    world.show(cup)
    await world.settle()
    world.stocks.gone(bean)
    world.rows.locked.set(bean.uid, new Promise(() => undefined))
    void world.database.closeOrphans()
    world.change({ quantity: 7 }, 'shop/cup')
    await world.settle()
    assert.equal(world.object('shop/cup').status?.quantity, 7)
  })

  it('are shown though a row beside them says what nobody can read', async () => {
    const world = aWorld()
    const [bean, cup] = [aStock({ name: 'bean' }), aStock({ name: 'cup' })]
    world.show(bean)
    world.show(cup)
    await world.settle()
    const row = world.tables.stocks.get(bean.uid) as LedRow
    const balances = { ...row.balances, sequence: row.balances.sequence + 1 }
    const odd = { ...row.terms, price: { amount: 'many', currency: 'EUR' } }
    world.tables.stocks.set(bean.uid, { ...row, balances, terms: odd })
    world.change({ quantity: 7 }, 'shop/cup')
    await world.settle()
    assert.equal(world.object('shop/cup').status?.quantity, 7)
    assert.ok(world.troubles.length > 0)
  })

  it('are lost where their row has forgotten what this leader has seen of it, told or not', async () => {
    const world = aWorld()
    const stock = aStock()
    world.show(stock)
    await world.settle()
    const row = world.tables.stocks.get(stock.uid) as LedRow
    world.answers.push(...Array.from({ length: 100 }, () => busy)) // its status says nothing of what comes
    world.tables.stocks.set(stock.uid, { ...row, balances: { ...row.balances, reserved: 3, sequence: 9 } })
    await world.settle()
    world.tables.stocks.set(stock.uid, row)
    await world.settle()
    assert.deepEqual(
      [world.tables.stocks.get(stock.uid)?.state, world.tables.stocks.get(stock.uid)?.known],
      ['Halted', 9],
    )
    world.answers.length = 0
    await world.settle()
    assert.equal(readyOf(world.object())?.reason, 'StatusLost')
  })

  it('are lost where others have seen more of them, and go on far above that when somebody accepts it', async () => {
    const world = aWorld()
    const stock = aStock()
    world.show(stock)
    await world.settle()
    const row = world.tables.stocks.get(stock.uid) as LedRow
    world.tables.stocks.set(stock.uid, { ...row, state: 'Halted', known: 70 })
    await world.settle()
    assert.equal(readyOf(world.object())?.reason, 'StatusLost')
    assert.match(readyOf(world.object())?.message ?? '', /set back to entry 1, and 70 was seen/)
    world.show({ ...world.object(), acceptBooks: true })
    await world.settle()
    assert.deepEqual(
      [readyOf(world.object())?.reason, world.tables.stocks.get(stock.uid)?.balances.sequence],
      ['Open', 1_000_070],
    )
  })

  it('are not decided while the clock of their database is wrong, which is told once, and then they go on', async () => {
    const world = aWorld()
    const [bean, cup] = [aStock({ name: 'bean' }), aStock({ name: 'cup' })]
    world.show(bean)
    world.show(cup)
    await world.settle()
    world.skew.aheadMs = 60_000
    await world.settle()
    const { reason, message } = readyOf(world.object()) ?? {}
    assert.equal(reason, 'ClockSkew')
    assert.match(message ?? '', /database default: the database's clock says .*Z, and that of this process .*Z/)
    const told = world.written.length
    world.change({ quantity: 7 }, 'shop/bean')
    world.stocks.gone(cup)
    await world.settle()
    await world.database.closeOrphans()
    const rowOf = (uid: string) => world.tables.stocks.get(uid)
    assert.deepEqual([rowOf(bean.uid)?.balances.quantity, rowOf(cup.uid)?.state], [20, 'Open'])
    assert.equal(world.written.length, told)
    assert.deepEqual([world.database.isReady, world.database.aheadMs], [true, -60_000])
    world.skew.aheadMs = 0
    await world.settle()
    await world.database.closeOrphans()
    assert.equal(readyOf(world.object())?.reason, 'Open')
    assert.deepEqual([rowOf(bean.uid)?.balances.quantity, rowOf(cup.uid)?.state], [7, 'Closed'])
  })
})
