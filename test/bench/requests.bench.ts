import { createTopics } from '../../operator/infrastructure/kafka/topics.ts'
import { resourceClient } from '../../operator/infrastructure/kubernetes/resource-client.ts'
import type { VirtualizationRequest } from '../../operator/infrastructure/kubernetes/resources/generated/virtualization-request.ts'
import { virtualizationRequests } from '../../operator/infrastructure/kubernetes/resources/virtualization-requests.ts'
import { inFlight } from '../fixtures/in-flight.ts'
import { operatorProcess } from '../fixtures/operator-process.ts'
import { small } from '../fixtures/requests.ts'
import { until } from '../fixtures/until.ts'
import { quiet } from '../integration/kafka/own-kafka.ts'
import { fillTopic } from './fill-topic.ts'
import type { Row } from './row.ts'
import type { Site } from './site.ts'

const [namespace, bareNamespace] = ['bench-requests', 'bench-requests-bare'] as const
const [topic, retryTopic, deadLetterTopic] = ['bench-asks', 'bench-asks-retry', 'bench-asks-dead'] as const
const AT_ONCE = 64
const PARTITIONS = 4
const WITHIN_MS = 300_000

/** What a worker makes of a topic full of messages that ask for machines, beside bare creates of the same bodies. */
export async function takenRequests(site: Site, count: number): Promise<Row[]> {
  const { brokers, client, kubeconfigPath, program } = site
  const connection = { brokers: brokers.split(','), clientId: 'kbnt-bench' }
  const topics = [topic, retryTopic, deadLetterTopic].map((name) => ({
    ...{ name, partitions: PARTITIONS, appendTime: true as const },
  }))
  await createTopics(connection, topics, quiet)
  for (const name of [namespace, bareNamespace]) await site.namespace(name)
  const requests = resourceClient<VirtualizationRequest>(client, virtualizationRequests)
  await until('a kind that is served', WITHIN_MS, () => requests.list({ namespace }).catch(() => undefined))
  await fillTopic(connection, topic, { count, messageOf })
  const source = { topic, namespaces: [namespace], types: '*', pools: '*', providers: '*', users: '*' }
  const worker = operatorProcess({
    ...{ kubeconfigPath, namespaces: [namespace], kafkaBrokers: brokers, until: 'started' },
    ...{ program, runs: 'worker' },
    settings: {
      worker: {
        flows: ['virtualization'],
        virtualization: {
          ...{ topics: [topic], group: topic, retryTopic, deadLetterTopic, eventsTopic: '', sources: [source] },
          maxUnfinished: 10 * count, // one namespace alone may have half of it, and what was begun since the last count is counted for others, too
        },
      },
    },
  })
  try {
    await worker.start()
    const measured = await rateOf(count, async () => handledIn(await worker.metrics()))
    const { items } = await requests.list({ namespace })
    const startedAt = performance.now()
    await inFlight([...items.keys()].map(String), AT_ONCE, async (index) => {
      const { apiVersion, kind, metadata, spec } = items[Number(index)] as VirtualizationRequest
      const { name, annotations } = metadata
      const again = { apiVersion, kind, metadata: { namespace: bareNamespace, name, annotations }, spec }
      await requests.create(again as VirtualizationRequest)
    })
    const bare = (items.length * 1_000) / (performance.now() - startedAt)
    const note = `${items.length} requests for ${count} messages; bare: ${AT_ONCE} at once`
    return [{ what: 'message to request', measured, unit: '/s', bare, bar: { atLeast: 0.75 }, note }]
  } finally {
    await worker.kill()
    await worker.dispose()
  }
}

function messageOf(index: number) {
  const payload = { userId: 'ana', namespace, specification: small }
  const messageId = `m-${index}`
  return { key: messageId, value: JSON.stringify({ messageId, messageType: 'CREATE_VIRTUAL_MACHINE', payload }) }
}

/** From the first that are seen on: they come once the group has formed. */
async function rateOf(count: number, look: () => Promise<number>): Promise<number> {
  let first: { readonly seen: number; readonly at: number } | undefined
  return until('all requests', WITHIN_MS, async () => {
    const [seen, at] = [await look(), performance.now()]
    if (seen > 0) first ??= { seen, at }
    return first && seen >= count ? ((seen - first.seen) * 1_000) / (at - first.at) : undefined
  })
}

function handledIn(metrics: string): number {
  const lines = metrics.matchAll(/^kafka_messages_consumed_total\{topic="bench-asks",[^}]*\} (\d+)/gm)
  return [...lines].reduce((sum, [, value]) => sum + Number(value), 0)
}
