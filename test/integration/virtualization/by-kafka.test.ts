import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Kafka } from '../../../hack/testbed/kafka.ts'
import { readTopics } from '../../../operator/infrastructure/kafka/topic-reader.ts'
import { createTopics } from '../../../operator/infrastructure/kafka/topics.ts'
import type { HttpAnswer } from '../../fixtures/gateway-process.ts'
import { type GatewaySite, gatewaySite } from '../../fixtures/gateway-site.ts'
import { type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'
import { quiet } from '../kafka/own-kafka.ts'

const namespace = 'requests-by-kafka'
const LONG_MS = 60_000
const [asks, again, dead, group] = ['virtualization-requests', 'virtualization-retry', 'dead', 'kbnt-virtualization']
const small = { cpu: 1, memory: '1Gi', disk: '1Gi', pool: 'east', provider: 'Simulated' }
const creation = { type: 'CREATE_VIRTUAL_MACHINE', specifications: small }

/** What a gateway with such a clock signs counts all the same. */
const anHourAhead = {
  NODE_OPTIONS: `--import=${pathToFileURL(join(import.meta.dirname, '../../fixtures/settable-clock.ts')).href}`,
  KBNTTEST_AHEAD_MS: '3600000',
  KBNTTEST_AHEAD_FROM_START: 'true',
}

describe('requests that go from the gateway to the worker by Kafka', function () {
  this.timeout(180_000)
  let site: GatewaySite
  let kafka: Kafka
  let directory: string
  let editor: string
  let plain: string
  const workers: OperatorProcess[] = []

  before(async () => {
    kafka = await testbed().ownKafka()
    const topics = [asks, again, dead].map((name) => ({ name: name ?? '', partitions: 1, appendTime: true as const }))
    await until('topics', LONG_MS, () =>
      createTopics({ brokers: [kafka.brokers], clientId: 'test' }, topics, quiet).then(
        () => true,
        () => undefined,
      ),
    )
    directory = await mkdtemp(join(tmpdir(), 'kbnt-requests-'))
    await writeFile(join(directory, 'key'), randomBytes(32).toString('hex'))
    await writeFile(join(directory, 'other'), randomBytes(32).toString('hex'))
    const settings = {
      kafka: { brokers: [kafka.brokers] },
      gateway: {
        port: 0,
        requests: { enabled: true, deadLetterTopic: dead, signingKeyFile: join(directory, 'key') },
      },
      machines: { simulated: { bootDelay: '100ms' } },
    }
    site = await gatewaySite(namespace, settings, testbed(), anHourAhead)
    for (const resource of ['cpu', 'memory', 'disk']) await stock(resource)
    editor = await site.tokenOf('editor', ['get', 'prioritize'])
    plain = await site.tokenOf('plain', ['get'])
    const rights = ['--verb=get,list,create,delete', '--resource=vrequests.kbnt.io,vmachines.kbnt.io']
    await site.kubectl('-n', namespace, 'create', 'role', 'machines', ...rights)
    const subjects = ['editor', 'plain'].map((name) => `--serviceaccount=${namespace}:${name}`)
    await site.kubectl('-n', namespace, 'create', 'rolebinding', 'machines', '--role=machines', ...subjects)
  })
  after(async () => {
    for (const worker of workers) await worker.dispose()
    await site?.dispose()
    await kafka?.kill()
    await rm(directory, { recursive: true, force: true })
  })

  async function stock(resource: string): Promise<void> {
    const labels = { 'kbnt.io/pool': 'east', 'kbnt.io/resource': resource }
    const unit = resource === 'cpu' ? 'vCPU' : 'GiB'
    const { code, stderr } = await testbed().kubectl(['apply', '-f', '-'], {
      ...{ apiVersion: 'kbnt.io/v1beta1', kind: 'VirtualStock', metadata: { namespace, name: resource, labels } },
      spec: { unit, quantity: 100, reclaimPolicy: 'Return' },
    })
    assert.equal(code, 0, stderr)
  }

  /** `users` is nobody: only what is signed is believed. */
  async function work(key: string): Promise<OperatorProcess> {
    const source = { topic: asks, namespaces: [namespace], types: '*', pools: ['east'], providers: '*', maxPriority: 5 }
    const worker = operatorProcess({
      ...{ kubeconfigPath: testbed().kubeconfigPath, namespaces: [namespace], until: 'started' },
      runs: 'worker',
      kafkaBrokers: kafka.brokers,
      settings: {
        worker: {
          flows: ['virtualization'],
          virtualization: {
            ...{ topics: [asks], group, retryTopic: again, deadLetterTopic: dead, delays: ['500ms'] },
            eventsTopic: '',
            sources: [{ ...source, signingKeyFiles: [join(directory, key)] }],
          },
        },
      },
    })
    workers.push(worker)
    await worker.start()
    return worker
  }
  const ask = (body: object = creation, headers: Record<string, string> = {}) =>
    site.gateway.call('POST', '/virtualize', { token: editor, headers, body })
  const look = async (trackingUrl: string) =>
    (await site.gateway.call('GET', trackingUrl.replace('/api/v1', ''), { token: editor })).body
  const untilStatus = (trackingUrl: string, wanted: string) =>
    until(wanted, LONG_MS, async () => {
      const body = await look(trackingUrl)
      return body.status === wanted ? body : undefined
    })
  const records = (topic: string) =>
    readTopics({ connection: { brokers: [kafka.brokers], clientId: 'test' }, topics: [topic], logger: quiet })

  it('wait in the topic with as many before them as there are, while no worker comes', async () => {
    const asked: HttpAnswer[] = []
    for (let index = 0; index < 3; index += 1) asked.push(await ask())
    assert.deepEqual(
      asked.map(({ status }) => status),
      [202, 202, 202],
    )
    await until('the brokers to know groups', LONG_MS, async () => {
      const { status } = await look(asked[0]?.body.trackingUrl)
      return status === 'Queued' || undefined
    })
    const places = await Promise.all(asked.map(({ body }) => look(body.trackingUrl)))
    assert.deepEqual(
      places.map(({ status, queuePosition }) => [status, queuePosition]),
      [
        ['Queued', 1],
        ['Queued', 2],
        ['Queued', 3],
      ],
    )
    await work('key')
    for (const { body } of asked) await untilStatus(body.trackingUrl, 'Completed')
  })

  it('are done once for one key, and told of in one answer to who waits', async () => {
    const headers = { 'idempotency-key': 'order-1', prefer: 'wait=20' }
    const first = await ask({ ...creation, resourceId: 'WEB_1' }, headers)
    assert.equal(first.status, 202)
    assert.ok(['Accepted', 'Working', 'Completed'].includes(first.body.status), JSON.stringify(first.body))
    const again = await ask({ ...creation, resourceId: 'WEB_1' }, headers)
    assert.equal(again.body.requestId, first.body.requestId)
    assert.equal(again.headers.get('idempotent-replayed'), 'true')
    const other = await ask({ ...creation, resourceId: 'WEB_2' }, headers)
    assert.equal(other.body.reason, 'KeyReused')
    const { userId } = await untilStatus(first.body.trackingUrl, 'Completed')
    assert.equal(userId, `system:serviceaccount:${namespace}:editor`)
  })

  it('end what their user may end, without a word of it in the settings of the worker', async () => {
    const made = await ask({ ...creation, resourceId: 'gone' }, { prefer: 'wait=20' })
    await untilStatus(made.body.trackingUrl, 'Completed')
    const uid = await site.kubectl('-n', namespace, 'get', 'vmachine', 'gone', '-o', 'jsonpath={.metadata.uid}')
    const ended = await ask({ type: 'DELETE_VIRTUAL_MACHINE', specifications: { uid } })
    assert.equal((await untilStatus(ended.body.trackingUrl, 'Completed')).reason, 'Removed')
  })

  it('have a priority only by the right to, though no policy sees who asks', async () => {
    const body = { ...creation, metadata: { priority: 5 } }
    const refused = await site.gateway.call('POST', '/virtualize', { token: plain, body })
    assert.deepEqual([refused.status, refused.body.errors[0].pointer], [403, '/metadata/priority'])
    await untilStatus((await ask(body)).body.trackingUrl, 'Completed')
  })

  it('are told to be not accepted where the topic may not ask for them', async () => {
    const { body } = await ask({ ...creation, metadata: { priority: 9 } })
    const told = await untilStatus(body.trackingUrl, 'NotAccepted')
    assert.match(told.message, /it was refused, and dead says why/)
    assert.equal((await records(dead ?? '')).at(-1)?.headers['kbnt_error'], 'NotAllowed')
    const elsewhere = await site.gateway.call('GET', `/requests/${body.requestId}`, { token: editor })
    assert.equal(elsewhere.status, 404, 'nobody knows where to look without the place of its message')
  })

  it('count for nothing where a worker knows another secret', async () => {
    for (const worker of workers.splice(0)) await worker.dispose()
    await work('other')
    const { body } = await ask()
    await untilStatus(body.trackingUrl, 'NotAccepted')
    assert.match((await records(dead ?? '')).at(-1)?.headers['kbnt_error_message'] ?? '', /another secret/)
  })

  it('are 503 while Kafka is away, and all there that were 202', async () => {
    await kafka.kill()
    const refused = await ask()
    assert.ok([503, 202].includes(refused.status), JSON.stringify(refused.body)) // the first may have been on its way
    const certain = await ask()
    assert.deepEqual([certain.status, certain.body.reason], [503, 'KafkaAway'], JSON.stringify(certain.body))
    await kafka.start()
    const taken = await until('an answer', LONG_MS, async () => {
      const answer = await ask()
      return answer.status === 202 ? answer : undefined
    })
    const ids = (await records(asks ?? '')).map(({ key }) => key)
    assert.ok(ids.includes(taken.body.messageId))
    assert.ok(!ids.includes(certain.body.requestId))
  })
})
