import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { type Admin, Partitioners, type Producer } from 'kafkajs'
import { settledReport } from '../../../hack/audit/settled-report.ts'
import { kafkaClient } from '../../../operator/infrastructure/kafka/connection.ts'
import { groupOffsets } from '../../../operator/infrastructure/kafka/consumer/group-offsets.ts'
import { readTopics } from '../../../operator/infrastructure/kafka/topic-reader.ts'
import { createTopics } from '../../../operator/infrastructure/kafka/topics.ts'
import { createPool } from '../../fixtures/machines.ts'
import { note } from '../../fixtures/note.ts'
import { type ObservedNamespaces, observedNamespaces } from '../../fixtures/observed-namespaces.ts'
import { calmLease, type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { small } from '../../fixtures/requests.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'
import { randomFrom } from '../../simulation/world/random.ts'
import { quiet } from '../kafka/own-kafka.ts'

const namespace = 'faults-requests'
const KILLS = 10
const IN_A_ROUND = 30
/** Every so often a sender does not hear that its message has arrived, and sends it again. */
const TWICE_EVERY = 6
const PARTITIONS = 4

describe('workers that are killed again and again while they make requests of messages', () => {
  const random = randomFrom(Number(process.env['KBNT_SEED'] ?? Date.now()))
  const id = randomUUID().slice(0, 8)
  const [topic, retryTopic, deadLetterTopic, group] = [
    `asks-${id}`,
    `again-${id}`,
    `dead-${id}`,
    `takers-${id}`,
  ] as const
  const members: OperatorProcess[] = []
  const asked: string[] = []
  let site: ObservedNamespaces
  let operator: OperatorProcess
  let producer: Producer
  let admin: Admin
  let brokers: string

  before(async function () {
    this.timeout(120_000)
    const { kubeconfigPath, kafka } = testbed()
    brokers = await kafka()
    const connection = { brokers: [brokers], clientId: 'test' }
    const topics = [topic, retryTopic, deadLetterTopic].map((name) => ({
      ...{ name, partitions: PARTITIONS, appendTime: true as const },
    }))
    await createTopics(connection, topics, quiet)
    const retry = { retries: 12, initialRetryTime: 300, maxRetryTime: 2_000 }
    const client = kafkaClient(connection, { requestTimeoutMs: 10_000, retry }, quiet).kafka
    producer = client.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      createPartitioner: Partitioners.DefaultPartitioner,
      retry,
    })
    admin = client.admin()
    await Promise.all([producer.connect(), admin.connect()])
    site = await observedNamespaces(kubeconfigPath, [namespace])
    await createPool(site, namespace, 'east', { cpu: 1_000, memory: 1_000, disk: 1_000 })
    operator = operatorProcess({
      ...{ kubeconfigPath, namespaces: [namespace] },
      settings: { leaderElection: calmLease, machines: { simulated: { bootDelay: '50ms' } } },
    })
    members.push(member(), member())
    await Promise.all([operator, ...members].map((one) => one.start()))
  })
  after(async () => {
    await Promise.all(members.map((one) => one.dispose()))
    await operator?.dispose()
    await Promise.all([producer?.disconnect(), admin?.disconnect()])
    await site?.close()
  })

  function member(): OperatorProcess {
    const source = { topic, namespaces: [namespace], types: '*', pools: ['east'], providers: '*', users: '*' }
    return operatorProcess({
      ...{ kubeconfigPath: testbed().kubeconfigPath, namespaces: [namespace], until: 'started' },
      runs: 'worker',
      kafkaBrokers: brokers,
      settings: {
        worker: {
          flows: ['virtualization'],
          virtualization: {
            ...{ topics: [topic], group, retryTopic, deadLetterTopic, eventsTopic: '', sources: [source] },
          },
        },
      },
    })
  }

  async function sendRound(round: number): Promise<void> {
    for (let index = 0; index < IN_A_ROUND; index += 1) {
      const messageId = `${id}-${round}-${index}`
      asked.push(messageId)
      const payload = { userId: 'ana', namespace, specification: small }
      const value = JSON.stringify({ messageId, messageType: 'CREATE_VIRTUAL_MACHINE', payload })
      const message = { key: messageId, value }
      await producer.send({ topic, messages: index % TWICE_EVERY === 0 ? [message, message] : [message] })
      await pause(30)
    }
  }
  const made = () => site.requests.all().length

  it('make each request once, lose none, and leave nothing behind', async function () {
    this.timeout(300_000)
    const beforeKills: number[] = []
    for (let kill = 0; kill < KILLS; kill += 1) {
      const begun = made()
      const sent = sendRound(kill)
      await until('something of this round', 60_000, async () => made() > begun || undefined)
      await pause(random.next() * 700)
      const victim = members[Math.floor(random.next() * members.length)] as OperatorProcess
      await victim.kill()
      beforeKills.push(made())
      await Promise.all([victim.start(), sent])
    }
    await until('all requests', 120_000, async () => made() >= asked.length || undefined)
    await until('their ends', 120_000, async () => unfinished().length === 0 || undefined)
    note(`${asked.length} requests, made at each of ${KILLS} kills: ${beforeKills.join(' ')}`)

    assert.deepEqual(
      site.requests
        .all()
        .map(({ spec }) => spec.messageId)
        .toSorted(),
      asked.toSorted(),
      'each message is one request, and each request was asked for',
    )
    const owners = site.machines.all().map(({ metadata }) => metadata.uid)
    assert.equal(new Set(owners).size, asked.length)
    const results = site.requests.all().map(({ status }) => status?.resource?.id)
    assert.equal(new Set(results).size, asked.length, 'each has a machine of its own')
    const letters = await readTopics({
      ...{ connection: { brokers: [brokers], clientId: 'test' }, topics: [deadLetterTopic, retryTopic], logger: quiet },
    })
    assert.deepEqual(
      letters.map(({ value }) => String(value)),
      [],
    )
  })

  const unfinished = () => site.requests.all().filter(({ status }) => status?.phase !== 'Completed')

  it('have told the brokers of all that is done', async function () {
    this.timeout(60_000)
    const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({ topic, partition }))
    const open = async () => {
      const offsets = await groupOffsets(admin, group, partitions)
      return offsets.reduce((sum, { committed, high }) => sum + Number(high - (committed < 0n ? 0n : committed)), 0)
    }
    await until('the last commit', 30_000, async () => (await open()) === 0 || undefined)
  })

  it('leave books that close', async function () {
    this.timeout(160_000)
    const sources = { kubeconfig: testbed().kubeconfigPath, namespace, kafkaBrokers: [], auditTopic: '' }
    const { lines, findings, unfinished: open } = await settledReport(sources, 150_000)
    assert.deepEqual([findings, open], [[], 0], lines.join('\n'))
  })
})
