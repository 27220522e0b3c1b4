import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { Partitioners, type Producer } from 'kafkajs'
import type pg from 'pg'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { kafkaClient } from '../../../operator/infrastructure/kafka/connection.ts'
import { readTopics, type TopicRecord } from '../../../operator/infrastructure/kafka/topic-reader.ts'
import { createTopics } from '../../../operator/infrastructure/kafka/topics.ts'
import { writerPool } from '../../../operator/infrastructure/postgres/writer-pool.ts'
import type { SentMessage } from '../../fixtures/integration-events.ts'
import { type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { type OtherSide, otherSide } from '../../fixtures/other-side.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'
import { quiet } from '../kafka/own-kafka.ts'

export interface LogRow {
  readonly event_id: string
  readonly status: string
  readonly stock_uid: string
  readonly sequence: number
  readonly attempts: number
  readonly external_id: string | null
  readonly error: string | null
}

/** Topics of stocks on a real Kafka, rows in a real PostgreSQL, and workers that tell somebody else's API of the test. */
export interface IntegrationSite {
  readonly side: OtherSide
  readonly databaseUrl: string
  readonly topic: string
  /** Another worker of the same group, not started yet. */
  worker(): OperatorProcess
  send(messages: readonly SentMessage[]): Promise<void>
  rows(): Promise<LogRow[]>
  /** Waits until each of so many events has a row that says so. */
  untilRows(count: number, status?: string, withinMs?: number): Promise<LogRow[]>
  deadLetters(): Promise<TopicRecord[]>
  end(): Promise<void>
}

export interface SiteOptions {
  readonly partitions?: number
  readonly target?: object
  readonly delays?: readonly string[]
}

export async function integrationSite({
  partitions = 3,
  target = {},
  delays = ['200ms', '500ms'],
}: SiteOptions = {}): Promise<IntegrationSite> {
  const id = randomUUID().slice(0, 8)
  const brokers = await testbed().kafka()
  const { url: databaseUrl } = await testbed().ownPostgres()
  const connection = { brokers: [brokers], clientId: 'test' }
  const topic = `stocks-${id}`
  const [retryTopic, deadLetterTopic] = [`${topic}-retry`, `${topic}-dead`]
  await createTopics(
    connection,
    [topic, retryTopic, deadLetterTopic].map((name) => ({ name, partitions })),
    quiet,
  )
  const side = await otherSide()
  const pool: pg.Pool = writerPool({ connection: { url: databaseUrl }, lanes: 1 })
  const retry = { retries: 12, initialRetryTime: 300, maxRetryTime: 2_000 }
  const client = kafkaClient(connection, { requestTimeoutMs: 10_000, retry }, quiet).kafka
  const producer: Producer = client.producer({
    ...{ idempotent: true, maxInFlightRequests: 1 }, // else its own repetitions look like ours
    ...{ createPartitioner: Partitioners.DefaultPartitioner, retry },
  })
  await producer.connect()
  const workers: OperatorProcess[] = []

  const site: IntegrationSite = {
    ...{ side, databaseUrl, topic },
    worker() {
      const made = operatorProcess({
        ...{ kubeconfigPath: testbed().kubeconfigPath, namespaces: ['nobodys'], until: 'started' },
        program: [join(projectDirectory, 'operator/main.ts'), 'worker'],
        kafkaBrokers: brokers,
        settings: {
          databases: { flows: { serves: 'flows', url: databaseUrl } },
          worker: {
            flows: ['integration'],
            integration: {
              ...{ topics: [topic], group: `acl-${id}`, retryTopic, deadLetterTopic, delays },
              target: { url: side.url, timeout: '1s', breaker: { failures: 8, openFor: '1s' }, ...target },
            },
          },
        },
      })
      workers.push(made)
      return made
    },
    async send(messages) {
      await producer.send({
        topic,
        messages: messages.map(({ key, value, headers }) => ({ key, value, headers: { ...headers } })),
      })
    },
    async rows() {
      const text = 'SELECT * FROM kbnt_integration.consumption_log ORDER BY stock_uid, sequence'
      return (await pool.query<LogRow>(text)).rows
    },
    async untilRows(count, status = 'PROCESSED', withinMs = 60_000) {
      let found: LogRow[] = []
      const look = async () => {
        found = (await site.rows().catch(() => [])).filter((row) => row.status === status)
        return found.length >= count ? found : undefined
      }
      return until(`${count} rows that are ${status}`, withinMs, look, 200).catch((error: Error) => {
        throw new Error(`${error.message}: ${found.length} are`)
      })
    },
    deadLetters: () => readTopics({ connection, topics: [deadLetterTopic], logger: quiet }),
    async end() {
      for (const one of workers) one.signal('SIGCONT')
      await Promise.all(workers.map((one) => one.dispose()))
      await Promise.all([producer.disconnect(), pool.end(), side.close()])
    },
  }
  return site
}
