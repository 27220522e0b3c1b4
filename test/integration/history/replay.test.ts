import assert from 'node:assert/strict'
import { join } from 'node:path'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { type Finished, runProgram } from '../../../hack/testbed/run-program.ts'
import { historyDatabase } from '../../fixtures/history-database.ts'
import { aHistoryRow, historyUid } from '../../fixtures/history-rows.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { type HistorySite, heldBy, historySite, recordBy } from './history-site.ts'

const tables = ['stock', 'event', 'stock_day', 'product_day'] as const

describe('replay builds histories anew', function () {
  this.timeout(240_000)
  let server: string
  let site: HistorySite
  before(async () => {
    server = (await testbed().ownPostgres()).url
  })
  beforeEach(async () => {
    site = await historySite(server)
  })
  afterEach(() => site?.end())

  const replay = (...more: string[]): Promise<Finished> => {
    const flags = ['--to', site.url, '--topic', site.topic, '--kafka-brokers', site.connection.brokers[0] as string]
    return runProgram({
      command: process.execPath,
      arguments: [join(projectDirectory, 'hack/replay.ts'), ...flags, '--no-compare', ...more],
    })
  }
  /** Everything that people read, in an order of its own. */
  async function all(): Promise<Record<string, unknown>> {
    const said: Record<string, unknown> = {}
    for (const table of tables) {
      const rows = await site.sql(`SELECT t::text AS row FROM kbnt_history.${table} t ORDER BY 1`)
      said[table] = rows.map(({ row }) => row)
    }
    return said
  }

  it('as the worker has kept them, which goes on meanwhile and afterwards', async () => {
    const worker = site.worker()
    await worker.start()
    for (const stock of [1, 2, 3, 4]) await site.send([...heldBy(stock, 1, 60), recordBy(stock, 61, 100)])
    await site.untilKept(400)
    await site.sql('CREATE ROLE reader')
    await site.sql('GRANT SELECT ON ALL TABLES IN SCHEMA kbnt_history TO reader')
    const before = await all()
    await site.sql('UPDATE kbnt_history.event SET reserved = 999 WHERE sequence = 50') // what it is for
    assert.notDeepEqual(await all(), before)

    const sending = (async () => {
      for (let first = 101; first <= 900; first += 100) await site.send(heldBy(5, first - 100, first - 1))
    })()
    const { exitCode, stdout, stderr } = await replay()
    assert.deepEqual([exitCode, stderr], [0, ''], stdout)
    assert.match(stdout, /Nothing found; the histories are in place\./)
    await sending
    await site.untilKept(1_200)
    await site.send(heldBy(5, 801, 850))
    await site.untilKept(1_250)
    const after = (await all()) as Record<string, string[]>
    const withoutFive = (rows: unknown) => (rows as string[]).filter((row) => !row.includes(historyUid(5)))
    for (const table of ['stock', 'event', 'stock_day'])
      assert.deepEqual(withoutFive(after[table]), before[table], table)
    const [five] = await site.sql(
      `SELECT sequence::int, (SELECT sum(events)::int FROM kbnt_history.stock_day WHERE stock = uid) AS days
        FROM kbnt_history.stock WHERE uid = '${historyUid(5)}'`,
    )
    assert.deepEqual(five, { sequence: 850, days: 850 })
    assert.deepEqual(await site.sql('SELECT * FROM kbnt_history.finding'), [])
    const [right] = await site.sql("SELECT has_table_privilege('reader', 'kbnt_history.event', 'SELECT') AS may")
    assert.deepEqual(right, { may: true })
    const schemas = await site.sql("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'kbnt_history%'")
    assert.deepEqual(schemas, [{ nspname: 'kbnt_history' }])
  })

  it('and keeps what the topic has no more, without comparing it', async () => {
    const database = await historyDatabase(site.url)
    const old = (sequence: number, stock = 1) =>
      aHistoryRow({
        ...{ stock: historyUid(stock), name: `stock-${stock}`, product: `product-${stock % 3}`, sequence },
        ...{ atMs: Date.UTC(2026, 10, 22, 9), reserved: 7 },
      })
    await database.store.store([old(3), old(4), old(9, 8)])
    await database.close()
    await site.send(heldBy(1, 10, 20))
    const { exitCode, stdout } = await replay()
    assert.equal(exitCode, 0, stdout)
    assert.match(stdout, /3 older decisions kept, and not compared/)
    const kept = await site.sql('SELECT stock, sequence::int FROM kbnt_history.event ORDER BY stock, sequence')
    assert.deepEqual(
      kept.map(({ stock, sequence }) => [stock, sequence]),
      [
        ...[3, 4, ...Array.from({ length: 11 }, (_, index) => index + 10)].map((sequence) => [historyUid(1), sequence]),
        [historyUid(8), 9],
      ],
    )
    const days = await site.sql(
      'SELECT stock, events::int, units_reserved::int AS units, reserved::int FROM kbnt_history.stock_day ORDER BY stock',
    )
    assert.deepEqual(days, [
      { stock: historyUid(1), events: 13, units: 13, reserved: 20 },
      { stock: historyUid(8), events: 1, units: 1, reserved: 7 },
    ])
  })

  it('and loses nothing that only the histories have', async () => {
    const worker = site.worker()
    await worker.start()
    await site.send(heldBy(1, 1, 5))
    await site.untilKept(5)
    await worker.stop()
    await site.sql('DELETE FROM kbnt_history.event WHERE sequence = 5')
    const { exitCode, stdout } = await replay()
    assert.equal(exitCode, 0, stdout)
    const kept = () => site.sql('SELECT sequence::int FROM kbnt_history.event ORDER BY sequence')
    assert.equal((await kept()).length, 5)
    const database = await historyDatabase(site.url)
    await database.store.store([
      aHistoryRow({ stock: historyUid(1), name: 'stock-1', product: 'product-1', sequence: 7, reserved: 7 }),
    ])
    await database.close()
    await site.send(heldBy(1, 8, 9))
    assert.match((await replay('--accept')).stdout, /the histories are in place/)
    assert.deepEqual(
      (await kept()).map(({ sequence }) => sequence),
      [1, 2, 3, 4, 5, 7, 8, 9],
    )
  })

  it('and says what is wrong with the topic, ends with 1, and changes nothing unless that is accepted', async () => {
    const worker = site.worker()
    await worker.start()
    await site.send(heldBy(1, 1, 5))
    await site.untilKept(5)
    await worker.stop()
    await site.sendRaw('?', { ce_type: 'io.kbnt.stock.adjusted.v1' })
    await site.send(heldBy(1, 9, 10))
    const refused = await replay()
    assert.equal(refused.exitCode, 1, refused.stdout)
    assert.match(refused.stdout, /is no event, .*the value is no JSON/)
    assert.match(refused.stdout, /shop\/stock-1: decisions 6 to 8 are not in the topic/)
    assert.match(refused.stdout, /1 found; nothing was changed\. Look at schema kbnt_history_next/)
    assert.deepEqual(await site.sql('SELECT max(sequence)::int AS last FROM kbnt_history.event'), [{ last: 5 }])
    const accepted = await replay('--accept')
    assert.equal(accepted.exitCode, 1, accepted.stdout)
    assert.match(accepted.stdout, /1 found; the histories are in place\./)
    assert.deepEqual(await site.sql('SELECT max(sequence)::int AS last FROM kbnt_history.event'), [{ last: 10 }])
  })

  it('and says why where it can do nothing', async () => {
    const { exitCode, stderr } = await replay('--topic', 'no-such-topic')
    assert.equal(exitCode, 2)
    assert.match(stderr, /^replay: .*topic/)
    const { exitCode: usage, stderr: said } = await replay('--to', 'postgres://a:secret@b/c')
    assert.equal(usage, 2)
    assert.match(said, /without a password/)
  })
})
