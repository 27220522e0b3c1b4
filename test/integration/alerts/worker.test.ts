import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { readTopics } from '../../../operator/infrastructure/kafka/topic-reader.ts'
import { alertmanagerProgram } from '../../fixtures/alertmanager.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'
import { quiet } from '../kafka/own-kafka.ts'
import { type AlertsSite, alertsSite } from './alerts-site.ts'

const program = await alertmanagerProgram()
const lacking = program
  ? ''
  : ' (skipped: no prometheus-alertmanager on PATH; Debian: apt install prometheus-alertmanager)'
/** As short as it gets: a post and its repetition may take five seconds each. */
const LIFE_MS = 10_000

describe(`the worker tells Alertmanager the levels of stocks${lacking}`, function () {
  this.timeout(180_000)
  let site: AlertsSite
  before(function () {
    if (!program) this.skip()
  })
  afterEach(() => site?.end())
  const make = async (alertmanagers?: number) => {
    site = await alertsSite(program ?? '', alertmanagers)
    return site
  }

  it('opens, changes and resolves an alert with its stock, keeps it open, and drops what is older', async () => {
    const { worker, tell, untilShown, alertmanagers } = await make(2)
    const one = worker()
    await one.start()
    await tell('grinder', 5, 'Low')
    await tell('kettle', 3, 'Exhausted')
    await untilShown(['grinder Low', 'kettle Exhausted'])
    const [alert] = (await alertmanagers[0]?.active())?.filter(({ labels }) => labels['stock'] === 'grinder') ?? []
    assert.equal(alert?.labels['severity'], 'info')
    assert.equal(alert?.labels['cluster'], 'east')
    await pause(LIFE_MS + 2_000) // longer than it lives without being repeated
    await untilShown(['grinder Low', 'kettle Exhausted'])
    await tell('grinder', 6, 'Critical')
    await untilShown(['grinder Critical', 'kettle Exhausted'])
    await tell('grinder', 5, 'Low')
    await tell('kettle', 4, 'deleted')
    await tell('grinder', 7, 'Normal')
    await untilShown([])
    assert.equal((await one.health('/readyz')).status, 200)
    assert.equal((await one.health('/livez')).status, 200)
    const text = await one.metrics()
    assert.match(text, /kafka_messages_consumed_total\{topic="levels-[^"]*",partition="[0-2]",consumer_group="alerts-/)
    assert.match(text, /kbnt_alerts_open 0/)
    assert.match(text, /kbnt_flow_ready\{consumer_group="alerts-[^"]*"\} 1/)
    assert.match(text, /kbnt_build_info\{program="worker"/)
    await one.stop()
    assert.ok(one.logs().some(({ message }) => message === 'stopped'))
  })

  it('waits for an Alertmanager that is away, tells it what is open then, and says meanwhile why', async () => {
    const { worker, tell, untilShown, alertmanagers } = await make()
    const one = worker()
    await alertmanagers[0]?.kill()
    await one.start()
    await tell('grinder', 5, 'Low')
    await tell('kettle', 5, 'Critical')
    await tell('grinder', 6, 'Exhausted')
    const line = await one.untilLogged(({ message }) => message === "can't post alerts; tried again", 30_000)
    assert.match(String(line['reason']), /ECONNREFUSED/)
    assert.equal((await one.health('/readyz')).status, 200) // a new process would meet the same
    await alertmanagers[0]?.start()
    await untilShown(['grinder Exhausted', 'kettle Critical'])
  })

  it('tells the others when one of several is away, and that one when it is back', async () => {
    const { worker, tell, untilShown, alertmanagers } = await make(2)
    const [first, second] = alertmanagers
    const one = worker()
    await second?.kill()
    await one.start()
    await tell('grinder', 5, 'Low')
    await untilShown(['grinder Low'], alertmanagers.slice(0, 1))
    await second?.start()
    await untilShown(['grinder Low'])
    await first?.kill()
    await tell('grinder', 6, 'Normal')
    await untilShown([], alertmanagers.slice(1))
  })

  it('keeps what is open when a worker is killed: another one knows it from the topic, and what ended meanwhile ends', async () => {
    const { worker, tell, untilShown } = await make()
    const one = worker()
    await one.start()
    for (const stock of ['a', 'b', 'c', 'd', 'e']) await tell(stock, 5, 'Low')
    await untilShown(['a Low', 'b Low', 'c Low', 'd Low', 'e Low'])
    await one.kill()
    await tell('a', 6, 'Normal')
    await tell('b', 6, 'Critical')
    await worker().start()
    await untilShown(['b Critical', 'c Low', 'd Low', 'e Low'])
    await pause(LIFE_MS + 2_000)
    await untilShown(['b Critical', 'c Low', 'd Low', 'e Low'])
  })

  it('shares stocks between two workers, hands them over, and one that was frozen says nothing that is over', async () => {
    const { worker, tell, untilShown, alertmanagers } = await make()
    const [one, two] = [worker(), worker()]
    await Promise.all([one.start(), two.start()])
    const stocks = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
    for (const stock of stocks) await tell(stock, 5, 'Low')
    await untilShown(stocks.map((stock) => `${stock} Low`))
    await until('shared alerts', 60_000, async () => {
      const open = await Promise.all(
        [one, two].map(async (each) => Number(/kbnt_alerts_open (\d+)/.exec(await each.metrics())?.[1])),
      )
      return open.every((count) => count > 0) && open.reduce((sum, count) => sum + count, 0) === 8 ? true : undefined
    })
    const said = two.logs().length
    one.signal('SIGSTOP')
    for (const stock of stocks) await tell(stock, 6, 'Normal')
    await until('takeover', 60_000, async () =>
      two
        .logs()
        .slice(said)
        .find(({ message, partitions }) => message === 'partitions given out' && (partitions as string[]).length === 3),
    )
    await pause(1_000)
    await untilShown([])
    one.signal('SIGCONT')
    for (let looks = 0; looks < 20; looks += 1) {
      assert.deepEqual(await alertmanagers[0]?.active(), [])
      await pause(250)
    }
  })

  it('takes out of the way what is no event', async () => {
    const { worker, tell, untilShown, sendRaw, deadLetterTopic } = await make()
    await worker().start()
    await sendRaw('?')
    await tell('grinder', 5, 'Low')
    await untilShown(['grinder Low'])
    const connection = { brokers: [await testbed().kafka()], clientId: 'test' }
    const [dead] = await until('dead letter', 30_000, async () => {
      const letters = await readTopics({ connection, topics: [deadLetterTopic], logger: quiet })
      return letters.length > 0 ? letters : undefined
    })
    assert.equal(dead?.headers['kbnt_error'], 'Unreadable')
  })
})
