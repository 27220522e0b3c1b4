import assert from 'node:assert/strict'
import { readTopics } from '../../../operator/infrastructure/kafka/topic-reader.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'
import { quiet } from '../kafka/own-kafka.ts'
import { type HistorySite, heldBy, historySite, recordBy } from './history-site.ts'

const stocks = [1, 2, 3, 4, 5, 6, 7, 8]

describe('the worker keeps what stocks have decided', function () {
  this.timeout(240_000)
  let url: string
  let site: HistorySite
  before(async () => {
    url = (await testbed().ownPostgres()).url
  })
  beforeEach(async () => {
    site = await historySite(url)
  })
  afterEach(() => site?.end())

  /** Of each stock: rows, the sum of their numbers as days have it, and the last one that is known. */
  const kept = () =>
    site.sql<{ name: string; rows: number; days: number; last: number; reserved: number }>(
      `SELECT s.name, count(*)::int AS rows, s.sequence::int AS last, s.reserved::int,
        (SELECT sum(events)::int FROM kbnt_history.stock_day d WHERE d.stock = s.uid) AS days
      FROM kbnt_history.stock s JOIN kbnt_history.event e ON e.stock = s.uid GROUP BY s.uid ORDER BY s.name`,
    )
  const complete = (last: number) =>
    stocks.map((stock) => ({ name: `stock-${stock}`, rows: last, days: last, last, reserved: last }))
  const findings = () => site.sql('SELECT * FROM kbnt_history.finding')

  it('once each, from single events and records, and what comes again changes nothing', async () => {
    const one = site.worker()
    await one.start()
    for (const stock of stocks) {
      await site.send([...heldBy(stock, 1, 40), recordBy(stock, 41, 100), ...heldBy(stock, 20, 30)])
      await site.send([recordBy(stock, 41, 100)])
    }
    await site.untilKept(800)
    await until('all of it read', 60_000, async () =>
      (await one.metrics()).match(/kbnt_history_rows_total 800/) ? true : undefined,
    )
    assert.deepEqual(await kept(), complete(100))
    assert.deepEqual(await findings(), [])
    assert.equal((await one.health('/readyz')).status, 200)
    assert.equal((await one.health('/livez')).status, 200)
    await one.stop()
    assert.ok(one.logs().some(({ message }) => message === 'stopped'))
  })

  it('although it is killed in the middle, again and again: another one goes on, nothing is lost, nothing is there twice', async () => {
    const [one, two] = [site.worker(), site.worker()]
    await Promise.all([one.start(), two.start()])
    const sending = (async () => {
      for (let first = 1; first <= 1_500; first += 100)
        for (const stock of stocks) await site.send(heldBy(stock, first, first + 99))
    })()
    for (const [victim, rows] of [
      [one, 500],
      [two, 3_000],
      [one, 6_000],
    ] as const) {
      await site.untilKept(rows)
      await victim.kill()
      await victim.start()
    }
    await sending
    await site.untilKept(12_000)
    assert.deepEqual(await kept(), complete(1_500))
    assert.deepEqual(await findings(), [])
  })

  it('also after the database was away, for which it waits where it is, and says why', async () => {
    const one = site.worker()
    await one.start()
    for (const stock of stocks) await site.send(heldBy(stock, 1, 50))
    await site.untilKept(400)
    site.wire.freeze()
    for (const stock of stocks) await site.send(heldBy(stock, 51, 100))
    await one.untilLogged(
      ({ message, cause }) => message === "can't handle a message; tried again" && cause === 'DatabaseAway',
      60_000,
    )
    assert.match(
      await one.metrics(),
      /kbnt_consumer_waits_total\{consumer_group="history-[^"]*",cause="DatabaseAway"\}/,
    )
    site.wire.thaw()
    site.wire.cut() // what was swallowed is lost
    await site.untilKept(800)
    assert.deepEqual(await kept(), complete(100))
    assert.deepEqual(await findings(), [])
    const letters = await readTopics({ connection: site.connection, topics: [site.deadLetterTopic], logger: quiet })
    assert.deepEqual(letters, [])
  })

  it('and takes out of the way what is no event, or what the database refuses', async () => {
    const one = site.worker()
    await one.start()
    await site.send(heldBy(1, 1, 5))
    await site.untilKept(5)
    await site.sql('ALTER TABLE kbnt_history.event ADD CONSTRAINT no_seven CHECK (sequence <> 7)')
    await site.sendRaw('{}', { ce_type: 'io.kbnt.stock.adjusted.v1' })
    await site.send(heldBy(1, 6, 10))
    await site.untilKept(9)
    const letters = await until('dead letters', 60_000, async () => {
      const found = await readTopics({ connection: site.connection, topics: [site.deadLetterTopic], logger: quiet })
      return found.length >= 2 ? found : undefined
    })
    const said = letters.map(({ headers }) => `${headers['kbnt_error']}: ${headers['kbnt_error_message']}`).toSorted()
    assert.deepEqual(said, [
      'Refused: the database refuses it: new row for relation "event" violates check constraint "no_seven" (23514)',
      'Unreadable: balances is not given, and an object is needed',
    ])
  })

  it('and finds a gap, which it counts and goes on', async () => {
    const one = site.worker()
    await one.start()
    await site.send([...heldBy(1, 1, 5), ...heldBy(1, 9, 20)])
    await site.untilKept(17)
    const [found] = await site.sql('SELECT kind, first::int, last::int, missing::int FROM kbnt_history.finding')
    assert.deepEqual(found, { kind: 'gap', first: 6, last: 8, missing: 3 })
    assert.match(await one.metrics(), /kbnt_history_findings_total\{kind="gap"\} 1/)
    await one.untilLogged(({ message }) => /history of a stock has a finding/.test(message))
  })
})
