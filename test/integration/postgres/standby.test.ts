import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import type { Postgres } from '../../../hack/testbed/postgres.ts'
import { LedgerAway, type Reserve } from '../../../operator/application/rows/order.ts'
import { NotWritten, type RowBooks } from '../../../operator/application/rows/row-books.ts'
import { PostgresBooks } from '../../../operator/infrastructure/postgres/postgres-books.ts'
import { writerPool } from '../../../operator/infrastructure/postgres/writer-pool.ts'
import { auditRows } from '../../fixtures/audit-rows.ts'
import { type RowDatabase, rowDatabase } from '../../fixtures/row-database.ts'
import { anOrder, aRowStock, asked, phaseOf, rowLedger, standing } from '../../fixtures/row-orders.ts'
import { STANDBY, type Standby, standbyOf } from '../../fixtures/standby.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'

/** How long something is waited for, however slow the machine is. */
const SOON_MS = 30_000

describe('Books in PostgreSQL, with a standby', function () {
  this.timeout(120_000)
  let primary: Postgres
  let standby: Standby
  let database: RowDatabase
  let stock: string

  before(async () => {
    primary = await testbed().ownPostgres()
    standby = await standbyOf(primary)
    database = await rowDatabase(primary.url, 'required')
  })
  after(async () => {
    await database.close()
    await standby.discard()
  })
  beforeEach(async () => {
    await nameStandby(STANDBY)
    await standby.start()
    stock = await aRowStock(database.books)
  })
  afterEach(async () => assert.deepEqual(auditRows(await database.rows()), []))

  /** Whose copy a commit waits for from now on; '' = nobody's. */
  async function nameStandby(name: string): Promise<void> {
    await database.sql(`ALTER SYSTEM SET synchronous_standby_names = '${name}'`)
    await database.sql('SELECT pg_reload_conf()')
    await until('the setting', SOON_MS, async () => {
      const [row] = await database.sql<{ names: string }>(
        "SELECT current_setting('synchronous_standby_names') AS names",
      )
      return row?.names === name || undefined
    })
  }

  const waiting = () =>
    database.sql<{ pid: number }>("SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep' ORDER BY query_start")
  const oneWaits = () => until('a commit that waits', SOON_MS, async () => (await waiting())[0])
  const holds = async (order: Reserve) =>
    (await database.rows()).claims.filter(({ claim }) => claim.uid === order.uid).length

  /** An order by a process of its own, and why its transactions were tried again. */
  function ordered(order: Reserve, books: RowBooks = database.otherBooks()) {
    const causes: string[] = []
    const one = asked(
      rowLedger(books, (cause) => causes.push(cause)),
      order,
    )
    return { one, causes }
  }

  async function isToldOnceKept(order: Reserve, { one }: ReturnType<typeof ordered>): Promise<void> {
    assert.equal(one.outcome, undefined)
    await standby.start()
    await until('an answer', SOON_MS, async () => one.outcome)
    assert.equal(phaseOf(one), 'Reserved')
    assert.equal(await holds(order), 1)
  }

  it('wait with an answer until the standby has it, for as long as that takes, and say so', async () => {
    await standby.stop()
    const order = anOrder(stock)
    const told = ordered(order)
    await until('a word about it', SOON_MS, async () => told.causes.length > 0 || undefined)
    await pause(2_000) // past every time-out of a session and of ours
    assert.deepEqual(told.causes, ['unanswered'])
    assert.equal((await waiting()).length, 1)
    await isToldOnceKept(order, told)
  })

  it('do not take a wait that was cancelled for a success', async () => {
    await standby.stop()
    const order = anOrder(stock)
    const told = ordered(order)
    const { pid } = await oneWaits()
    await database.sql('SELECT pg_cancel_backend($1)', [pid])
    await until('doubt', SOON_MS, async () => told.causes.includes('unknown') || undefined)
    await oneWaits() // it is asked for, and what is found is not on the standby either
    await isToldOnceKept(order, told)
  })

  it('do not tell of what only the primary has, whoever asks', async () => {
    await standby.stop()
    const order = anOrder(stock)
    const { promise: thawed, resolve: thaw } = Promise.withResolvers<void>()
    let mayGo = Promise.resolve()
    const books = database.otherBooks()
    const freezing: RowBooks = Object.create(books, {
      transact: {
        value: async (...[wanted, decide]: Parameters<RowBooks['transact']>) => {
          await mayGo
          mayGo = thawed
          return books.transact(wanted, decide)
        },
      },
    })
    const first = ordered(order, freezing)
    const { pid } = await oneWaits()
    await database.sql('SELECT pg_terminate_backend($1)', [pid])
    await until('its end', SOON_MS, async () => first.causes.includes('unknown') || undefined)
    assert.equal(await holds(order), 1)
    const again = ordered(order)
    await oneWaits()
    await isToldOnceKept(order, again)
    thaw()
    await until('an answer', SOON_MS, async () => first.one.outcome)
    assert.equal(phaseOf(first.one), 'Reserved')
  })

  it('tell of an order once whose commit waited when the primary was killed', async () => {
    await standby.stop()
    const order = anOrder(stock)
    const told = ordered(order)
    await oneWaits()
    await primary.kill()
    await until('the primary after a kill', SOON_MS, () =>
      primary.start().then(
        () => true,
        () => undefined,
      ),
    )
    await oneWaits()
    await isToldOnceKept(order, told)
  })

  it('do not tell of what was let go when nobody was to be waited for any more', async () => {
    await standby.stop()
    const order = anOrder(stock)
    const told = ordered(order)
    await oneWaits()
    await nameStandby('')
    await until('doubt', SOON_MS, async () => told.causes.includes('unknown') || undefined)
    await until('a refusal', SOON_MS, async () => told.causes.includes('away') || undefined)
    await nameStandby(STANDBY)
    await isToldOnceKept(order, told)
  })

  it('decide nothing where no standby is named, and say which setting it is, unless one node is enough', async () => {
    await nameStandby('')
    const order = anOrder(stock)
    const refusal = async () => {
      const error: unknown = await rowLedger(database.otherBooks())
        .order(order)
        .catch((refused: unknown) => refused)
      assert.ok(error instanceof LedgerAway, String(error))
      return /synchronous_standby_names is empty/.test(error.message) || undefined // on a busy machine it may only be late
    }
    await until('a refusal that names the setting', SOON_MS, refusal)
    assert.equal(await holds(order), 0)
    const pool = writerPool({ connection: { url: primary.url }, lanes: 1 })
    const local = new PostgresBooks(pool, { durability: 'local' })
    assert.equal(standing(await rowLedger(local).order(order)).phase, 'Reserved')
    await pool.end()
  })

  it('are not written by way of a replica', async () => {
    const pool = writerPool({ connection: { url: standby.url }, lanes: 1 })
    const wanted = { stocks: [stock], existing: [], ordered: [], consumers: [] }
    const asks = new PostgresBooks(pool).transact(wanted, () => undefined)
    await assert.rejects(asks, (error: unknown) => error instanceof NotWritten && /is a replica/.test(error.message))
    await pool.end()
  })
})
