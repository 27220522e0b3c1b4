import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { type ConfigResourceTypes, Partitioners, type Producer } from 'kafkajs'
import { kafkaClient } from '../../../operator/infrastructure/kafka/connection.ts'
import { readTopics } from '../../../operator/infrastructure/kafka/topic-reader.ts'
import { createTopics } from '../../../operator/infrastructure/kafka/topics.ts'
import { createPool } from '../../fixtures/machines.ts'
import { type ObservedNamespaces, observedNamespaces } from '../../fixtures/observed-namespaces.ts'
import { calmLease, type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { small } from '../../fixtures/requests.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'
import { quiet } from '../kafka/own-kafka.ts'

const namespace = 'virtualization-flow'
const full = 'virtualization-full'
const LONG_MS = 60_000
const TOPIC: ConfigResourceTypes.TOPIC = 2
/** By the brokers. */
const dated = { appendTime: true } as const

describe('the flow virtualization, on a real Kafka and a real API server', function () {
  this.timeout(180_000)
  const id = randomUUID().slice(0, 8)
  const [asks, poor, again, dead, told] = ['asks', 'poor', 'again', 'dead', 'told'].map(
    (name) => `${name}-${id}`,
  ) as string[]
  let brokers: string
  let shop: ObservedNamespaces
  let operator: OperatorProcess
  let producer: Producer
  const workers: OperatorProcess[] = []

  before(async () => {
    const { kubeconfigPath, kafka } = testbed()
    brokers = await kafka()
    const connection = { brokers: [brokers], clientId: 'test' }
    const topics = [asks, poor, again, dead, told].map((name) => ({ name: name ?? '', partitions: 3, ...dated }))
    await createTopics(connection, topics, quiet)
    const retry = { retries: 12, initialRetryTime: 300, maxRetryTime: 2_000 }
    producer = kafkaClient(connection, { requestTimeoutMs: 10_000, retry }, quiet).kafka.producer({
      ...{ idempotent: true, maxInFlightRequests: 1, createPartitioner: Partitioners.DefaultPartitioner, retry },
    })
    await producer.connect()
    shop = await observedNamespaces(kubeconfigPath, [namespace, full])
    await createPool(shop, namespace, 'east', { cpu: 1_000, memory: 1_000, disk: 1_000 })
    operator = operatorProcess({
      ...{ kubeconfigPath, namespaces: [namespace, full] },
      settings: { leaderElection: calmLease, machines: { simulated: { bootDelay: '50ms' } } },
    })
    await operator.start()
  })
  after(async () => {
    for (const one of workers) await one.dispose()
    await operator?.dispose()
    await producer?.disconnect()
    await shop?.close()
  })

  function worker(particular: object = {}): OperatorProcess {
    const any = { types: '*', pools: '*', providers: '*', users: '*', maxPriority: 100, classes: ['standard'] }
    const made = operatorProcess({
      ...{ kubeconfigPath: testbed().kubeconfigPath, namespaces: [namespace, full, 'nowhere'], until: 'started' },
      runs: 'worker',
      kafkaBrokers: brokers,
      settings: {
        kafka: { createTopics: true },
        worker: {
          flows: ['virtualization'],
          virtualization: {
            ...{ topics: [asks, poor], group: `virtualization-${id}`, retryTopic: again, deadLetterTopic: dead },
            eventsTopic: told,
            delays: ['500ms', '500ms'],
            sources: [
              { topic: asks, namespaces: [namespace, full, 'nowhere'], ...any, fabrics: ['default'] },
              { topic: poor, namespaces: [namespace], ...any, pools: ['west'] },
            ],
            ...particular,
          },
        },
      },
    })
    workers.push(made)
    return made
  }
  const message = (messageId: string, payload: object = {}) => ({
    ...{ messageId, messageType: 'CREATE_VIRTUAL_MACHINE', timestamp: new Date().toISOString() },
    payload: { userId: 'ana', namespace, specification: small, ...payload },
  })
  const send = (values: readonly (object | string)[], topic = asks, headers: Record<string, string> = {}) =>
    producer.send({
      topic: topic ?? '',
      messages: values.map((value) => ({
        key: typeof value === 'string' ? null : (value as { messageId: string }).messageId,
        value: typeof value === 'string' ? value : JSON.stringify(value),
        headers,
      })),
    })
  const requests = () => [...shop.requests.all()]
  const phases = () => Object.fromEntries(requests().map(({ spec, status }) => [spec.messageId, status?.phase ?? '']))
  const records = (topic = dead) =>
    readTopics({ connection: { brokers: [brokers], clientId: 'test' }, topics: [topic ?? ''], logger: quiet })
  async function letters(): Promise<readonly string[]> {
    return (await records()).map(({ headers }) => `${headers['kbnt_error']}`).sort()
  }
  const untilLetters = (wanted: readonly string[]) =>
    until(`letters ${wanted.join()}`, LONG_MS, async () => {
      const found = await letters()
      return found.length >= wanted.length ? assert.deepEqual(found, wanted) === undefined || undefined : undefined
    })

  it('has a machine made for a message, once however often it comes', async () => {
    await worker().start()
    await send([message('one', { virtualResourceId: 'web-1' }), message('one', { virtualResourceId: 'web-1' })])
    await until('a completed request', LONG_MS, async () => phases()['one'] === 'Completed' || undefined)
    await send([message('one', { virtualResourceId: 'web-1' }), message('two')])
    await until('another one', LONG_MS, async () => phases()['two'] === 'Completed' || undefined)
    assert.equal(requests().filter(({ spec }) => spec.messageId === 'one').length, 1)
    assert.deepEqual(await letters(), [])
  })

  it('takes what can never be to the dead letters, and goes on with the others', async () => {
    await send([
      ...['no JSON', message('one', { virtualResourceId: 'web-2' })],
      message('elsewhere', { namespace: 'kube-system' }),
      message('gone', { namespace: 'nowhere' }),
      message('x'.repeat(200)),
      message('three'),
    ])
    await send([message('four')], poor)
    await until('the one that may be', LONG_MS, async () => phases()['three'] === 'Completed' || undefined)
    const wanted = ['IdReused', 'Invalid', 'NamespaceNotFound', 'NotAllowed', 'NotAllowed', 'Unreadable']
    await untilLetters(wanted)
    const events = (await records(told)).map(({ value }) => JSON.parse(String(value)) as Record<string, string>)
    assert.deepEqual(
      events.map(({ eventType, originalMessageId, reason }) => [eventType, originalMessageId, reason]),
      [['VIRTUALIZATION_FAILED', 'four', 'NotAllowed']],
      'nothing is said of a namespace that the topic may not name',
    )
  })

  it('has a storage and a network made and ended, once however often it comes, where its topic may', async () => {
    const type = (kind: string, does = 'CREATE') => ({ messageType: `${does}_VIRTUAL_${kind}` })
    const disk = { size: '1Gi', pool: 'east', provider: 'Simulated' }
    const wires = { cidr: '10.131.0.0/24', vlan: 1_131, provider: 'Simulated' }
    const storage = { ...message('disk', { virtualResourceId: 'data', specification: disk }), ...type('STORAGE') }
    const network = { ...message('wires', { virtualResourceId: 'lan', specification: wires }), ...type('NETWORK') }
    const before = (await letters()).length
    await send([{ ...network, messageId: 'their-wires' }], poor) // which has no fabrics
    await send([storage, network, storage, network])
    const over =
      (...ids: string[]) =>
      async () =>
        ids.every((one) => phases()[one] === 'Completed') || undefined
    await until('both', LONG_MS, over('disk', 'wires'))
    const { status } = (await shop.clients.storages.get(namespace, 'data')).body
    assert.equal(status?.phase, 'Allocated')
    assert.equal((await shop.clients.networks.get(namespace, 'lan')).body.status?.phase, 'Active')
    const end = (messageId: string, kind: string, originalMessageId: string) => ({
      ...{ ...message(messageId, { specification: { originalMessageId } }), ...type(kind, 'DELETE') },
    })
    const ends = [end('no-disk', 'STORAGE', 'disk'), end('no-wires', 'NETWORK', 'wires')]
    await send([...ends, ...ends])
    await until('both ends', LONG_MS, over('no-disk', 'no-wires'))
    await assert.rejects(shop.clients.storages.get(namespace, 'data'), /not found/)
    await assert.rejects(shop.clients.networks.get(namespace, 'lan'), /not found/)
    await until('the one letter', LONG_MS, async () => (await letters()).length > before || undefined)
    const reasons = (await records()).map(({ headers }) => `${headers['kbnt_error_message']}`)
    assert.ok(reasons.includes('this topic may not ask for the fabric "default"'), reasons.join('; '))
    assert.equal(reasons.length, before + 1)
  })

  it('tries again for a namespace that is full, beside all others, and gives up at last', async () => {
    const quota = {
      ...{ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'none', namespace: full } },
      spec: { hard: { 'count/vrequests.kbnt.io': '0' } },
    }
    assert.equal((await testbed().kubectl(['apply', '-f', '-'], quota)).code, 0)
    // nobody here does what the controller of quotas does
    const status = { hard: quota.spec.hard, used: quota.spec.hard }
    const patch = ['--subresource=status', '--type=merge', '-p', JSON.stringify({ status })]
    assert.equal((await testbed().kubectl(['-n', full, 'patch', 'resourcequota', 'none', ...patch])).code, 0)
    await send([message('full', { namespace: full }), message('five')], asks, {
      kbnt_original_timestamp: '2001-01-01T00:00:00.000Z', // whoever writes there may say anything
    })
    await until('the other one', LONG_MS, async () => phases()['five'] === 'Completed' || undefined)
    await until('its letter', LONG_MS, async () => (await letters()).includes('QuotaExceeded') || undefined)
    const letter = (await records()).find(({ headers }) => headers['kbnt_error'] === 'QuotaExceeded')
    assert.ok(Date.parse(letter?.headers['kbnt_original_timestamp'] ?? '') > Date.now() - 120_000)
  })

  it('loses none and makes none twice, while workers are killed', async () => {
    const ids = Array.from({ length: 120 }, (_, index) => `load-${index}`)
    const [first] = workers
    await worker().start()
    for (let from = 0; from < ids.length; from += 10) {
      await send(ids.slice(from, from + 10).map((each) => message(each)))
      if (from === 40) await first?.kill()
      if (from === 60) await worker().start()
      if (from === 80) await workers[1]?.kill()
    }
    await until('all of them', 120_000, async () => ids.every((each) => phases()[each] === 'Completed') || undefined)
    const names = requests().filter(({ spec }) => spec.messageId.startsWith('load-'))
    assert.equal(names.length, ids.length)
    const text = await (workers.at(-1) as OperatorProcess).metrics()
    assert.match(text, /kbnt_flow_ready\{consumer_group="virtualization-[^"]*"\} 1/)
  })

  it('reads no topic whose messages are dated by whoever writes them, and says so', async () => {
    const undated = `undated-${id}`
    await createTopics({ brokers: [brokers], clientId: 'test' }, [{ name: undated, partitions: 1 }], quiet)
    const any = { namespaces: '*', types: '*', pools: '*', users: '*' }
    const wary = worker({ topics: [undated], group: undated, sources: [{ topic: undated, ...any }] })
    await wary.start()
    await wary.untilLogged((line) => JSON.stringify(line).includes(`writes to ${undated} dates`), LONG_MS)
    assert.match(await wary.metrics(), /kbnt_flow_ready\{consumer_group="undated-[^"]*"\} 0/)
    await wary.kill()
  })

  it('has room for the headers of a retry in the topics that it makes, and takes these', async () => {
    const [made, retry, letter] = ['made', 'made-retry', 'made-dead'].map((name) => `${name}-${id}`) as string[]
    const any = { namespaces: '*', types: '*', pools: '*', users: '*' }
    const maker = worker({
      ...{ topics: [made], group: made, retryTopic: retry, deadLetterTopic: letter },
      sources: [{ topic: made, ...any }],
    })
    await maker.start()
    const ready = /kbnt_flow_ready\{consumer_group="made-[^"]*"\} 1/
    await until('its readiness', LONG_MS, async () => ready.test(await maker.metrics()) || undefined)
    assert.match(await maker.metrics(), /kbnt_deduplication_requests_per_second\{consumer_group="made-[^"]*"\} 0\.03/)
    const admin = kafkaClient(
      { brokers: [brokers], clientId: 'test' },
      { requestTimeoutMs: 10_000, retry: {} },
      quiet,
    ).kafka.admin()
    await admin.connect()
    const resources = [retry, letter].map((name) => ({ type: TOPIC, name: name ?? '' }))
    const { resources: told } = await admin.describeConfigs({ includeSynonyms: false, resources })
    await admin.disconnect()
    const bytes = told.map(({ configEntries }) => {
      return Number(configEntries.find(({ configName }) => configName === 'max.message.bytes')?.configValue)
    })
    assert.deepEqual(bytes, [1_048_588 + 65_536, 1_048_588 + 65_536])
    await maker.kill()
  })
})
