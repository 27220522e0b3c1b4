import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type OpenSearch, openSearchLibraries, startOpenSearch } from '../../../hack/testbed/opensearch.ts'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { silent } from '../../../hack/testbed/progress.ts'
import { systemClock } from '../../../operator/infrastructure/clock/system-clock.ts'
import { kafkaClient } from '../../../operator/infrastructure/kafka/connection.ts'
import { readTopics } from '../../../operator/infrastructure/kafka/topic-reader.ts'
import { createTopics } from '../../../operator/infrastructure/kafka/topics.ts'
import { httpLogIndex } from '../../../operator/infrastructure/log-index/http-log-index.ts'
import { noCredentials } from '../../../operator/infrastructure/remote-api/credentials.ts'
import { type RemoteApi, remoteApi } from '../../../operator/infrastructure/remote-api/remote-api.ts'
import { logIndexContract } from '../../contracts/log-index.contract.ts'
import { type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'
import { quiet } from '../kafka/own-kafka.ts'

const LINES = 6_000

describe('Lines of logs in an OpenSearch', () => {
  let directory: string
  let search: OpenSearch
  let api: RemoteApi
  let template: { readonly name: string; readonly text: string }
  const workers: OperatorProcess[] = []

  before(async function () {
    this.timeout(180_000)
    directory = await mkdtemp(join(tmpdir(), 'kbnt-opensearch-'))
    search = await startOpenSearch(directory, await openSearchLibraries(process.env, silent))
    template = {
      name: 'kbnt-logs',
      text: await readFile(join(projectDirectory, 'config/log-index/template.json'), 'utf8'),
    }
    api = remoteApi(
      {
        ...{ name: 'opensearch', url: search.url, timeoutMs: 30_000, concurrency: 4 },
        breaker: { failures: 100, openMs: 100 },
      },
      { clock: systemClock(), credentials: noCredentials, onState: () => undefined, onCall: () => undefined },
    )
  })
  after(async () => {
    for (const one of workers) await one.dispose()
    await api?.close()
    await search?.stop()
    await rm(directory, { recursive: true, force: true })
  })

  const ask = async (path: string) => (await fetch(`${search.url}${path}`)).json() as Promise<Record<string, never>>
  const countOf = async (indices: string, query = '*') => {
    await fetch(`${search.url}/${indices}/_refresh?allow_no_indices=true`, { method: 'POST' })
    const { count } = await ask(`/${indices}/_count?q=${encodeURIComponent(query)}`)
    return Number(count)
  }

  logIndexContract('a real OpenSearch', () => ({
    index: httpLogIndex(api, template),
    find: async ({ index, id }) => (await ask(`/${index}/_doc/${id}`))['_source'],
  }))

  it('are there once each, whatever dies meanwhile, and what is no line is given up', async function () {
    this.timeout(240_000)
    const id = randomUUID().slice(0, 8)
    const [topic, audit, deadLetterTopic] = [`logs-${id}`, `audit-${id}`, `logs-${id}-dead`]
    const connection = { brokers: [await testbed().kafka()], clientId: 'test' }
    await createTopics(
      connection,
      [topic, audit, deadLetterTopic].map((name) => ({ name, partitions: 3 })),
      quiet,
    )
    const worker = () => {
      const made = operatorProcess({
        ...{ kubeconfigPath: testbed().kubeconfigPath, namespaces: ['nobodys'], until: 'started' },
        runs: 'worker',
        kafkaBrokers: connection.brokers[0] as string,
        settings: {
          worker: {
            flows: ['log-index'],
            logIndex: {
              ...{ group: `log-index-${id}`, deadLetterTopic, url: search.url },
              indices: [
                { prefix: `virtual-stock-logs-${id}`, topics: [topic] },
                { prefix: `virtual-stock-audit-logs-${id}`, topics: [audit] },
              ],
            },
          },
        },
      })
      workers.push(made)
      return made
    }
    const { kafka } = kafkaClient(connection, { requestTimeoutMs: 10_000, retry: { retries: 8 } }, quiet)
    const producer = kafka.producer()
    await producer.connect()
    const line = (number: number) => ({
      key: `service-${number % 7}`,
      value: JSON.stringify({ level: 'INFO', service: `service-${number % 7}`, message: 'sold', payload: { number } }),
    })
    await producer.send({ topic, messages: [{ key: 'x', value: 'GET / 200' }] })
    await producer.send({ topic: audit, messages: [line(0)] })
    const [first, second] = [worker(), worker()]
    await Promise.all([first.start(), second.start()])
    for (let at = 0; at < LINES; at += 500) {
      await producer.send({ topic, messages: Array.from({ length: 500 }, (_, more) => line(at + more)) })
      if (at === 1_500) await first.kill()
      if (at === 3_000) await search.kill()
      if (at === 4_500) await search.start()
    }
    await producer.disconnect()
    const lines = `virtual-stock-logs-${id}-*`
    await until('all lines', 120_000, async () => ((await countOf(lines)) >= LINES ? true : undefined), 500)
    assert.equal(await countOf(lines), LINES)
    assert.equal(await countOf(lines, 'payload_terms:"number=4711"'), 1)
    assert.equal(await countOf(`virtual-stock-audit-logs-${id}-*`), 1)
    const dead = await readTopics({ connection, topics: [deadLetterTopic], logger: quiet })
    assert.deepEqual(
      dead.map(({ value }) => value),
      ['GET / 200'],
    )
  })

  it('have no field that others may name, and so never too many', async () => {
    const mappings = JSON.stringify(await ask('/virtual-stock-logs-*/_mapping'))
    assert.doesNotMatch(mappings, /"number"/)
    assert.match(mappings, /"payload_terms"/)
  })
})
