import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Postgres } from '../../../hack/testbed/postgres.ts'
import { type TcpProxy, tcpProxy } from '../../fakes/tcp-proxy.ts'
import { note } from '../../fixtures/note.ts'
import { type RowDatabase, rowDatabase } from '../../fixtures/row-database.ts'
import { anOrder, aRowStock, rowLedger, standing } from '../../fixtures/row-orders.ts'
import { agree, answered, tradeAt, writersOf } from '../../fixtures/row-trade.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'

/** Lives that a test waits for, however slow the machine is. */
const ENOUGH = 60
const BETWEEN_CUTS_MS = 150

describe('Books in PostgreSQL, while things go wrong', function () {
  this.timeout(120_000)
  let server: Postgres
  let database: RowDatabase
  let wire: TcpProxy

  before(async () => {
    server = await testbed().ownPostgres()
    database = await rowDatabase(server.url)
    wire = await tcpProxy(Number(new URL(server.url).port))
  })
  after(async () => {
    await wire.close()
    await database.close()
  })

  const aStock = (quantity: number) => aRowStock(database.books, { quantity, reclaimPolicy: 'Return' })

  it('agree to the unit after sessions were ended at random', async () => {
    const stock = await aStock(50)
    const trade = tradeAt(stock, writersOf(database))
    for (let round = 0; round < 40 || trade.lives.length < ENOUGH; round++) {
      await pause(50)
      await database.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name = 'kbnt' AND pid <> pg_backend_pid() ORDER BY random() LIMIT 1`)
    }
    await trade.end()
    await agree(database, trade)
  })

  it('agree to the unit after answers were lost, those to commits among them', async () => {
    const stock = await aStock(50)
    const causes = new Set<string>()
    const trade = tradeAt(
      stock,
      writersOf(database, wire.port, (cause) => causes.add(cause)),
    )
    for (let round = 0; round < 15 || trade.lives.length < ENOUGH; round++) {
      await pause(BETWEEN_CUTS_MS)
      wire.mute() // what was sent arrives, and nobody hears of it
      await pause(20)
      wire.cut()
    }
    await trade.end()
    assert.ok(causes.has('unknown'), 'no answer to a commit was lost')
    await agree(database, trade)
  })

  it('agree to the unit after the server was killed and started again, twice', async () => {
    const stock = await aStock(50)
    const trade = tradeAt(stock, writersOf(database))
    for (let round = 0; round < 2; round++) {
      await pause(500)
      await server.kill()
      // a new one waits until the last session of the old one has ended
      await until('PostgreSQL after a kill', 30_000, () =>
        server.start().then(
          () => true,
          () => undefined,
        ),
      )
    }
    await pause(500)
    await trade.end()
    await agree(database, trade)
  })

  it('are given back within seconds by a process that freezes with a stock locked', async () => {
    const stock = await aStock(50)
    const program = join(import.meta.dirname, 'frozen-writer.ts')
    const frozen = spawn(process.execPath, [program, server.url, stock], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(frozen.stdout, 'data')
    const startedAt = performance.now()
    const answer = await answered(() => rowLedger(database.books).order(anOrder(stock)))
    note(`another process decided ${Math.round(performance.now() - startedAt)} ms after one froze`)
    assert.equal(standing(answer).phase, 'Reserved')
    frozen.kill('SIGKILL')
    await once(frozen, 'exit')
  })

  it('are not oversold by the code alone either, with the rule of the database dropped', async () => {
    await database.sql('ALTER TABLE kbnt.stock DROP CONSTRAINT never_oversold')
    const stock = await aStock(10)
    const trade = tradeAt(stock, writersOf(database))
    await pause(2_000)
    await trade.end()
    await agree(database, trade)
  })
})
