import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { reading } from '../../../operator/infrastructure/postgres/statements.ts'
import { overRowsContract } from '../../contracts/over-rows.contract.ts'
import { type RowDatabase, rowDatabase } from '../../fixtures/row-database.ts'
import { aRowStock } from '../../fixtures/row-orders.ts'
import { testbed } from '../../fixtures/testbed.ts'

/** A node of a plan that was run. */
interface PlanNode {
  readonly 'Actual Rows': number
  readonly 'Actual Loops': number
  readonly 'Rows Removed by Filter'?: number
  readonly Plans?: readonly PlanNode[]
}

describe('What is over in PostgreSQL', () => {
  let database: RowDatabase

  before(async function () {
    this.timeout(60_000)
    database = await rowDatabase((await testbed().ownPostgres()).url)
  })
  after(() => database.close())

  overRowsContract('on a real server', () => ({
    books: database.books,
    rows: () => database.rows(),
    letTimePass: async () => void (await database.sql("UPDATE kbnt.claim SET deadline = deadline - interval '1 day'")),
  }))

  /** Rows that the busiest node of the plan looked at, as the writers' sessions plan. */
  async function rowsRead({ text, name }: (typeof reading)['over' | 'overAt'], stock: string): Promise<number> {
    const client = await database.pool.connect()
    try {
      await client.query(`PREPARE "explained-${name}" (uuid[], bigint, bigint) AS ${text}`)
      const explained = `EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE "explained-${name}" ('{${stock}}', 500, 2000)`
      const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(explained)
      return Math.max(...rows.flatMap((row) => nodesOf(row['QUERY PLAN'][0].Plan)).map(rowsOfNode))
    } finally {
      client.release()
    }
  }

  it('is read in part where sets pile up that nobody ends', async function () {
    this.timeout(60_000)
    const [stock, elsewhere] = [await aRowStock(database.books), randomUUID()]
    const lines = JSON.stringify([{ stockNamespace: 'shop', stock: 'cup', stockUID: elsewhere, quantity: 1 }])
    await database.sql(
      `INSERT INTO kbnt.claim (uid, stock, namespace, name, source, phase, quantity, sequence, since, deadline, lines)
        SELECT gen_random_uuid(), $1, 'shop', 'order', 'http', 'Reserved', 1, 2, now(), now() - interval '1 second' * n, $2
        FROM generate_series(1, 50000) AS n`,
      [stock, lines],
    )
    const read = [await rowsRead(reading.over, stock), await rowsRead(reading.overAt, stock)]
    await database.sql('DELETE FROM kbnt.claim WHERE stock = $1', [stock])
    assert.ok(Math.max(...read) <= 2_000, `${read} rows were read`)
  })
})

function nodesOf(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)]
}

function rowsOfNode({ 'Actual Rows': rows, 'Actual Loops': loops, 'Rows Removed by Filter': removed = 0 }: PlanNode) {
  return (rows + removed) * loops
}
