import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import kafkajs, { type Admin } from 'kafkajs'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { eventFrom } from '../../../operator/domain/event/event.ts'
import { type KafkaConnection, kafkaClient } from '../../../operator/infrastructure/kafka/connection.ts'
import { mustSuit } from '../../../operator/infrastructure/kafka/consumer/topic-terms.ts'
import { kafkaPublisher } from '../../../operator/infrastructure/kafka/kafka-publisher.ts'
import { readTopics } from '../../../operator/infrastructure/kafka/topic-reader.ts'
import { createTopics, topicsFromYaml } from '../../../operator/infrastructure/kafka/topics.ts'
import { messages } from '../../contracts/publisher.contract.ts'
import { anEntry } from '../../fixtures/builders.ts'
import { type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'
import { manifestsIn, rendered } from '../charts/helm.ts'
import { guarded, type OwnKafka, ownKafka, quiet, realClock } from './own-kafka.ts'
import { aclsOf, type KafkaTopic, type KafkaUser, topicOf } from './strimzi-asks.ts'

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs

const consumers = [{ name: 'warehouse', group: 'warehouse-1', topics: ['stock-audit-logs'] }]
const values = [
  ...[
    '--set',
    'cluster.create=false,consumers.topics=true,flows.alerts.enabled=true,flows.history.enabled=true,logs.enabled=true,flows.virtualization.enabled=true,flows.logIndex.enabled=true',
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
  let kafka: OwnKafka
  let admin: Admin
  let alertmanager: Server
  let told: string[] = []
  let topics: string[]
  const workers: OperatorProcess[] = []

  before(async () => {
    const manifests = manifestsIn(await rendered('kbnt-kafka', ...values))
    const users = manifests.filter(({ kind }) => kind === 'KafkaUser') as KafkaUser[]
    kafka = await ownKafka([], guarded(users.map(({ metadata }) => metadata.name)))
    const made = (manifests.filter(({ kind }) => kind === 'KafkaTopic') as KafkaTopic[]).map(topicOf)
    await createTopics(kafka.plain, made, quiet)
    topics = made.map(({ name }) => name)
    admin = clientOf(kafka.plain).admin()
    await admin.connect()
    const acl = users.flatMap(aclsOf)
    await admin.createAcls({ acl })
    await until('all ACLs', 30_000, async () => ((await known()) === acl.length ? true : undefined))
    alertmanager = createServer((request, response) => {
      request.on('data', (part: Buffer) => told.push(part.toString())).on('end', () => response.end())
    }).listen(0, '127.0.0.1')
  })
  afterEach(() => Promise.all(workers.splice(0).map((worker) => worker.dispose())))
  after(async () => {
    alertmanager?.close()
    await admin?.disconnect()
    await kafka?.end()
  })

  async function known(): Promise<number> {
    const any = { resourceType: AclResourceTypes.ANY, resourcePatternType: ResourcePatternTypes.ANY }
    const all = { operation: AclOperationTypes.ANY, permissionType: AclPermissionTypes.ANY }
    const { resources } = await admin.describeAcls({ ...any, ...all })
    return resources.reduce((sum, { acls }) => sum + acls.length, 0)
  }
  const clientOf = (connection: KafkaConnection, retries = 8) =>
    kafkaClient(connection, { requestTimeoutMs: 10_000, retry: { retries, initialRetryTime: 200 } }, quiet).kafka
  const as = (username: string): KafkaConnection => ({
    ...kafka.secure,
    sasl: { mechanism: 'plain', username, passwordFile: kafka.passwordFile },
  })

  /** What the operator's own publisher is answered. */
  async function sent(username: string, topic: string, batch = messages(1)): Promise<string> {
    const publisher = kafkaPublisher({
      ...{ connection: as(username), clock: realClock, logger: quiet, publishTimeoutMs: 10_000 },
    })
    const [answer] = await publisher.publish([{ topic, messages: batch }]).finally(() => publisher.close())
    return answer?.kind === 'acknowledged' ? 'acknowledged' : JSON.stringify(answer)
  }

  /** The first message that a member of this group gets; rejects with what the brokers refuse. */
  async function firstRead(username: string, groupId: string, topic: string): Promise<string> {
    const consumer = clientOf(as(username)).consumer({
      groupId,
      retry: { retries: 8, restartOnFailure: async () => false },
    })
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error))
    const read = async () => {
      await consumer.connect()
      await consumer.subscribe({ topics: [topic], fromBeginning: true })
      await consumer.run({ eachMessage: async ({ message }) => resolve(String(message.value)) })
    }
    read().catch(reject)
    promise.then()
    return promise.finally(() => consumer.disconnect())
  }

  const worker = () => {
    const { port } = alertmanager.address() as AddressInfo
    const { ssl, sasl } = as(flow)
    const made = operatorProcess({
      ...{ kubeconfigPath: testbed().kubeconfigPath, namespaces: ['nobodys'], until: 'started' },
      program: [join(projectDirectory, 'operator/main.ts'), 'worker'],
      kafkaBrokers: kafka.secure.brokers.join(','),
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
    const [of] = await admin.fetchOffsets({ groupId: 'kbnt-alerts', topics: [events] })
    return of?.partitions.reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0)
  }
  const letters = () => readTopics({ connection: kafka.plain, topics: [dead], logger: quiet })

  it('let the operator write every topic of events, and nothing else', async () => {
    const ofEvents = listed('config/topics.yaml')
    for (const topic of ofEvents) assert.equal(await sent(operator, topic), 'acknowledged', topic)
    for (const topic of topics.filter((name) => !ofEvents.includes(name)))
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
    const ends = await admin.fetchTopicOffsets(events)
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

  it('let the flow virtualization read what asks for machines, look at its topics, put aside, and nothing else', async () => {
    const [user, group, asks] = ['kbnt-flow-virtualization', 'kbnt-virtualization', 'virtualization-requests'] as const
    const other = clientOf(kafka.plain).producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
    await other.connect()
    await other.send({ topic: asks, messages: [{ value: 'please' }] })
    await other.disconnect()
    assert.equal(await firstRead(user, group, asks), 'please')
    assert.match(await sent(operator, asks), /may not write to the topic/)
    assert.match(await sent(user, asks), /may not write to the topic/)
    for (const topic of ['virtualization-retry', 'virtualization-dead-letter', 'virtualization-events'])
      assert.equal(await sent(user, topic), 'acknowledged')
    const looking = clientOf(as(user)).admin()
    await looking.connect()
    const warnings: string[] = []
    const ofFlow = { group, topics: [asks], retryTopic: 'virtualization-retry', deadLetterTopic: dead, delaysMs: [] }
    await mustSuit(looking, ofFlow, (message) => warnings.push(message)).finally(() => looking.disconnect())
    assert.deepEqual(warnings, [], 'what the chart makes suits, and may be looked at')
    await assert.rejects(firstRead(user, group, events), refused)
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
