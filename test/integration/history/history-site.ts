import { randomUUID } from 'node:crypto'
import { Partitioners } from 'kafkajs'
import pg from 'pg'
import { eventFrom, type StockEvent } from '../../../operator/domain/event/event.ts'
import { recordEntry } from '../../../operator/domain/event/record-entry.ts'
import { recordEventFrom } from '../../../operator/domain/event/record-event.ts'
import type { Entry } from '../../../operator/domain/stock/entry.ts'
import { type KafkaConnection, kafkaClient } from '../../../operator/infrastructure/kafka/connection.ts'
import { createTopics } from '../../../operator/infrastructure/kafka/topics.ts'
import { type TcpProxy, tcpProxy } from '../../fakes/tcp-proxy.ts'
import { anEntry } from '../../fixtures/builders.ts'
import { type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'
import { quiet } from '../kafka/own-kafka.ts'

/** An audit topic on a real Kafka, with workers that keep histories in a database of a real PostgreSQL. */
export interface HistorySite {
  readonly connection: KafkaConnection
  readonly topic: string
  readonly deadLetterTopic: string
  /** Of the database, not by way of `wire`. */
  readonly url: string
  /** Between the workers and the database. */
  readonly wire: TcpProxy
  /** Another worker of the same group, not started yet. `settings`: more of them. */
  worker(): OperatorProcess
  /** What the operator sends of these decisions, to the partition of their stock. */
  send(events: readonly StockEvent[]): Promise<void>
  sendRaw(value: string, headers?: Record<string, string>): Promise<void>
  sql<T extends pg.QueryResultRow>(text: string): Promise<T[]>
  /** Waits until so many rows are kept, and answers of each stock how many, and its last sequence. */
  untilKept(rows: number): Promise<void>
  end(): Promise<void>
}

/** The stock of this number. */
function siteStock(number: number) {
  const uid = `5f0c3f5e-2a5d-4a52-9f0e-${String(number).padStart(12, '0')}`
  return { namespace: 'shop', name: `stock-${number}`, uid, product: `product-${number % 3}` }
}

const entryOf = (sequence: number): Entry => ({
  ...anEntry({ sequence, quantity: 1, reserved: sequence, available: 1_000_000 - sequence, stockQuantity: 1_000_000 }),
  at: new Date(Date.UTC(2026, 10, 22, 10) + sequence * 1_000).toISOString(),
})

/** One unit of a stock is held by each, from the first to the last sequence. */
export function heldBy(stock: number, first: number, last: number): StockEvent[] {
  const context = { cluster: 'east', term: 1, texts: null, stock: siteStock(stock) }
  return Array.from({ length: last - first + 1 }, (_, index) => eventFrom(entryOf(first + index), context))
}

/** The same as one record. */
export function recordBy(stock: number, first: number, last: number): StockEvent {
  const entries = Array.from({ length: last - first + 1 }, (_, index) => recordEntry(entryOf(first + index), undefined))
  const at = Date.parse(entryOf(last).at)
  const record = { first, last, at, entries: JSON.stringify(entries), tellsStock: false }
  return recordEventFrom(record, { cluster: 'east', term: 1, stock: siteStock(stock) })
}

export async function historySite(serverUrl: string): Promise<HistorySite> {
  const id = randomUUID().slice(0, 8)
  const connection = { brokers: [await testbed().kafka()], clientId: 'test' }
  const [topic, deadLetterTopic] = [`audit-${id}`, `audit-${id}-dead`] as const
  await createTopics(
    connection,
    [topic, deadLetterTopic].map((name) => ({ name, partitions: 2 })),
    quiet,
  )
  const retry = { retries: 12, initialRetryTime: 300, maxRetryTime: 2_000 }
  const producer = kafkaClient(connection, { requestTimeoutMs: 10_000, retry }, quiet).kafka.producer({
    ...{ idempotent: true, maxInFlightRequests: 1 }, // else its own repetitions look like ours
    ...{ createPartitioner: Partitioners.DefaultPartitioner, retry },
  })
  await producer.connect()
  const wire = await tcpProxy(Number(new URL(serverUrl).port))
  const [url, wired] = [new URL(serverUrl), new URL(serverUrl)]
  const admin = new pg.Client({ connectionString: serverUrl })
  await admin.connect()
  await admin.query(`CREATE DATABASE history_${id}`)
  await admin.end()
  url.pathname = `/history_${id}`
  wired.pathname = url.pathname
  wired.port = String(wire.port)
  const database = new pg.Pool({ connectionString: url.href, max: 2 })
  database.on('error', () => undefined)
  const workers: OperatorProcess[] = []
  const sql = async <T extends pg.QueryResultRow>(text: string) => (await database.query<T>(text)).rows
  return {
    ...{ connection, topic, deadLetterTopic, url: url.href, wire, sql },
    worker() {
      const made = operatorProcess({
        ...{ kubeconfigPath: testbed().kubeconfigPath, namespaces: ['nobodys'], until: 'started' },
        runs: 'worker',
        kafkaBrokers: connection.brokers[0] as string,
        settings: {
          databases: { flows: { url: wired.href, serves: 'flows', allowUnencrypted: true } },
          worker: { flows: ['history'], history: { topics: [topic], group: `history-${id}`, deadLetterTopic } },
        },
      })
      workers.push(made)
      return made
    },
    async send(events) {
      const messages = events.map(({ key, value, headers }) => ({ key, value, headers: { ...headers } }))
      for (let at = 0; at < messages.length; at += 1_000)
        await producer.send({ topic, messages: messages.slice(at, at + 1_000) })
    },
    sendRaw: async (value, headers = {}) =>
      void (await producer.send({ topic, messages: [{ key: 'shop/x', value, headers }] })),
    sql,
    async untilKept(rows) {
      let kept = -1
      const look = async () => {
        kept = (await sql<{ count: number }>('SELECT count(*)::int FROM kbnt_history.event'))[0]?.count ?? -1
        return kept >= rows ? true : undefined
      }
      await until(`${rows} rows`, 90_000, () => look().catch(() => undefined)).catch((error: Error) => {
        throw new Error(`${error.message}; kept: ${kept}`)
      })
    },
    async end() {
      for (const one of workers) one.signal('SIGCONT')
      await Promise.all(workers.map((one) => one.dispose()))
      await Promise.all([producer.disconnect(), wire.close(), database.end()])
    },
  }
}
