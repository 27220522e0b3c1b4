import assert from 'node:assert/strict'
import type { StoredStock } from '../../../../operator/application/ledger/stock-ledger.ts'
import { NotWritten } from '../../../../operator/application/rows/row-books.ts'
import type { LedRow } from '../../../../operator/application/rows/stock/stock-rows.ts'
import { aStock, aWorld } from './a-led-world.ts'

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
      [bean, cup, milk].map(({ uid }) => world.rows.rows.get(uid)?.state),
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
    assert.equal(world.rows.rows.get(bean.uid)?.state, 'Closed')
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
    const row = world.rows.rows.get(bean.uid) as LedRow
    const balances = { ...row.balances, sequence: row.balances.sequence + 1 }
    const odd = { ...row.terms, price: { amount: 'many', currency: 'EUR' } }
    world.rows.rows.set(bean.uid, { ...row, balances, terms: odd })
    world.change({ quantity: 7 }, 'shop/cup')
    await world.settle()
    assert.equal(world.object('shop/cup').status?.quantity, 7)
    assert.ok(world.troubles.length > 0)
  })
})
