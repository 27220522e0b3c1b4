import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Partitioners, type Producer } from 'kafkajs'
import { kafkaClient } from '../../../operator/infrastructure/kafka/connection.ts'
import { readTopics } from '../../../operator/infrastructure/kafka/topic-reader.ts'
import { createTopics } from '../../../operator/infrastructure/kafka/topics.ts'
import { type Alertmanager, alertmanagerProgram, newAlertmanager } from '../../fixtures/alertmanager.ts'
import { type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'
import { quiet } from '../kafka/own-kafka.ts'

const program = await alertmanagerProgram()
const lacking = program
  ? ''
  : ' (skipped: no prometheus-alertmanager on PATH; Debian: apt install prometheus-alertmanager)'

describe(`the worker tells Alertmanager of services that fail${lacking}`, function () {
  this.timeout(180_000)
  const id = randomUUID().slice(0, 8)
  const [topic, deadLetterTopic] = [`errors-${id}`, `errors-dead-${id}`] as const
  let connection: { readonly brokers: string[]; readonly clientId: string }
  let alertmanager: Alertmanager
  let producer: Producer
  const workers: OperatorProcess[] = []

  before(async function () {
    if (!program) this.skip()
    connection = { brokers: [await testbed().kafka()], clientId: 'test' }
    const topics = [topic, deadLetterTopic].map((name) => ({ name, partitions: 3 }))
    await createTopics(connection, topics, quiet)
    alertmanager = await newAlertmanager(program ?? '', await mkdtemp(join(tmpdir(), 'kbnt-log-alerts-')))
    await alertmanager.start()
    const client = kafkaClient(connection, { requestTimeoutMs: 10_000, retry: {} }, quiet).kafka
    producer = client.producer({ createPartitioner: Partitioners.DefaultPartitioner })
    await producer.connect()
  })
  after(async () => {
    for (const worker of workers) await worker.dispose()
    await producer?.disconnect()
    await alertmanager?.stop()
  })

  async function work(): Promise<OperatorProcess> {
    const worker = operatorProcess({
      ...{ kubeconfigPath: testbed().kubeconfigPath, namespaces: ['nobodys'], until: 'started' },
      runs: 'worker',
      kafkaBrokers: connection.brokers.join(','),
      settings: {
        worker: {
          flows: ['log-alerts'],
          logAlerts: {
            ...{ topics: [topic], group: `log-alerts-${id}`, deadLetterTopic, quietAfter: '12s', mostOpen: 2 },
            alertmanagers: [{ url: alertmanager.url }],
          },
        },
      },
    })
    workers.push(worker)
    await worker.start()
    return worker
  }
  const say = (service: string, level = 'ERROR', more: object = {}) =>
    producer.send({
      topic,
      messages: [{ key: service, value: JSON.stringify({ level, service, message: 'it broke', ...more }) }],
    })
  const shown = async () =>
    (await alertmanager.active()).map(({ labels }) => `${labels['level']} ${labels['service']}`).toSorted()
  const untilShown = (...wanted: readonly string[]) =>
    until(`sight of ${wanted.join(', ')}`, 60_000, async () => {
      return JSON.stringify(await shown()) === JSON.stringify(wanted) || undefined
    })

  it('opens an alert for each, and it is over some time after the last line', async () => {
    const worker = await work()
    await say('shop', 'ERROR', { namespace: 'desk', correlation_id: 'c-1' })
    await say('shop', 'INFO')
    await producer.send({ topic, messages: [{ value: '?' }] })
    await untilShown('ERROR shop')
    const [alert] = await alertmanager.active()
    assert.deepEqual(
      [alert?.labels['severity'], alert?.labels['namespace'], alert?.annotations['summary']],
      ['warning', 'desk', 'desk/shop says ERROR: it broke'],
    )
    assert.match(await worker.metrics(), /kbnt_alerts_open 1/)
    await untilShown()
    assert.match(await worker.metrics(), /kbnt_alerts_open 0/)
    const [dead] = await readTopics({ connection, topics: [deadLetterTopic], logger: quiet })
    assert.equal(dead?.headers['kbnt_error'], 'Unreadable')
  })

  it('keeps it open while lines come, over the end of a worker, too', async () => {
    const [first] = workers
    const startedAt = Date.now()
    await say('shop')
    await untilShown('ERROR shop')
    await first?.kill()
    await work()
    while (Date.now() - startedAt < 30_000) {
      await say('shop')
      assert.deepEqual(await shown(), ['ERROR shop'])
      await new Promise((resolve) => setTimeout(resolve, 1_000))
    }
    await untilShown()
  })

  it('has a bounded number of them open', async () => {
    for (const service of ['a', 'b', 'c', 'd']) await say(service)
    await until(
      'what tells for all others',
      60_000,
      async () => (await shown()).includes('ERROR (others)') || undefined,
    )
    assert.ok((await shown()).length <= 3)
    await untilShown()
  })

  it('waits for an Alertmanager that is away, and tells it then what is not over', async () => {
    await alertmanager.kill()
    await say('shop')
    await workers.at(-1)?.untilLogged((line) => JSON.stringify(line).includes('NoAnswer'), 30_000)
    await alertmanager.start()
    await say('shop', 'FATAL')
    await until('the alert', 60_000, async () => (await shown()).includes('FATAL shop') || undefined)
  })
})
