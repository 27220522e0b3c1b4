import { randomUUID } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Partitioners, type Producer } from 'kafkajs'
import { eventFrom } from '../../../operator/domain/event/event.ts'
import type { Level } from '../../../operator/domain/stock/level.ts'
import { kafkaClient } from '../../../operator/infrastructure/kafka/connection.ts'
import { createTopics } from '../../../operator/infrastructure/kafka/topics.ts'
import { type Alertmanager, newAlertmanager } from '../../fixtures/alertmanager.ts'
import { anEntry } from '../../fixtures/builders.ts'
import { type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'
import { quiet } from '../kafka/own-kafka.ts'

/** A topic of levels on a real Kafka, with workers that tell real Alertmanagers. */
export interface AlertsSite {
  readonly topic: string
  readonly deadLetterTopic: string
  readonly alertmanagers: readonly Alertmanager[]
  /** Another worker of the same group, not started yet. */
  worker(): OperatorProcess
  /** What the operator sends when a stock comes to a level, or is deleted. */
  tell(stock: string, sequence: number, level: Level | 'deleted'): Promise<void>
  sendRaw(value: string): Promise<void>
  /** Waits until the Alertmanagers show just these, as `stock level`. */
  untilShown(wanted: readonly string[], where?: readonly Alertmanager[]): Promise<void>
  end(): Promise<void>
}

const REPEAT_MS = 1_000

export async function alertsSite(program: string, howMany = 1): Promise<AlertsSite> {
  const id = randomUUID().slice(0, 8)
  const brokers = await testbed().kafka()
  const connection = { brokers: [brokers], clientId: 'test' }
  const [topic, deadLetterTopic] = [`levels-${id}`, `levels-${id}-dead`] as const
  const names = [topic, deadLetterTopic]
  await createTopics(
    connection,
    names.map((name) => ({ name, partitions: 3 })),
    quiet,
  )
  const directory = mkdtempSync(join(tmpdir(), 'kbnt-alerts-'))
  const alertmanagers: Alertmanager[] = []
  for (let index = 0; index < howMany; index += 1)
    alertmanagers.push(await newAlertmanager(program, join(directory, `alertmanager-${index}`)))
  await Promise.all(alertmanagers.map((one) => one.start()))
  const retry = { retries: 12, initialRetryTime: 300, maxRetryTime: 2_000 }
  const client = kafkaClient(connection, { requestTimeoutMs: 10_000, retry }, quiet).kafka
  const producer: Producer = client.producer({
    ...{ idempotent: true, maxInFlightRequests: 1 }, // else its own repetitions look like ours
    ...{ createPartitioner: Partitioners.DefaultPartitioner, retry },
  })
  await producer.connect()
  const workers: OperatorProcess[] = []
  return {
    topic,
    deadLetterTopic,
    alertmanagers,
    worker() {
      const made = operatorProcess({
        ...{ kubeconfigPath: testbed().kubeconfigPath, namespaces: ['nobodys'], until: 'started' },
        runs: 'worker',
        kafkaBrokers: brokers,
        settings: {
          worker: {
            flows: ['alerts'],
            alerts: {
              ...{ topics: [topic], group: `alerts-${id}`, deadLetterTopic },
              ...{ alertmanagers: alertmanagers.map(({ url }) => ({ url })), repeatEvery: `${REPEAT_MS}ms` },
            },
          },
        },
      })
      workers.push(made)
      return made
    },
    async tell(stock, sequence, level) {
      const note = level === 'deleted' ? 'deleted' : 'level_changed'
      const entry = anEntry({ verb: 'Note', note, sequence, level: level === 'deleted' ? 'Low' : level })
      const { key, value, headers } = eventFrom(
        { ...entry, at: new Date().toISOString() },
        {
          ...{ cluster: 'east', term: 1, texts: null },
          stock: { namespace: 'shop', name: stock, uid: `uid-${id}-${stock}`, product: 'p' },
        },
      )
      await producer.send({ topic, messages: [{ key, value, headers: { ...headers } }] })
    },
    sendRaw: async (value) => void (await producer.send({ topic, messages: [{ key: 'shop/x', value }] })),
    async untilShown(wanted, where = alertmanagers) {
      for (const one of where) {
        let shown: string[] = []
        const look = async () => {
          shown = (await one.active()).map(({ labels }) => `${labels['stock']} ${labels['level']}`).toSorted()
          return JSON.stringify(shown) === JSON.stringify(wanted.toSorted()) ? true : undefined
        }
        await until(`sight of ${wanted.join(', ')}`, 60_000, look).catch((error: Error) => {
          throw new Error(`${error.message}; shown: ${shown.join(', ')}`)
        })
      }
    },
    async end() {
      for (const one of workers) one.signal('SIGCONT')
      await Promise.all(workers.map((one) => one.dispose()))
      await Promise.all(alertmanagers.map((one) => one.stop()))
      await producer.disconnect()
    },
  }
}
