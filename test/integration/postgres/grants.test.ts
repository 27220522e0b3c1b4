import assert from 'node:assert/strict'
import pg from 'pg'
import type { RowBooks } from '../../../operator/application/rows/row-books.ts'
import { grantToGateways } from '../../../operator/infrastructure/postgres/grants.ts'
import { migrate } from '../../../operator/infrastructure/postgres/migrate.ts'
import { PostgresBooks } from '../../../operator/infrastructure/postgres/postgres-books.ts'
import { writerPool } from '../../../operator/infrastructure/postgres/writer-pool.ts'
import { rowLedgerContract } from '../../contracts/row-ledger.contract.ts'
import { type RowDatabase, rowDatabase } from '../../fixtures/row-database.ts'
import { anOrder, aRowStock, rowLedger } from '../../fixtures/row-orders.ts'
import { testbed } from '../../fixtures/testbed.ts'

const GATEWAY = 'kbnt_gateway'
const OPERATOR = 'kbnt_operator'
const FORBIDDEN = '42501'

describe('Rights in PostgreSQL', () => {
  let owner: pg.Client
  let gateway: pg.Client
  let asOperator: RowDatabase
  let pool: pg.Pool
  let books: RowBooks

  before(async function () {
    this.timeout(60_000)
    const { url } = await testbed().ownPostgres()
    const urlOf = (role: string) => Object.assign(new URL(url), { username: role }).href
    const admin = new pg.Client({ connectionString: url })
    await admin.connect()
    await admin.query(`CREATE ROLE ${OPERATOR} LOGIN; CREATE ROLE ${GATEWAY} LOGIN;
      GRANT CREATE ON DATABASE postgres TO ${OPERATOR}`)
    await admin.end()
    owner = new pg.Client({ connectionString: urlOf(OPERATOR) })
    gateway = new pg.Client({ connectionString: urlOf(GATEWAY) })
    await Promise.all([owner.connect(), gateway.connect()])
    await migrate(owner)
    await grantToGateways(owner, GATEWAY)
    asOperator = await rowDatabase(urlOf(OPERATOR))
    pool = writerPool({ connection: { url: urlOf(GATEWAY) }, lanes: 2 })
    const own = new PostgresBooks(pool)
    books = {
      open: (uid, make) => asOperator.books.open(uid, make),
      transact: (wanted, decide) => own.transact(wanted, decide),
      over: (...wanted) => own.over(...wanted),
      halt: (stock) => own.halt(stock),
      stocksOf: (reservations) => own.stocksOf(reservations),
      ofObjects: (...page) => own.ofObjects(...page),
    }
  })
  after(() => Promise.all([owner.end(), gateway.end(), asOperator.close(), pool.end()]))

  rowLedgerContract('with the rights of a gateway', () => ({
    books,
    rows: () => asOperator.rows(),
    letTimePass: async () =>
      void (await asOperator.sql("UPDATE kbnt.claim SET deadline = deadline - interval '1 day'")),
  }))

  const isForbidden = async (statement: string) =>
    assert.rejects(gateway.query(statement), ({ code }: { code?: string }) => code === FORBIDDEN, statement)

  it('let no gateway change what a spec says, take back what is told, or make and drop tables', async () => {
    for (const column of ['uid', 'namespace', 'name', 'quantity', 'safety', 'generation', 'state', 'terms'])
      await isForbidden(`UPDATE kbnt.stock SET ${column} = DEFAULT`)
    for (const table of ['stock', 'version', 'delivered', 'live_count']) {
      await isForbidden(`INSERT INTO kbnt.${table} DEFAULT VALUES`)
      await isForbidden(`DELETE FROM kbnt.${table}`)
    }
    for (const table of ['record', 'request_key']) {
      await isForbidden(`DELETE FROM kbnt.${table}`)
      await isForbidden(`UPDATE kbnt.${table} SET ${table === 'record' ? 'bytes' : 'day'} = DEFAULT`)
    }
    await isForbidden('UPDATE kbnt.claim SET quantity = 1')
    await isForbidden('UPDATE kbnt.live_count SET claims = 0')
    await isForbidden('UPDATE kbnt.finished SET phase = DEFAULT')
    await isForbidden('TRUNCATE kbnt.claim')
    await isForbidden('CREATE TABLE kbnt.mine (n integer)')
    await isForbidden('ALTER TABLE kbnt.stock DROP CONSTRAINT never_oversold')
    await isForbidden('DROP TABLE kbnt.record')
    await isForbidden('DROP FUNCTION kbnt.halt(uuid)')
    await isForbidden('SELECT kbnt.add_days(1)')
  })

  it('let a gateway halt a stock, and not open it again', async () => {
    const stock = await aRowStock(books)
    await books.halt(stock)
    assert.deepEqual(await rowLedger(books).order(anOrder(stock)), { kind: 'halted', stock })
    await isForbidden(`UPDATE kbnt.stock SET state = 'Open' WHERE uid = '${stock}'`)
  })

  it('are the same however often they are given, and take away what somebody gave besides', async () => {
    await owner.query(`GRANT UPDATE, DELETE ON kbnt.stock TO ${GATEWAY}`)
    await owner.query(`GRANT UPDATE (terms) ON kbnt.stock TO ${GATEWAY}`)
    await grantToGateways(owner, GATEWAY)
    await grantToGateways(owner, GATEWAY)
    await isForbidden('DELETE FROM kbnt.stock')
    await isForbidden('UPDATE kbnt.stock SET terms = DEFAULT')
    assert.equal((await gateway.query('SELECT max(number) FROM kbnt.version')).rows.length, 1)
  })

  it('are given whole or not at all', async () => {
    await assert.rejects(grantToGateways(owner, 'nobody"; DROP TABLE kbnt.stock; --'), /does not exist/)
    assert.equal((await gateway.query('SELECT count(*) FROM kbnt.stock')).rows.length, 1)
  })
})
