import assert from 'node:assert/strict'
import { type Admin, CompressionTypes, type ConfigResourceTypes, Partitioners } from 'kafkajs'
import { MOST_OF_A_BATCH } from '../../../operator/infrastructure/kafka/codecs.ts'
import { kafkaClient } from '../../../operator/infrastructure/kafka/connection.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'
import { quiet } from '../kafka/own-kafka.ts'
import { type FlowSite, flowSite } from './flow-site.ts'
import { ids, numbered } from './numbered.ts'

const TOPIC: ConfigResourceTypes.TOPIC = 2
const retry = { retries: 12 }

describe('messages of producers that compress them', function () {
  this.timeout(120_000)
  let site: FlowSite
  beforeEach(async () => {
    site = await flowSite({ brokers: [await testbed().kafka()], clientId: 'test' })
  })
  afterEach(() => site.end())

  const clientOf = () => kafkaClient(site.options.connection, { requestTimeoutMs: 10_000, retry }, quiet).kafka

  /** The broker, which is Java, compresses what comes in from now on as its own producers would. */
  async function compressedAs(type: string): Promise<void> {
    const admin: Admin = clientOf().admin()
    await admin.connect()
    const [name = ''] = site.options.topics
    const configEntries = [{ name: 'compression.type', value: type }]
    await admin.alterConfigs({ validateOnly: false, resources: [{ type: TOPIC, name, configEntries }] })
    await until('what the topic says', 10_000, async () => {
      const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: [{ type: TOPIC, name }] })
      const told = resources[0]?.configEntries.find(({ configName }) => configName === 'compression.type')
      return told?.configValue === type || undefined
    })
    await admin.disconnect()
  }

  for (const type of ['gzip', 'zstd', 'lz4', 'snappy']) {
    it(`are read in ${type}`, async () => {
      await compressedAs(type)
      const sent = numbered(300)
      await site.send(sent)
      site.member()
      await site.untilHandled()
      assert.deepEqual(ids(site.effects), ids(sent))
    })
  }

  it('are not read where a batch becomes too large, of which the member says so', async () => {
    const producer = clientOf().producer({ createPartitioner: Partitioners.DefaultPartitioner })
    await producer.connect()
    const messages = [{ key: 'k', value: Buffer.alloc(MOST_OF_A_BATCH) }]
    await producer.send({ topic: site.options.topics[0] ?? '', compression: CompressionTypes.GZIP, messages })
    await producer.disconnect()
    const { consumer } = site.member()
    const said = () => consumer.notReady()?.includes('a compressed batch becomes more than 64 MiB')
    await until('what it says', 60_000, async () => said() || undefined)
    assert.deepEqual(site.effects, [])
  })
})
