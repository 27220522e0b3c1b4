import assert from 'node:assert/strict'
import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { books, migrate, refuseOtherTables } from '../../../operator/infrastructure/postgres/migrate.ts'
import { writerPool } from '../../../operator/infrastructure/postgres/writer-pool.ts'
import { type RowDatabase, rowDatabase } from '../../fixtures/row-database.ts'
import { aRowStock, rowLedger } from '../../fixtures/row-orders.ts'
import { agree, tradeAt } from '../../fixtures/row-trade.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'

const SOON_MS = 30_000
const own = join(projectDirectory, 'operator/infrastructure/postgres/migrations')

/** What a next version may do: it only adds. */
const expanding = (writers: number) => `-- writers from ${writers}
ALTER TABLE kbnt.claim ADD COLUMN channel text;
ALTER TABLE kbnt.stock ADD COLUMN warehouse text;
ALTER TABLE kbnt.finished ADD COLUMN channel text;
CREATE TABLE kbnt.warehouse (name text PRIMARY KEY, stock uuid NOT NULL);
`
/** And the one after that, when no program of today runs any more: it takes away. */
const contracting = 'ALTER TABLE kbnt.claim DROP COLUMN note;'

describe('Programs of two versions at one database', function () {
  this.timeout(120_000)
  let url: string
  let database: RowDatabase
  let client: pg.Client
  let later: string
  let version: number

  before(async () => {
    url = (await testbed().ownPostgres()).url
    database = await rowDatabase(url)
    client = new pg.Client({ connectionString: url })
    await client.connect()
    later = await mkdtemp(join(tmpdir(), 'kbnt-migrations-'))
    await cp(own, later, { recursive: true })
    version = (await readdir(own)).length
  })
  after(async () => {
    await client?.end()
    await database?.close()
    await rm(later, { recursive: true, force: true })
  })

  /** Opens a connection as a gateway of this version does, and uses it. */
  async function asGateway(): Promise<void> {
    const pool = writerPool({ connection: { url }, lanes: 1, check: refuseOtherTables })
    await pool.query('SELECT 1').finally(() => pool.end())
  }
  /** As its operator does: again, where somebody was in the way. */
  const migratedByNext = () =>
    until('tables of the next version', SOON_MS, () => migrate(client, { ...books, folder: later }).catch(notInTime))
  const addStep = (number: number, sql: string) =>
    writeFile(join(later, `${String(number).padStart(4, '0')}-next.sql`), sql)

  it('write side by side after the newer one has added what it needs', async () => {
    const stock = await aRowStock(database.books, {
      quantity: 50,
      reclaimPolicy: 'Return',
      limits: { perConsumer: 1_000 },
    })
    const troubles: string[] = []
    const ledgers = [database.books, database.otherBooks()].map((books) =>
      rowLedger(books, (cause) => troubles.push(cause)),
    )
    const trade = tradeAt(stock, ledgers)
    const goesOn = (lives = trade.lives.length + 50) =>
      until('life', SOON_MS, async () => trade.lives.length >= lives || undefined)
    await goesOn()
    await addStep(version + 1, expanding(version))
    assert.deepEqual(await migratedByNext(), { from: version, to: version + 1 })
    await goesOn()
    // those that connect now know nothing of what was added either
    await client.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'kbnt'")
    await goesOn()
    await asGateway()
    await trade.end()
    assert.ok(!troubles.includes('broken'), troubles.join())
    await agree(database, trade)
  })

  it('leave what the newer one has added alone where the older one leads', async () => {
    assert.deepEqual(await migrate(client), { from: version + 1, to: version + 1 })
    const { rows } = await client.query('SELECT channel FROM kbnt.claim LIMIT 1')
    assert.equal(rows.length, 1)
  })

  it('part when something was taken away: the older one says which it is and what to do', async () => {
    await addStep(version + 2, contracting)
    await migratedByNext()
    const sentence = new RegExp(
      `^Error: the tables of this database are of version ${version + 2}, which programs from version ${version + 2} on may write, and this program knows them up to ${version}: a newer one has been here; run that one$`,
    )
    await assert.rejects(asGateway(), sentence)
    await assert.rejects(migrate(client), sentence)
  })
})

function notInTime(error: { code?: string }): undefined {
  if (error.code !== '40P01' && error.code !== '55P03') throw error
}
