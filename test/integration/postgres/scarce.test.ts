import assert from 'node:assert/strict'
import { chown, mkdir, readFile, rename, stat, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import type { Postgres } from '../../../hack/testbed/postgres.ts'
import { mustRun } from '../../../hack/testbed/run-program.ts'
import { type RowDatabase, rowDatabase } from '../../fixtures/row-database.ts'
import { aRowStock } from '../../fixtures/row-orders.ts'
import { agree, type Trade, tradeAt, writersOf } from '../../fixtures/row-trade.ts'
import { type SmallDisk, smallDisk } from '../../fixtures/small-disk.ts'
import { strangersAt } from '../../fixtures/strangers.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'

/** How long something is waited for, however slow the machine is. */
const SOON_MS = 60_000
/** Lives that show that a stock is sold. */
const SOME = 20
const LOCKED_MS = 5_000
/** Lives of which all that was asked for was answered already, when nothing is any more: one of each client. */
const ON_THE_WAY = 40
const NO_SPACE = 'No space left on device'

describe('Books in PostgreSQL, when something is scarce', function () {
  this.timeout(240_000)
  const disks: SmallDisk[] = []
  const trades: Trade[] = []
  const databases: RowDatabase[] = []

  async function aServer(): Promise<{ server: Postgres; database: RowDatabase }> {
    const server = await testbed().ownPostgres()
    const database = await rowDatabase(server.url)
    databases.push(database)
    return { server, database }
  }
  const tradeOf: typeof tradeAt = (stock, ledgers) => {
    const trade = tradeAt(stock, ledgers)
    trades.push(trade)
    return trade
  }
  const aStock = ({ books }: RowDatabase) => aRowStock(books, { quantity: 50, reclaimPolicy: 'Return' })
  /** Everybody who trades has come so much further. */
  function goesOn(what: string, trades: readonly Trade[], lives = SOME): Promise<true> {
    const before = trades.map((trade) => trade.lives.length)
    const isFurther = (trade: Trade, index: number) => trade.lives.length >= (before[index] ?? 0) + lives
    return until(what, SOON_MS, async () => trades.every(isFurther) || undefined)
  }
  const untilLogged = ({ logPath }: Postgres, text: string) =>
    until(`"${text}" in the log`, SOON_MS, async () => (await readFile(logPath, 'utf8')).includes(text) || undefined)

  afterEach(async () => {
    await Promise.all(trades.splice(0).map((trade) => trade.end()))
    await Promise.all(databases.splice(0).map((database) => database.close()))
    await Promise.all(disks.splice(0).map((disk) => disk.discard()))
  })

  describe('a disk (skipped where no file system can be mounted)', () => {
    async function aDisk(this_: Mocha.Context, megabytes: number): Promise<SmallDisk> {
      const disk = await smallDisk(megabytes)
      if (!disk) return this_.skip()
      disks.push(disk)
      return disk
    }

    it('agree to the unit after the disk of their tables was full, and go on when it no longer is', async function () {
      const disk = await aDisk(this, 64)
      const { server, database } = await aServer()
      const stock = await aStock(database)
      await database.sql(`CREATE TABLESPACE small LOCATION '${await placeFor(server, disk)}'`)
      for (const kind of ['TABLE', 'INDEX'])
        await database.sql(`ALTER ${kind} ALL IN TABLESPACE pg_default SET TABLESPACE small`)
      const causes = new Set<string>()
      const trade = tradeOf(
        stock,
        writersOf(database, undefined, (cause) => causes.add(cause)),
      )
      await goesOn('life before the disk is full', [trade])
      await disk.fill()
      await untilLogged(server, NO_SPACE)
      await pause(2_000)
      await disk.empty()
      await goesOn('life after the disk was full', [trade])
      await trade.end()
      assert.ok(causes.has('away'), 'nobody met the full disk')
      await agree(database, trade)
    })

    it('agree to the unit after the disk of its log was full, which ends the server, and go on when it is back', async function () {
      const disk = await aDisk(this, 96)
      const { server, database } = await aServer()
      const stock = await aStock(database)
      await server.stop()
      const data = join(dirname(server.logPath), 'postgres')
      const log = join(await placeFor(server, disk), 'pg_wal')
      await mustRun({ command: 'cp', arguments: ['-a', join(data, 'pg_wal'), log] })
      await rename(join(data, 'pg_wal'), join(data, 'pg_wal_before'))
      await symlink(log, join(data, 'pg_wal'))
      await server.start()
      const trade = tradeOf(stock, writersOf(database))
      await goesOn('life before the disk is full', [trade])
      await disk.fill()
      // what is left of the log's files is soon used up
      const isUsedUp = () =>
        database.sql('SELECT pg_switch_wal()').then(
          () => undefined,
          () => true as const,
        )
      await until('the end of the log', SOON_MS, isUsedUp)
      await untilLogged(server, NO_SPACE)
      await pause(2_000)
      await disk.empty()
      await until('PostgreSQL with a disk', SOON_MS, () =>
        server.start().then(
          () => true as const,
          () => undefined,
        ),
      )
      await goesOn('life after the disk was full', [trade])
      await trade.end()
      await agree(database, trade)
      await server.stop()
    })

    /** A folder of it that the server may write. */
    async function placeFor(server: Postgres, disk: SmallDisk): Promise<string> {
      const place = join(disk.path, 'postgres')
      const { uid, gid } = await stat(join(dirname(server.logPath), 'postgres'))
      await mkdir(place, { mode: 0o700 })
      await chown(place, uid, gid)
      return place
    }
  })

  it('agree to the unit after strangers had all connections of the server for seconds, and go on when these leave', async () => {
    const { server, database } = await aServer()
    const stock = await aStock(database)
    const trade = tradeOf(stock, writersOf(database))
    await goesOn('life before', [trade])
    const strangers = await strangersAt(server.url)
    const left = trade.lives.length
    await pause(6_000) // longer than orders are tried for
    const meanwhile = trade.lives.length - left
    await strangers.leave()
    assert.ok(meanwhile <= ON_THE_WAY, `${meanwhile} lives without a connection`)
    await goesOn('life after', [trade])
    await trade.end()
    await agree(database, trade)
  })

  it('go on at all other stocks while a stranger has one locked for seconds, and then at that one, too', async () => {
    const { server, database } = await aServer()
    const writers = writersOf(database)
    const [hot, ...others] = await Promise.all(
      Array.from({ length: 8 }, async () => tradeOf(await aStock(database), writers)),
    )
    assert.ok(hot)
    await goesOn('life before', [hot, ...others], 5)
    const stranger = new pg.Client({ connectionString: server.url })
    await stranger.connect()
    await stranger.query('BEGIN')
    await stranger.query('SELECT FROM kbnt.stock WHERE uid = $1 FOR UPDATE', [hot.stock])
    const heldUp = hot.lives.length
    await Promise.all([pause(LOCKED_MS), goesOn('life elsewhere', others)])
    const meanwhile = hot.lives.length - heldUp
    await stranger.query('ROLLBACK')
    await stranger.end()
    assert.ok(meanwhile <= ON_THE_WAY, `${meanwhile} lives without the lock`)
    await goesOn('life after', [hot, ...others])
    for (const trade of [hot, ...others]) await trade.end()
    for (const trade of [hot, ...others]) await agree(database, trade)
  })
})
