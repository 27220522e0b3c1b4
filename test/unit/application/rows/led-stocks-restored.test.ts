import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { OutcomeUnknown } from '../../../../operator/application/rows/row-books.ts'
import type { LedRow } from '../../../../operator/application/rows/stock/stock-rows.ts'
import { someTerms } from '../../../fixtures/builders.ts'
import { aStock, aWorld, readyOf } from './a-led-world.ts'

describe('Stocks whose books are rows, and whose objects were restored under another uid', () => {
  /** A world in which the object of a stock of which 3 are out has come back under another uid. */
  async function restored({ name = 'bean', reserved = 3 } = {}) {
    const world = aWorld()
    const former = aStock()
    world.show(former)
    await world.settle()
    const row = world.tables.stocks.get(former.uid) as LedRow
    const balances = { ...row.balances, reserved: 3, sequence: 50 }
    world.tables.stocks.set(former.uid, { ...row, balances })
    const claim = { uid: randomUUID(), namespace: 'shop', name: 'hold', sequence: 50, phase: 'Reserved' } as const
    const about = { namespace: 'shop', name: 'hold', source: 'http' } as const
    const whole = { ...claim, quantity: reserved, reservedAt: 0, deadline: 0 }
    world.tables.claims.set(`${claim.uid} ${former.uid}`, { stock: former.uid, claim: whole, about })
    world.stocks.gone(world.object())
    const stock = aStock({ name, openedAs: `postgres.${former.uid}`, terms: someTerms({ quantity: 30 }) })
    world.show(stock)
    await world.settle()
    const rowOf = (uid: string) => world.tables.stocks.get(uid)
    const accept = async () => {
      world.show({ ...world.object(`shop/${name}`), acceptBooks: true })
      await world.settle()
    }
    return { world, former, stock, rowOf, accept, ready: () => readyOf(world.object(`shop/${name}`)) }
  }

  it('are lost, and sell nothing before somebody accepts their books', async () => {
    const { stock, rowOf, ready } = await restored()
    assert.equal(ready()?.reason, 'StatusLost')
    assert.equal(rowOf(stock.uid), undefined)
  })

  it('go on with what was out, far above what was seen, by the terms that they have now; the former row is closed', async () => {
    const { world, former, stock, rowOf, accept, ready } = await restored()
    await accept()
    const { balances, state } = rowOf(stock.uid) as LedRow
    assert.deepEqual([state, balances.quantity, balances.reserved], ['Open', 30, 3])
    assert.ok(balances.sequence > 1_000_050)
    const before = rowOf(former.uid)
    assert.deepEqual([before?.state, before?.balances.reserved], ['Closed', 0])
    const told = world.tables.told.get(stock.uid)?.map(({ entry: { verb, sequence } }) => [verb, sequence])
    assert.deepEqual(told, [
      ['Recount', 1_000_050],
      ['Adjust', 1_000_051],
    ])
    assert.equal(ready()?.reason, 'Open')
    assert.deepEqual([world.object().openedAs, world.object().acceptBooks], [`postgres.${stock.uid}`, false])
  })

  it('are accepted only once all namespaces can be listed that may have reservations of them', async () => {
    const { world, former, stock, rowOf, accept, ready } = await restored()
    world.sight.isWhole = false
    await accept()
    assert.deepEqual([rowOf(stock.uid), rowOf(former.uid)?.balances.reserved], [undefined, 3])
    assert.match(ready()?.message ?? '', /once all watched namespaces can be listed/)
    world.sight.isWhole = true
    world.queue.add('shop/bean')
    await world.settle()
    assert.deepEqual([rowOf(stock.uid)?.balances.reserved, ready()?.reason], [3, 'Open'])
  })

  it('are adopted once, though the answer to that was lost', async () => {
    const { world, former, stock, rowOf, accept } = await restored()
    const { adopt } = world.rows
    let answers = 0
    world.rows.adopt = async (...both) => {
      await adopt(...both)
      answers += 1
      if (answers === 1) throw new OutcomeUnknown('the answer is lost')
    }
    await accept()
    await world.settle()
    assert.deepEqual([rowOf(stock.uid)?.balances.reserved, rowOf(former.uid)?.balances.reserved], [3, 0])
    assert.equal(world.object().openedAs, `postgres.${stock.uid}`)
  })

  it('are not accepted while the claims of the former row are not what that says', async () => {
    const { stock, rowOf, accept, ready } = await restored({ reserved: 2 })
    await accept()
    assert.equal(rowOf(stock.uid), undefined)
    assert.match(ready()?.message ?? '', /its claims hold 2 .* the row says 3/)
  })

  it('are not accepted where they are copies of another', async () => {
    const { former, stock, rowOf, accept, ready } = await restored({ name: 'copy' })
    await accept()
    assert.equal(rowOf(stock.uid), undefined)
    assert.equal(rowOf(former.uid)?.balances.reserved, 3)
    assert.match(ready()?.message ?? '', /was opened as shop\/bean .* it is a copy/)
  })

  it('begin with nothing out where there is no former row either', async () => {
    const world = aWorld()
    const stock = aStock({ openedAs: `postgres.${randomUUID()}` })
    world.show(stock)
    await world.settle()
    assert.equal(readyOf(world.object())?.reason, 'StatusLost')
    world.show({ ...world.object(), acceptBooks: true })
    await world.settle()
    const row = world.tables.stocks.get(stock.uid)
    assert.deepEqual(
      [row?.balances.reserved, row?.balances.sequence, readyOf(world.object())?.reason],
      [0, 1_000_001, 'Open'],
    )
  })

  it('can not be accepted where their books were in the cluster', async () => {
    const world = aWorld()
    world.show(aStock({ openedAs: randomUUID(), acceptBooks: true }))
    await world.settle()
    assert.equal(readyOf(world.object())?.reason, 'StatusLost')
    assert.equal(world.tables.stocks.size, 0)
  })

  it('say so where their row was closed since, and go on by the terms they have now once that is accepted', async () => {
    const world = aWorld()
    const stock = aStock({ terms: someTerms({ quantity: 30 }) })
    world.show(stock)
    await world.settle()
    const row = world.tables.stocks.get(stock.uid) as LedRow
    const balances = { ...row.balances, quantity: 10, sequence: 50 }
    world.tables.stocks.set(stock.uid, { ...row, state: 'Closed', generation: 7, balances })
    await world.settle()
    const { reason, message } = readyOf(world.object()) ?? {}
    assert.deepEqual([reason, /closed its books when its object was deleted/.test(message ?? '')], ['StatusLost', true])
    world.show({ ...world.object(), acceptBooks: true })
    await world.settle()
    const after = world.tables.stocks.get(stock.uid)
    assert.deepEqual(
      [after?.state, after?.generation, after?.balances.quantity, readyOf(world.object())?.reason],
      ['Open', world.object().generation, 30, 'Open'],
    )
    assert.ok((after?.balances.sequence ?? 0) > 1_000_050)
  })
})

