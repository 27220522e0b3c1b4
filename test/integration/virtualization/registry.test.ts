import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Partitioners, type Producer } from 'kafkajs'
import { registerSchema } from '../../../hack/schemas/register-schema.ts'
import type { Apicurio } from '../../../hack/testbed/apicurio.ts'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { runProgram } from '../../../hack/testbed/run-program.ts'
import { kafkaClient } from '../../../operator/infrastructure/kafka/connection.ts'
import { readTopics } from '../../../operator/infrastructure/kafka/topic-reader.ts'
import { createTopics } from '../../../operator/infrastructure/kafka/topics.ts'
import {
  type RegistrySchemas,
  registrySchemas,
} from '../../../operator/infrastructure/schema-registry/registry-schemas.ts'
import { messageSchemasContract } from '../../contracts/message-schemas.contract.ts'
import { creationRecord, earlierSchema, messageSchema, written } from '../../fixtures/avro-messages.ts'
import { type ObservedNamespaces, observedNamespaces } from '../../fixtures/observed-namespaces.ts'
import { type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'
import { quiet } from '../kafka/own-kafka.ts'

const namespace = 'requests-in-avro'
const LONG_MS = 90_000

describe('messages in Avro, with a real Apicurio Registry', function () {
  this.timeout(240_000)
  const id = randomUUID().slice(0, 8)
  const [asks, again, dead] = ['asks', 'again', 'dead'].map((name) => `avro-${name}-${id}`) as [string, string, string]
  let registry: Apicurio
  let schemas: RegistrySchemas
  let subjects = 0

  before(async () => {
    registry = await testbed().ownRegistry()
    schemas = registrySchemas({ url: registry.url })
  })
  after(async () => {
    await schemas?.close()
    await registry?.stop()
  })

  messageSchemasContract('Apicurio Registry', () => ({
    schemas,
    async register(schema) {
      const registered = await registerSchema({
        ...{ registry: registry.url, subject: `contract-${++subjects}`, schema: JSON.stringify(schema) },
      })
      assert.ok(registered.kind === 'registered', JSON.stringify(registered))
      return registered.id
    },
  }))

  describe('the step that registers their schema', () => {
    const register = (...flags: readonly string[]) =>
      runProgram({
        command: process.execPath,
        arguments: ['hack/run.mjs', 'hack/schemas.ts', 'register', '--topic', asks, ...flags],
        directory: projectDirectory,
      })

    it('has all versions compared with each other first, and may be repeated', async () => {
      const once = await register('--registry', registry.url)
      assert.equal(once.exitCode, 0, once.stderr)
      assert.match(once.stdout, new RegExp(`^${asks}-value: FULL_TRANSITIVE, its schema has the id \\d+$`, 'm'))
      const config = await fetch(`${registry.url}/config/${asks}-value`)
      assert.deepEqual(await config.json(), { compatibilityLevel: 'FULL_TRANSITIVE' })
      assert.equal((await register('--registry', registry.url)).stdout, once.stdout)
    })

    it('takes this version beside the one before it', async () => {
      const directory = await mkdtemp(join(tmpdir(), 'kbnt-schema-'))
      const file = join(directory, 'schema.avsc')
      await writeFile(file, JSON.stringify(earlierSchema))
      const grown = ['--registry', registry.url, '--topic', `grown-${id}`]
      assert.equal((await register(...grown, '--file', file)).exitCode, 0)
      const now = await register(...grown)
      assert.equal(now.exitCode, 0, now.stderr)
      await rm(directory, { recursive: true })
    })

    it('is refused a schema that some reader would not bear, and takes one with a new field', async () => {
      const directory = await mkdtemp(join(tmpdir(), 'kbnt-schema-'))
      const file = join(directory, 'schema.avsc')
      const withField = (field: object) =>
        writeFile(file, JSON.stringify({ ...messageSchema, fields: [...messageSchema.fields, field] }))
      await withField({ name: 'needed', type: 'string' })
      const refused = await register('--registry', registry.url, '--file', file)
      assert.equal(refused.exitCode, 1, refused.stdout)
      assert.match(refused.stderr, /the registry refuses it/)
      await withField({ name: 'note', type: ['null', 'string'], default: null })
      assert.equal((await register('--registry', registry.url, '--file', file)).exitCode, 0)
      await rm(directory, { recursive: true })
    })

    it('says where nobody answers', async () => {
      const { exitCode, stderr } = await register('--registry', 'http://127.0.0.1:1/apis')
      assert.equal(exitCode, 2)
      assert.match(stderr, /could not be asked/)
    })
  })

  describe('in a topic of the flow virtualization', () => {
    let brokers: string
    let shop: ObservedNamespaces
    let producer: Producer
    let worker: OperatorProcess

    before(async () => {
      const { kubeconfigPath, kafka } = testbed()
      brokers = await kafka()
      const connection = { brokers: [brokers], clientId: 'test' }
      await createTopics(
        connection,
        [asks, again, dead].map((name) => ({ name, partitions: 1, appendTime: true as const })),
        quiet,
      )
      const retry = { retries: 12, initialRetryTime: 300, maxRetryTime: 2_000 }
      producer = kafkaClient(connection, { requestTimeoutMs: 10_000, retry }, quiet).kafka.producer({
        ...{ idempotent: true, maxInFlightRequests: 1, createPartitioner: Partitioners.DefaultPartitioner, retry },
      })
      await producer.connect()
      shop = await observedNamespaces(kubeconfigPath, [namespace])
      const any = { types: '*', pools: '*', providers: '*', users: '*', maxPriority: 100 }
      worker = operatorProcess({
        ...{ kubeconfigPath, namespaces: [namespace], until: 'started', kafkaBrokers: brokers },
        runs: 'worker',
        settings: {
          worker: {
            flows: ['virtualization'],
            virtualization: {
              ...{ topics: [asks], group: `avro-${id}`, retryTopic: again, deadLetterTopic: dead },
              ...{ delays: ['1s', '8s'], namespace, registry: { url: registry.url }, eventsTopic: '' },
              sources: [{ topic: asks, namespaces: [namespace], ...any, encoding: 'avro' }],
            },
          },
        },
      })
      await worker.start()
    })
    after(async () => {
      await worker?.dispose()
      await producer?.disconnect()
      await shop?.close()
    })

    const send = (key: string, value: Buffer) => producer.send({ topic: asks, messages: [{ key, value }] })
    const known = (messageId: string) => [...shop.requests.all()].find(({ spec }) => spec.messageId === messageId)
    const untilKnown = (messageId: string) => until(messageId, LONG_MS, async () => known(messageId))
    const registered = async (schema = messageSchema, subject = `${asks}-value`) => {
      const answer = await registerSchema({ registry: registry.url, subject, schema: JSON.stringify(schema) })
      assert.ok(answer.kind === 'registered', JSON.stringify(answer))
      return answer.id
    }

    it('become requests, as those in JSON do', async () => {
      await send('one', written(messageSchema, await registered(), creationRecord('one', { priority: 2 })))
      const { spec } = await untilKnown('one')
      assert.deepEqual([spec.payload.userId, spec.payload.priority, spec.payload.specification.cpu], ['ana', 2, 1])
    })

    it('are dead letters where they are JSON, or of a schema that nobody ever registers; others go on', async () => {
      await send('json', Buffer.from(JSON.stringify({ messageId: 'json' })))
      await send('unknown', written(messageSchema, 4_711, creationRecord('unknown')))
      await send('two', written(messageSchema, await registered(), creationRecord('two')))
      await untilKnown('two')
      const letters = await until('two letters', LONG_MS, async () => {
        const connection = { brokers: [brokers], clientId: 'test' }
        const found = await readTopics({ connection, topics: [dead], logger: quiet })
        return found.length >= 2 ? found : undefined
      })
      assert.deepEqual(letters.map(({ headers }) => headers['kbnt_error']).sort(), ['SchemaUnknown', 'Unreadable'])
      assert.equal(known('unknown'), undefined)
    })

    it('wait where they are while the registry is away, and are all there afterwards', async () => {
      const other = { ...messageSchema, doc: 'of a schema that the worker has not seen' }
      const otherId = await registered(other, `other-${id}`)
      await registry.kill()
      const known1 = await registeredBefore()
      await send('three', written(messageSchema, known1, creationRecord('three')))
      await untilKnown('three')
      await send('four', written(other, otherId, creationRecord('four')))
      await send('five', written(messageSchema, known1, creationRecord('five')))
      await until('a word of it', LONG_MS, async () => /RegistryAway/.test(await worker.metrics()) || undefined)
      assert.deepEqual([known('four'), known('five')], [undefined, undefined], 'nothing overtakes what waits')
      await registry.start()
      // it has forgotten all: the same, in the same order, has the same numbers
      for (let number = 1; number <= otherId; number += 1)
        await registered(number === otherId ? other : { ...messageSchema, doc: `number ${number}` }, `again-${number}`)
      await untilKnown('four')
      await untilKnown('five')
    })

    /** The id that the first message had; the worker knows it. */
    const registeredBefore = async () => {
      const connection = { brokers: [brokers], clientId: 'test' }
      const records: Buffer[] = []
      const reader = kafkaClient(connection, { requestTimeoutMs: 10_000, retry: { retries: 5 } }, quiet).kafka.consumer(
        {
          groupId: `reader-${id}`,
        },
      )
      await reader.connect()
      await reader.subscribe({ topics: [asks], fromBeginning: true })
      await reader.run({ eachMessage: async ({ message }) => void records.push(message.value ?? Buffer.alloc(0)) })
      const first = await until('the first message', LONG_MS, async () => records[0])
      await reader.disconnect()
      return first.readInt32BE(1)
    }
  })
})
