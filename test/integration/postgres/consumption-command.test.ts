import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import type pg from 'pg'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import type { ConsumptionRow } from '../../../operator/application/integration/consumption-log.ts'
import { postgresConsumptionLog } from '../../../operator/infrastructure/postgres/integration/postgres-consumption-log.ts'
import { integrationTables } from '../../../operator/infrastructure/postgres/integration-tables.ts'
import { migrate } from '../../../operator/infrastructure/postgres/migrate.ts'
import { writerPool } from '../../../operator/infrastructure/postgres/writer-pool.ts'
import { testbed } from '../../fixtures/testbed.ts'

describe('npm run consumption', function () {
  this.timeout(60_000)
  let url: string
  let pool: pg.Pool

  const run = (...args: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['hack/consumption.ts', ...args, '--postgres', url],
      {
        ...{ cwd: projectDirectory, encoding: 'utf8' as const },
      },
    )
    return { status, text: stdout + stderr, lines: stdout.trim().split('\n') }
  }
  const row = (sequence: number, particular: Partial<ConsumptionRow> = {}): ConsumptionRow => ({
    ...{
      eventId: `uid-${sequence}`,
      occasion: 'reservation.reserved',
      stock: 'shop/grinder',
      stockUid: 'uid',
      sequence,
    },
    ...{ topic: 'stock-audit-logs', partition: 1, offset: BigInt(40 + sequence), status: 'PROCESSED', blocks: false },
    ...{ externalId: undefined, attempts: 0, durationMs: 5, error: undefined },
    ...particular,
  })

  before(async () => {
    url = (await testbed().ownPostgres()).url
    pool = writerPool({ connection: { url }, lanes: 1 })
    assert.match(run('--failed').text, /no consumption log yet: a worker with the flow integration makes it/)
    const client = await pool.connect()
    await migrate(client, integrationTables).finally(() => client.release(true))
    await postgresConsumptionLog(pool, 'east').record([
      row(1, { occasion: 'stock.created', status: 'NEEDS_ATTENTION', error: 'no answer within 1000 ms', attempts: 1 }),
      row(2, { status: 'FAILED', blocks: true, attempts: 3, error: 'POST /x is answered 422: no such article' }),
      row(3, { externalId: 'EXT-1' }),
      row(4, { status: 'SKIPPED', durationMs: undefined, error: 'no route for reservation.extended' }),
    ])
  })
  after(() => pool?.end())

  it('tells the life of a stock in plain words', () => {
    const { status, lines } = run('--stock', 'shop/grinder')
    assert.equal(status, 0)
    const told = lines.map((line) => line.replace(/^\S+Z {2}/, ''))
    assert.deepEqual(told, [
      'shop/grinder  stock.created  NEEDS ATTENTION at east (in 5 ms, after 1 try in vain): no answer within 1000 ms  uid-1  from stock-audit-logs/1/41',
      'shop/grinder  reservation.reserved  not told to east (in 5 ms, after 3 tries in vain): POST /x is answered 422: no such article  uid-2  from stock-audit-logs/1/42',
      'shop/grinder  reservation.reserved  told to east (there EXT-1, in 5 ms)  uid-3  from stock-audit-logs/1/43',
      'shop/grinder  reservation.reserved  left out of east: no route for reservation.extended  uid-4  from stock-audit-logs/1/44',
      '4 events',
    ])
  })

  it('finds what failed, what needs attention, and one event', () => {
    assert.match(run('--failed').text, /uid-2[\s\S]*1 event$/m)
    assert.match(run('--needs-attention').text, /uid-1[\s\S]*1 event$/m)
    assert.match(run('--event', 'uid-3').text, /uid-3[\s\S]*1 event$/m)
    assert.match(run('--failed', '--target', 'west').text, /^0 events$/m)
    assert.match(run('--last', '1').text, /^1 event$/m)
  })

  it('settles what somebody has seen to, once, and what follows is held up no more', async () => {
    const log = postgresConsumptionLog(pool, 'east')
    assert.equal(run('--settle', 'uid-1', '--as', 'processed', '--external-id', 'EXT-9').status, 0)
    assert.equal(run('--settle', 'uid-2', '--as', 'skipped').status, 0)
    assert.equal(run('--settle', 'uid-2', '--as', 'processed').status, 1)
    const { events, stocks } = await log.known(['uid-1', 'uid-2'], ['uid'])
    assert.deepEqual([...events.values()].map(({ status }) => status).toSorted(), ['PROCESSED', 'SKIPPED'])
    assert.deepEqual(stocks.get('uid'), { externalId: 'EXT-9', putSequence: undefined, blockedFrom: undefined })
  })

  it('says what makes no sense', () => {
    assert.match(run('--settle', 'uid-1').text, /--as: "" is not one of processed, skipped/)
    assert.match(run('--last', 'all').text, /--last: "all" is not a number/)
  })
})
