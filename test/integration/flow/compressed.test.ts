import assert from 'node:assert/strict'
import { promisify } from 'node:util'
import { zstdCompress } from 'node:zlib'
import kafkajs, { CompressionTypes, type ConfigResourceTypes, Partitioners } from 'kafkajs'
import { kafkaClient } from '../../../operator/infrastructure/kafka/connection.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'
import { quiet } from '../kafka/own-kafka.ts'
import { type FlowSite, flowSite } from './flow-site.ts'
import { ids } from './numbered.ts'

const TOPIC: ConfigResourceTypes.TOPIC = 2
const unknown = kafkajs.CompressionCodecs[CompressionTypes.ZSTD]

describe('messages of producers that compress them', function () {
  this.timeout(120_000)
  let site: FlowSite
  before(() => {
    const compress = promisify(zstdCompress)
    kafkajs.CompressionCodecs[CompressionTypes.ZSTD] = () => ({
      compress: ({ buffer }: { readonly buffer: Buffer }) => compress(buffer),
      decompress: async () => unknown?.(), // as without this test
    })
  })
  after(() => {
    kafkajs.CompressionCodecs[CompressionTypes.ZSTD] = unknown
  })
  afterEach(() => site.end())

  it('are read where they come with gzip, or the topic has the brokers make them so', async () => {
    site = await flowSite({ brokers: [await testbed().kafka()], clientId: 'test' })
    const { connection, topics } = site.options
    const [topic = ''] = topics
    const { kafka } = kafkaClient(connection, { requestTimeoutMs: 10_000, retry: { retries: 12 } }, quiet)
    const [admin, producer] = [kafka.admin(), kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })]
    await Promise.all([admin.connect(), producer.connect()])
    const send = (id: string, compression: CompressionTypes) =>
      producer.send({ topic, compression, messages: [{ key: id, value: JSON.stringify({ id }) }] })
    await send('gzip', CompressionTypes.GZIP)
    await admin.alterConfigs({
      validateOnly: false,
      resources: [{ type: TOPIC, name: topic, configEntries: [{ name: 'compression.type', value: 'gzip' }] }],
    })
    await send('made-gzip', CompressionTypes.ZSTD)
    site.member()
    await site.untilHandled()
    assert.deepEqual(ids(site.effects), ['gzip', 'made-gzip'])
    await Promise.all([admin.disconnect(), producer.disconnect()])
  })

  it('are not read with Zstandard, of which the member says so', async () => {
    site = await flowSite({ brokers: [await testbed().kafka()], clientId: 'test' })
    const { connection, topics } = site.options
    const { kafka } = kafkaClient(connection, { requestTimeoutMs: 10_000, retry: { retries: 12 } }, quiet)
    const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
    await producer.connect()
    const messages = [{ key: 'k', value: JSON.stringify({ id: 'zstd' }) }]
    await producer.send({ topic: topics[0] ?? '', compression: CompressionTypes.ZSTD, messages })
    await producer.disconnect()
    const { consumer } = site.member()
    const said = () => consumer.notReady()?.includes('ZSTD compression not implemented')
    await until('what it says', 60_000, async () => said() || undefined)
    assert.deepEqual(site.effects, [])
  })
})
