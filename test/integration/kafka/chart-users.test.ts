import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import kafkajs from 'kafkajs'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { eventFrom } from '../../../operator/domain/event/event.ts'
import { mustSuit } from '../../../operator/infrastructure/kafka/consumer/topic-terms.ts'
import { groupReader } from '../../../operator/infrastructure/kafka/group-reader.ts'
import { requestPost } from '../../../operator/infrastructure/kafka/request-post.ts'
import { readTopics } from '../../../operator/infrastructure/kafka/topic-reader.ts'
import { topicsFromYaml } from '../../../operator/infrastructure/kafka/topics.ts'
import { messages } from '../../contracts/publisher.contract.ts'
import { anEntry } from '../../fixtures/builders.ts'
import { type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'
import { type GuardedKafka, guardedByChart } from './guarded-by-chart.ts'
import { quiet, realClock } from './own-kafka.ts'

const consumers = [{ name: 'warehouse', group: 'warehouse-1', topics: ['stock-audit-logs'] }]
const values = [
  ...[
    '--set',
    'cluster.create=false,consumers.topics=true,flows.alerts.enabled=true,flows.history.enabled=true,logs.enabled=true,flows.virtualization.enabled=true,flows.virtualization.fromGateway=true,flows.logIndex.enabled=true,flows.logAlerts.enabled=true',
  ],
  ...['--set-json', `consumers.users=${JSON.stringify(consumers)}`],
]
const [operator, flow, warehouse] = ['kbnt-operator', 'kbnt-flow-alerts', 'warehouse'] as const
const [events, dead] = ['critical-stock-events', 'stock-alerts-dead-letter'] as const

/** kafkajs does not say why a group's coordinator is not told. */
const refused = /not authorized|Failed to find group coordinator/i

const listed = (path: string) =>
  topicsFromYaml(readFileSync(join(projectDirectory, path), 'utf8')).map(({ name }) => name)

describe('The users of kbnt-kafka at a real Kafka that asks what they may', function () {
  this.timeout(120_000)
  let site: GuardedKafka
  let alertmanager: Server
  let told: string[] = []
  const workers: OperatorProcess[] = []

  before(async () => {
    site = await guardedByChart(values)
    alertmanager = createServer((request, response) => {
      request.on('data', (part: Buffer) => told.push(part.toString())).on('end', () => response.end())
    }).listen(0, '127.0.0.1')
  })
  afterEach(() => Promise.all(workers.splice(0).map((worker) => worker.dispose())))
  after(async () => {
    alertmanager?.close()
    await site?.end()
  })
  const sent: GuardedKafka['sent'] = (...given) => site.sent(...given)
  const firstRead: GuardedKafka['firstRead'] = (...given) => site.firstRead(...given)

  const worker = () => {
    const { port } = alertmanager.address() as AddressInfo
    const { ssl, sasl } = site.as(flow)
    const made = operatorProcess({
      ...{ kubeconfigPath: testbed().kubeconfigPath, namespaces: ['nobodys'], until: 'started' },
      runs: 'worker',
      kafkaBrokers: site.kafka.secure.brokers.join(','),
      settings: {
        kafka: { ssl, sasl },
        worker: {
          flows: ['alerts'],
          alerts: { alertmanagers: [{ url: `http://127.0.0.1:${port}` }], repeatEvery: '1s' },
        },
      },
    })
    workers.push(made)
    return made
  }
  const ready = (one: OperatorProcess) =>
    until('readiness', 60_000, async () => ((await one.health('/readyz')).status === 200 ? true : undefined))
  const level = (stock: string) => {
    const entry = anEntry({ verb: 'Note', note: 'level_changed', sequence: 5, level: 'Low' })
    const { key, value, headers } = eventFrom(
      { ...entry, at: new Date().toISOString() },
      {
        ...{ cluster: 'east', term: 1, texts: null },
        stock: { namespace: 'shop', name: stock, uid: randomUUID(), product: 'p' },
      },
    )
    return { key, value, headers, timestampMs: Date.now() }
  }
  const committed = async () => {
    const [of] = await site.admin.fetchOffsets({ groupId: 'kbnt-alerts', topics: [events] })
    return of?.partitions.reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0)
  }
  const letters = () => readTopics({ connection: site.kafka.plain, topics: [dead], logger: quiet })

  it('let the operator write every topic of events, and nothing else', async () => {
    const ofEvents = listed('config/topics.yaml')
    for (const topic of ofEvents) assert.equal(await sent(operator, topic), 'acknowledged', topic)
    for (const topic of site.topics.filter((name) => !ofEvents.includes(name)))
      assert.match(await sent(operator, topic), /may not write to the topic/, topic)
    await assert.rejects(firstRead(operator, 'kbnt-alerts', events), refused)
  })

  it('let the flow read its topic, commit, put the dead aside and know again what it has read', async () => {
    const one = worker()
    await one.start()
    await ready(one)
    const before = (await letters()).length
    const batch = [level('grinder'), { ...level('kettle'), value: '?' }]
    assert.equal(await sent(operator, events, batch), 'acknowledged')
    await until('an alert', 60_000, async () => told.some((text) => text.includes('grinder')) || undefined)
    await until('a dead letter', 60_000, async () => (await letters()).length > before || undefined)
    const ends = await site.admin.fetchTopicOffsets(events)
    const all = ends.reduce((sum, { high }) => sum + Number(high), 0)
    await until('the commit', 60_000, async () => (await committed()) === all || undefined)
    await one.stop()
    told = []
    const next = worker()
    await next.start()
    await ready(next)
    await until('the alert again', 60_000, async () => told.some((text) => text.includes('grinder')) || undefined)
  })

  it('let the flow do nothing else', async () => {
    assert.match(await sent(flow, events), /may not write to the topic/)
    await assert.rejects(firstRead(flow, 'kbnt-alerts', 'stock-audit-logs'), refused)
    await assert.rejects(firstRead(flow, 'kbnt-alerts', dead), refused)
    await assert.rejects(firstRead(flow, 'warehouse-1', events), refused)
  })

  it('let the flow history read its topic as its group and put the dead aside, and nothing else', async () => {
    assert.equal(await sent(operator, 'stock-audit-logs'), 'acknowledged')
    assert.match(await firstRead('kbnt-flow-history', 'kbnt-history', 'stock-audit-logs'), /sequence/)
    assert.equal(await sent('kbnt-flow-history', 'stock-history-dead-letter'), 'acknowledged')
    assert.match(await sent('kbnt-flow-history', dead), /may not write to the topic/)
    await assert.rejects(firstRead('kbnt-flow-history', 'kbnt-history', events), refused)
  })

  it('let the flow log-index read the topics of logs as its group and put the dead aside, and nothing else', async () => {
    const [user, group] = ['kbnt-flow-log-index', 'kbnt-log-index'] as const
    assert.equal(await sent('kbnt-gateway', 'audit-logs'), 'acknowledged')
    assert.match(await firstRead(user, group, 'audit-logs'), /sequence/)
    assert.equal(await sent(user, 'log-index-dead-letter'), 'acknowledged')
    assert.match(await sent(user, 'audit-logs'), /may not write to the topic/)
    await assert.rejects(firstRead(user, group, events), refused)
  })

  it('let the flow log-alerts read the topic of errors as its group and put the dead aside, and nothing else', async () => {
    const [user, group] = ['kbnt-flow-log-alerts', 'kbnt-log-alerts'] as const
    assert.equal(await sent('kbnt-gateway', 'error-logs'), 'acknowledged')
    assert.match(await firstRead(user, group, 'error-logs'), /sequence/)
    assert.equal(await sent(user, 'log-alerts-dead-letter'), 'acknowledged')
    assert.match(await sent(user, 'error-logs'), /may not write to the topic/)
    await assert.rejects(firstRead(user, group, 'audit-logs'), refused)
  })

  it('let the flow virtualization read what asks for machines, look at its topics, put aside, and nothing else', async () => {
    const [user, group, asks] = ['kbnt-flow-virtualization', 'kbnt-virtualization', 'virtualization-requests'] as const
    const other = site
      .clientOf(site.kafka.plain)
      .producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
    await other.connect()
    await other.send({ topic: asks, messages: [{ value: 'please' }] })
    await other.disconnect()
    assert.equal(await firstRead(user, group, asks), 'please')
    assert.match(await sent(operator, asks), /may not write to the topic/)
    assert.match(await sent(user, asks), /may not write to the topic/)
    for (const topic of ['virtualization-retry', 'virtualization-dead-letter', 'virtualization-events'])
      assert.equal(await sent(user, topic), 'acknowledged')
    const looking = site.clientOf(site.as(user)).admin()
    await looking.connect()
    const warnings: string[] = []
    const ofFlow = { group, topics: [asks], retryTopic: 'virtualization-retry', deadLetterTopic: dead, delaysMs: [] }
    await mustSuit(looking, ofFlow, (message) => warnings.push(message)).finally(() => looking.disconnect())
    assert.deepEqual(warnings, [], 'what the chart makes suits, and may be looked at')
    await assert.rejects(firstRead(user, group, events), refused)
  })

  it('let the gateway write requests and see how far they are, as it does, and read none of them', async () => {
    const [topic, retryTopic, group] = [
      'virtualization-requests',
      'virtualization-retry',
      'kbnt-virtualization',
    ] as const
    const parts = { connection: site.as('kbnt-gateway'), clock: realClock, logger: quiet }
    const [post, reader] = [requestPost({ ...parts, topic }), groupReader({ ...parts, group, topic, retryTopic })]
    try {
      const [message] = messages(1)
      assert.ok(message)
      const posted = await post.post(message)
      assert.ok(posted.kind === 'taken', 'reason' in posted ? posted.reason : '')
      const { next, retrying } = await reader.read()
      assert.ok((next.get(posted.partition) ?? posted.offset + 1n) <= posted.offset, 'nobody has done it')
      assert.equal(
        retrying,
        (await readTopics({ connection: site.kafka.plain, topics: [retryTopic], logger: quiet })).length,
      )
    } finally {
      await Promise.all([post.close(), reader.close()])
    }
    await assert.rejects(firstRead('kbnt-gateway', group, topic), refused)
    assert.match(await sent('kbnt-gateway', retryTopic), /may not write to the topic/)
  })

  it('let the gateway write the topics of logs, and nothing else', async () => {
    for (const topic of listed('config/log-topics.yaml'))
      assert.equal(await sent('kbnt-gateway', topic), 'acknowledged', topic)
    for (const topic of [events, dead]) assert.match(await sent('kbnt-gateway', topic), /may not write to the topic/)
    await assert.rejects(firstRead('kbnt-gateway', 'kbnt-alerts', 'error-logs'), refused)
  })

  it('let a consumer read its topics as its group, and write what it can not do', async () => {
    assert.equal(await sent(operator, 'stock-audit-logs'), 'acknowledged')
    assert.match(await firstRead(warehouse, 'warehouse-1', 'stock-audit-logs'), /sequence/)
    assert.equal(await sent(warehouse, 'stock-retry-topic'), 'acknowledged')
    assert.match(await sent(warehouse, 'stock-audit-logs'), /may not write to the topic/)
    await assert.rejects(firstRead(warehouse, 'warehouse-1', events), refused)
    await assert.rejects(firstRead(warehouse, 'kbnt-alerts', 'stock-audit-logs'), refused)
  })
})
