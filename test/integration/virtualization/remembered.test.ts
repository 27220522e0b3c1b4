import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { Partitioners, type Producer } from 'kafkajs'
import type pg from 'pg'
import { kafkaClient } from '../../../operator/infrastructure/kafka/connection.ts'
import { readTopics } from '../../../operator/infrastructure/kafka/topic-reader.ts'
import { createTopics } from '../../../operator/infrastructure/kafka/topics.ts'
import { writerPool } from '../../../operator/infrastructure/postgres/writer-pool.ts'
import { type TcpProxy, tcpProxy } from '../../fakes/tcp-proxy.ts'
import { createPool } from '../../fixtures/machines.ts'
import { type ObservedNamespaces, observedNamespaces } from '../../fixtures/observed-namespaces.ts'
import { calmLease, type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { small } from '../../fixtures/requests.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'
import { quiet } from '../kafka/own-kafka.ts'

const namespace = 'virtualization-remembered'
const LONG_MS = 90_000

describe('messages of requests that are gone, on a real Kafka, API server and PostgreSQL', function () {
  this.timeout(180_000)
  const id = randomUUID().slice(0, 8)
  const [asks, again, dead] = [`remember-${id}`, `remember-again-${id}`, `remember-dead-${id}`] as const
  let brokers: string
  let shop: ObservedNamespaces
  let operator: OperatorProcess
  let worker: OperatorProcess
  let producer: Producer
  let pool: pg.Pool
  /** Between the worker and the database. */
  let wire: TcpProxy

  before(async () => {
    const { kubeconfigPath, kafka, ownPostgres } = testbed()
    brokers = await kafka()
    const connection = { brokers: [brokers], clientId: 'test' }
    const topics = [asks, again, dead].map((name) => ({ name, partitions: 1, appendTime: true as const }))
    await createTopics(connection, topics, quiet)
    const retry = { retries: 12, initialRetryTime: 300, maxRetryTime: 2_000 }
    producer = kafkaClient(connection, { requestTimeoutMs: 10_000, retry }, quiet).kafka.producer({
      ...{ idempotent: true, maxInFlightRequests: 1, createPartitioner: Partitioners.DefaultPartitioner, retry },
    })
    await producer.connect()
    shop = await observedNamespaces(kubeconfigPath, [namespace])
    await createPool(shop, namespace, 'east', { cpu: 1_000, memory: 1_000, disk: 1_000 })
    const { url } = await ownPostgres()
    pool = writerPool({ connection: { url }, lanes: 1 })
    wire = await tcpProxy(Number(new URL(url).port))
    const wired = new URL(url)
    wired.port = String(wire.port)
    const remembering = (databaseUrl: string) => ({
      databases: { flows: { serves: 'flows', url: databaseUrl, allowUnencrypted: true } },
      requests: { rememberIn: 'flows' },
    })
    operator = operatorProcess({
      ...{ kubeconfigPath, namespaces: [namespace] },
      settings: { leaderElection: calmLease, machines: { simulated: { bootDelay: '50ms' } }, ...remembering(url) },
    })
    const any = { types: '*', pools: '*', providers: '*', users: '*', maxPriority: 100 }
    worker = operatorProcess({
      ...{ kubeconfigPath, namespaces: [namespace], until: 'started', kafkaBrokers: brokers },
      runs: 'worker',
      settings: {
        ...remembering(wired.href),
        worker: {
          flows: ['virtualization'],
          virtualization: {
            ...{ topics: [asks], group: asks, retryTopic: again, deadLetterTopic: dead, eventsTopic: '' },
            ...{ delays: ['500ms'], sources: [{ topic: asks, namespaces: [namespace], ...any }] },
          },
        },
      },
    })
  })
  after(async () => {
    await worker?.dispose()
    await operator?.dispose()
    await producer?.disconnect()
    await shop?.close()
    await pool?.end()
    await wire?.close()
  })

  const send = async (messageId: string, payload: object = {}) => {
    const message = {
      ...{ messageId, messageType: 'CREATE_VIRTUAL_MACHINE', timestamp: new Date().toISOString() },
      payload: { userId: 'ana', namespace, specification: small, ...payload },
    }
    await producer.send({ topic: asks, messages: [{ key: messageId, value: JSON.stringify(message) }] })
  }
  const requestOf = (messageId: string) => [...shop.requests.all()].find(({ spec }) => spec.messageId === messageId)
  const completed = (messageId: string) =>
    until(`${messageId}, completed`, LONG_MS, async () => {
      const request = requestOf(messageId)
      return request?.status?.phase === 'Completed' ? request : undefined
    })
  const metric = async (name: string) => {
    const [, value] = new RegExp(`^${name}\\{[^}]*\\} (\\d+)`, 'm').exec(await worker.metrics()) ?? []
    return Number(value ?? 0)
  }
  const untilMetric = (name: string, wanted: number) =>
    until(`${name} of ${wanted}`, LONG_MS, async () => (await metric(name)) >= wanted || undefined)

  it('are known once the tables are there, and until then the worker is not ready and makes nothing', async () => {
    await worker.start()
    await send('one')
    const untold = until(
      'why it waits',
      LONG_MS,
      async () => /cause="MemoryAway"/.test(await worker.metrics()) || undefined,
    )
    await untold
    const { status, text } = await worker.health('/readyz?verbose')
    assert.equal(status, 500)
    assert.match(
      text,
      /which messages were done can't be told: .*no tables yet; the operator that leads, with requests.rememberIn/,
    )
    assert.equal(requestOf('one'), undefined)
    await worker.untilLogged(({ message }) => message === 'a message that comes again does nothing, at any rate')
    await operator.start()
    await until(
      'rows of none',
      LONG_MS,
      async () =>
        (await pool.query(`SELECT to_regclass('kbnt_requests.processed_message') AS there`)).rows[0]?.there ??
        undefined,
    )
    await completed('one')
    await until('its readiness', LONG_MS, async () => (await worker.health('/readyz')).status === 200 || undefined)
  })

  it('say what became of them and where they came from', async () => {
    const row = await until('its row', LONG_MS, async () => {
      const { rows } = await pool.query(`SELECT * FROM kbnt_requests.processed_message WHERE message_id = 'one'`)
      return rows[0]
    })
    const { name, uid } = requestOf('one')?.metadata ?? {}
    assert.deepEqual(
      [row.request, row.namespace, row.request_uid, row.outcome, row.topic, row.partition, Number(row.offset)],
      [name, namespace, uid, 'Completed', asks, 0, 0],
    )
  })

  it('do nothing when they come again, and are dead letters when they ask for something else', async () => {
    const { metadata } = await completed('one')
    await shop.clients.requests.delete(namespace, metadata.name ?? '', {})
    await until('its end', LONG_MS, async () => requestOf('one') === undefined || undefined)
    await send('one')
    await untilMetric('kbnt_messages_known_total', 1)
    await send('one', { userId: 'bob' })
    const letters = await until('a dead letter', LONG_MS, async () => {
      const found = await readTopics({
        connection: { brokers: [brokers], clientId: 'test' },
        topics: [dead],
        logger: quiet,
      })
      return found.length > 0 ? found : undefined
    })
    assert.deepEqual(
      letters.map(({ headers }) => headers['kbnt_error']),
      ['IdReused'],
    )
    assert.equal(requestOf('one'), undefined)
  })

  it('wait while the database is silent, and nothing is made meanwhile', async () => {
    const waits = await metric('kbnt_consumer_waits_total')
    wire.freeze()
    await send('two')
    await untilMetric('kbnt_consumer_waits_total', waits + 1)
    await worker.untilLogged(
      ({ message, cause }) => message === "can't handle a message; tried again" && cause === 'MemoryAway',
    )
    assert.equal(requestOf('two'), undefined)
    wire.thaw()
    wire.cut()
    await completed('two')
    await send('one')
    await untilMetric('kbnt_messages_known_total', 2)
  })

  it('of a worker that was killed are known by the next one', async () => {
    await worker.kill()
    await worker.start()
    await send('one')
    await send('three')
    await completed('three')
    await untilMetric('kbnt_messages_known_total', 1)
    assert.equal(requestOf('one'), undefined)
  })
})