describe('Stocks whose books are rows, and whose row has terms of a later spec than their object', () => {
  /** A stock of which 3 are out, with an object of before its quantity was raised from 20 to 30. */
  async function older() {
    const world = aWorld()
    const stock = aStock()
    world.show(stock)
    await world.settle()
    const before = world.object()
    world.change({ quantity: 30 })
    await world.settle()
    const row = world.tables.stocks.get(stock.uid) as LedRow
    world.tables.stocks.set(stock.uid, { ...row, balances: { ...row.balances, reserved: 3 } })
    const termsOf = ({ generation, balances: { quantity, reserved } } = rowNow()) => [generation, quantity, reserved]
    return { world, before, rowNow, termsOf }

    function rowNow(): LedRow {
      return world.tables.stocks.get(stock.uid) as LedRow
    }
  }

  it('take the older one, as their cluster was restored, and the next one after it', async () => {
    const { world, before, termsOf } = await older()
    world.show(before)
    await world.settle()
    assert.deepEqual(termsOf(), [1, 20, 3])
    assert.equal(world.object().status?.observedGeneration, 1)
    world.change({ quantity: 25 })
    await world.settle()
    assert.deepEqual(termsOf(), [2, 25, 3])
  })

  it('keep what somebody has changed since it was looked at', async () => {
    const { world, before, rowNow, termsOf } = await older()
    world.show(before)
    const { change } = world.rows
    world.rows.change = (...both) => {
      world.rows.change = change
      world.tables.stocks.set(before.uid, { ...rowNow(), generation: 3 })
      return change(...both)
    }
    await world.reconcile()
    assert.deepEqual(termsOf(), [3, 30, 3])
  })
})
