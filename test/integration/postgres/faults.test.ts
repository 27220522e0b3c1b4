import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Postgres } from '../../../hack/testbed/postgres.ts'
import { type Answer, LedgerAway, type Reserve } from '../../../operator/application/rows/order.ts'
import type { RowLedger } from '../../../operator/application/rows/row-ledger.ts'
import { type TcpProxy, tcpProxy } from '../../fakes/tcp-proxy.ts'
import { auditRows } from '../../fixtures/audit-rows.ts'
import { note } from '../../fixtures/note.ts'
import { type RowDatabase, rowDatabase } from '../../fixtures/row-database.ts'
import { anOrder, aRowStock, rowLedger, standing } from '../../fixtures/row-orders.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'

const WRITERS = 4
const CLIENTS = 10
/** Lives that a test waits for, however slow the machine is. */
const ENOUGH = 60
const BETWEEN_CUTS_MS = 150

/** What a client was told of one order, and of what it did to it afterwards. */
interface Life {
  readonly order: Reserve
  readonly told: readonly Answer[]
}

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

  /** Many clients of several processes at one stock, who hold, lend and give back until they are told to stop. */
  function tradeAt(stock: string, ledgers: readonly RowLedger[]) {
    const stop = new AbortController()
    const lives: Life[] = []
    async function live(ledger: RowLedger, turn: number): Promise<void> {
      const order = anOrder(stock)
      const told = [await answered(() => ledger.order(order))]
      if (turn % 3 > 0) told.push(await answered(() => ledger.order({ kind: 'confirm', uid: order.uid })))
      if (turn % 3 > 1) told.push(await answered(() => ledger.order({ kind: 'release', uid: order.uid })))
      lives.push({ order, told })
    }
    const clients = ledgers.flatMap((ledger) =>
      Array.from({ length: CLIENTS }, async () => {
        for (let turn = 0; !stop.signal.aborted; turn++) await live(ledger, turn)
      }),
    )
    return {
      lives,
      async end(): Promise<void> {
        stop.abort()
        await Promise.all(clients)
      },
    }
  }

  /** As a client would: whoever is told that nothing was done asks again. */
  async function answered(ask: () => Promise<Answer>): Promise<Answer> {
    for (;;) {
      try {
        return await ask()
      } catch (error) {
        if (!(error instanceof LedgerAway)) throw error
        await pause(100)
      }
    }
  }

  async function agree(stock: string, lives: readonly Life[]): Promise<void> {
    const rows = await database.rows()
    assert.deepEqual(auditRows(rows), [])
    const phases = new Map([
      ...rows.claims.map(({ claim }) => [claim.uid, claim.phase] as const),
      ...rows.finished.map(({ uid, phase }) => [uid, phase] as const),
    ])
    for (const { order, told } of lives) assert.equal(phases.get(order.uid), standing(told.at(-1) as Answer).phase)
    const known = await database.sql('SELECT 1 FROM kbnt.request_key')
    assert.ok(known.length >= lives.length)
    note(`${lives.length} lives at stock ${stock.slice(0, 8)}`)
  }

  const writers = (port?: number, onRetry?: (cause: string) => void) =>
    Array.from({ length: WRITERS }, () => rowLedger(database.otherBooks(port), onRetry))

  it('agree to the unit after sessions were ended at random', async () => {
    const stock = await aStock(50)
    const trade = tradeAt(stock, writers())
    for (let round = 0; round < 40 || trade.lives.length < ENOUGH; round++) {
      await pause(50)
      await database.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name = 'kbnt' AND pid <> pg_backend_pid() ORDER BY random() LIMIT 1`)
    }
    await trade.end()
    await agree(stock, trade.lives)
  })

  it('agree to the unit after answers were lost, those to commits among them', async () => {
    const stock = await aStock(50)
    const causes = new Set<string>()
    const trade = tradeAt(
      stock,
      writers(wire.port, (cause) => causes.add(cause)),
    )
    for (let round = 0; round < 15 || trade.lives.length < ENOUGH; round++) {
      await pause(BETWEEN_CUTS_MS)
      wire.mute() // what was sent arrives, and nobody hears of it
      await pause(20)
      wire.cut()
    }
    await trade.end()
    assert.ok(causes.has('unknown'), 'no answer to a commit was lost')
    await agree(stock, trade.lives)
  })

  it('agree to the unit after the server was killed and started again, twice', async () => {
    const stock = await aStock(50)
    const trade = tradeAt(stock, writers())
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
    await agree(stock, trade.lives)
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
    const trade = tradeAt(stock, writers())
    await pause(2_000)
    await trade.end()
    await agree(stock, trade.lives)
  })
})
