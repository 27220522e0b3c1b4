import assert from 'node:assert/strict'
import { NotWritten } from '../../../../operator/application/rows/row-books.ts'
import { aStock, aWorld, readyOf } from './a-led-world.ts'

describe('Stocks whose books are rows, and their leader', () => {
  it('are marked, then opened once, then shown, and left alone', async () => {
    const world = aWorld()
    const stock = aStock()
    world.show(stock)
    await world.settle()
    const { status, openedAs, guarded } = world.object()
    assert.deepEqual([openedAs, guarded], [`postgres.${stock.uid}`, true])
    assert.deepEqual([status?.quantity, status?.ledger.kind, status?.ledger.sequence], [20, 'Postgres', 1])
    assert.equal(readyOf(world.object())?.status, 'True')
    const writes = world.written.length
    await world.settle()
    assert.equal(world.written.length, writes)
  })

  it('have no row before their mark is stored, whatever keeps it', async () => {
    const world = aWorld()
    const refused = { kind: 'notApplied', reason: 'a policy', cause: 'Forbidden', retryAfterMs: 1 } as const
    world.answers.push(refused)
    world.show(aStock())
    await world.settle()
    assert.equal(world.tables.stocks.size, 0)
  })

  it('take a spec over once, and an older one never that only the watch still shows', async () => {
    const world = aWorld()
    const stock = aStock()
    world.show(stock)
    await world.settle()
    const old = world.object()
    world.change({ quantity: 25, paused: true })
    await world.settle()
    const row = world.tables.stocks.get(stock.uid)
    assert.deepEqual([row?.balances.quantity, row?.generation, readyOf(world.object())?.reason], [25, 2, 'Paused'])
    world.stocks.seen(old)
    world.queue.add('shop/bean')
    await world.reconcile()
    assert.equal(world.tables.stocks.get(stock.uid)?.balances.quantity, 25)
    const told = world.tables.told.get(stock.uid)?.map(({ entry }) => entry.note ?? entry.verb)
    assert.deepEqual(told, ['created', 'Adjust', 'paused'])
  })

  it('may have as much out as before where they are shrunk below that, or more is kept back', async () => {
    const world = aWorld()
    const stock = aStock()
    world.show(stock)
    await world.settle()
    const row = world.tables.stocks.get(stock.uid)
    assert.ok(row)
    const balances = { ...row.balances, reserved: 8, sequence: row.balances.sequence + 1 }
    world.tables.stocks.set(stock.uid, { ...row, balances })
    world.change({ safetyStock: 15 })
    await world.settle()
    assert.equal(world.tables.stocks.get(stock.uid)?.ceiling, 8)
    world.change({ safetyStock: 0 })
    await world.settle()
    assert.equal(world.tables.stocks.get(stock.uid)?.ceiling, 0)
  })

  it('say that their database is away at once before it has ever answered, and after some seconds later', async () => {
    const world = aWorld()
    world.rows.fault = new NotWritten('connect ECONNREFUSED 10.0.0.7:5432', { told: 'nobody answers there' })
    world.show(aStock())
    await world.settle()
    assert.equal(readyOf(world.object())?.reason, 'DatabaseAway')
    assert.match(readyOf(world.object())?.message ?? '', /takes nothing: nobody answers there \(/)
    assert.deepEqual([world.object().status?.quantity, world.object().openedAs], [0, undefined])
    world.rows.fault = undefined
    await world.settle()
    assert.equal(readyOf(world.object())?.reason, 'Open')
    world.rows.fault = new NotWritten('nobody answers')
    await world.clock.advance(1_000)
    await world.settle()
    assert.equal(readyOf(world.object())?.reason, 'DatabaseAway')
    assert.equal(world.object().status?.quantity, 20)
  })

  it('are not opened where their database may not have them', async () => {
    const world = aWorld()
    world.show(aStock({ namespace: 'foreign' }))
    await world.settle()
    assert.equal(readyOf(world.object('foreign/bean'))?.reason, 'DatabaseNotAllowed')
  })

  it('are lost where their row is gone, go on far above what was seen when somebody accepts that', async () => {
    const world = aWorld()
    const stock = aStock()
    world.show(stock)
    await world.settle()
    world.tables.stocks.delete(stock.uid)
    await world.settle()
    assert.equal(readyOf(world.object())?.reason, 'StatusLost')
    assert.equal(world.tables.stocks.size, 0)
    world.show({ ...world.object(), acceptBooks: true })
    await world.settle()
    assert.equal(world.tables.stocks.get(stock.uid)?.balances.sequence, 1_000_002)
    assert.deepEqual([readyOf(world.object())?.reason, world.object().acceptBooks], ['Open', false])
  })

  it('that are halted are accepted only when claims and balances agree', async () => {
    const world = aWorld()
    const stock = aStock()
    world.show(stock)
    await world.settle()
    const row = world.tables.stocks.get(stock.uid)
    assert.ok(row)
    world.tables.stocks.set(stock.uid, { ...row, state: 'Halted', balances: { ...row.balances, reserved: 2 } })
    await world.settle()
    assert.equal(readyOf(world.object())?.reason, 'InvariantViolated')
    world.show({ ...world.object(), acceptBooks: true })
    await world.settle()
    assert.match(readyOf(world.object())?.message ?? '', /its claims hold 0 .* the row says 2/)
    assert.equal(world.tables.stocks.get(stock.uid)?.state, 'Halted')
  })

  it('that are deleted go when nothing is out and all is sent', async () => {
    const world = aWorld()
    const stock = aStock()
    world.show(stock)
    await world.settle()
    world.change({ terminating: true })
    await world.settle()
    assert.equal(world.tables.stocks.get(stock.uid)?.state, 'Closed')
    assert.equal(world.object().guarded, true)
    world.tables.delivered.set(stock.uid, Infinity)
    world.show(world.object())
    await world.settle()
    assert.equal(world.object().guarded, false)
  })
})
