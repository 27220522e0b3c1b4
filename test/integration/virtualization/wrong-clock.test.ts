import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Partitioners, type Producer } from 'kafkajs'
import { kafkaClient } from '../../../operator/infrastructure/kafka/connection.ts'
import { readTopics } from '../../../operator/infrastructure/kafka/topic-reader.ts'
import { createTopics } from '../../../operator/infrastructure/kafka/topics.ts'
import { type ObservedNamespaces, observedNamespaces } from '../../fixtures/observed-namespaces.ts'
import { type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { small } from '../../fixtures/requests.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'
import { quiet } from '../kafka/own-kafka.ts'

const [namespace, full] = ['wrong-clock', 'wrong-clock-full'] as const
const LONG_MS = 60_000
const HOUR = 3_600_000
const preload = pathToFileURL(join(import.meta.dirname, '../../fixtures/settable-clock.ts')).href

describe('a worker of the flow virtualization whose clock is an hour off', function () {
  this.timeout(180_000)
  const id = randomUUID().slice(0, 8)
  const [asks, again, dead] = ['asks', 'again', 'dead'].map((name) => `clock-${name}-${id}`) as [string, string, string]
  const workers: OperatorProcess[] = []
  let connection: { readonly brokers: string[]; readonly clientId: string }
  let shop: ObservedNamespaces
  let producer: Producer

  before(async () => {
    const { kubeconfigPath, kafka, kubectl } = testbed()
    connection = { brokers: [await kafka()], clientId: 'test' }
    await createTopics(
      connection,
      [asks, again, dead].map((name) => ({ name, partitions: 1, appendTime: true as const })),
      quiet,
    )
    const retry = { retries: 12, initialRetryTime: 300, maxRetryTime: 2_000 }
    const { kafka: client } = kafkaClient(connection, { requestTimeoutMs: 10_000, retry }, quiet)
    producer = client.producer({ createPartitioner: Partitioners.DefaultPartitioner, retry })
    await producer.connect()
    shop = await observedNamespaces(kubeconfigPath, [namespace, full])
    const hard = { 'count/vrequests.kbnt.io': '0' }
    const quota = {
      ...{ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'none', namespace: full } },
      spec: { hard },
    }
    assert.equal((await kubectl(['apply', '-f', '-'], quota)).code, 0)
    // nobody here does what the controller of quotas does
    const status = JSON.stringify({ status: { hard, used: hard } })
    const patch = ['--subresource=status', '--type=merge', '-p', status]
    assert.equal((await kubectl(['-n', full, 'patch', 'resourcequota', 'none', ...patch])).code, 0)
  })
  after(async () => {
    for (const one of workers) await one.dispose()
    await producer?.disconnect()
    await shop?.close()
  })

  function worker(aheadMs: number): OperatorProcess {
    const rule = { namespaces: [namespace, full], types: '*', pools: '*', providers: '*', users: '*' }
    const made = operatorProcess({
      ...{ kubeconfigPath: testbed().kubeconfigPath, namespaces: [namespace, full], until: 'started' },
      runs: 'worker',
      kafkaBrokers: connection.brokers.join(),
      settings: {
        requests: { keepFinished: '30m' },
        worker: {
          flows: ['virtualization'],
          virtualization: {
            ...{ topics: [asks], group: asks, retryTopic: again, deadLetterTopic: dead, eventsTopic: '' },
            ...{ delays: ['1s'], sources: [{ topic: asks, ...rule }] },
          },
        },
      },
      environment: {
        NODE_OPTIONS: `--import=${preload}`,
        KBNTTEST_AHEAD_MS: String(aheadMs),
        KBNTTEST_AHEAD_FROM_START: 'true',
      },
    })
    workers.push(made)
    return made
  }
  const send = (messageId: string, where: string) => {
    const payload = { userId: 'ana', namespace: where, specification: small }
    const value = JSON.stringify({ messageId, messageType: 'CREATE_VIRTUAL_MACHINE', payload })
    return producer.send({ topic: asks, messages: [{ key: messageId, value }] })
  }
  const letters = () => readTopics({ connection, topics: [dead], logger: quiet })

  for (const [which, aheadMs] of [
    ['ahead', HOUR],
    ['behind', -HOUR],
  ] as const)
    it(`takes what was sent just now and dates its retries as all others do, when it is ${which}`, async () => {
      const wrong = worker(aheadMs)
      await wrong.start()
      await send(which, namespace)
      await send(`${which}-full`, full)
      const isMade = () => [...shop.requests.all()].some(({ spec }) => spec.messageId === which)
      await until('the request', LONG_MS, async () => isMade() || undefined)
      const letter = await until('the letter', LONG_MS, async () =>
        (await letters()).find(({ key }) => String(key) === `${which}-full`),
      )
      assert.equal(letter.headers['kbnt_error'], 'QuotaExceeded')
      const offMs = Date.parse(letter.headers['kbnt_due'] ?? '') - Date.now()
      assert.ok(Math.abs(offMs) < HOUR / 2, `its retry was due ${offMs} ms from now`)
      await wrong.untilLogged(({ message }) => message.includes('mend NTP'))
      await wrong.dispose()
      assert.deepEqual(
        (await letters()).filter(({ headers }) => headers['kbnt_error'] === 'TooOld'),
        [],
      )
    })
})
