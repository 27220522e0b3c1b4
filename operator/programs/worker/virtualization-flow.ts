import { hash } from 'node:crypto'
import type { MessageSchemas } from '../../application/virtualization/message-schemas.ts'
import { oldestUnknownMs, rememberedRequests } from '../../application/virtualization/remembered-requests.ts'
import { takeRequests } from '../../application/virtualization/take-requests.ts'
import { unfinishedRequests } from '../../application/virtualization/unfinished-requests.ts'
import type { StockEvent } from '../../domain/event/event.ts'
import type { Blame } from '../../domain/flow/journey.ts'
import type { Hmac } from '../../domain/virtualization/signature.ts'
import { kafkaPublisher } from '../../infrastructure/kafka/kafka-publisher.ts'
import { kubernetesClient } from '../../infrastructure/kubernetes/client.ts'
import { ownNamespace, readKubeConfig } from '../../infrastructure/kubernetes/kube-config.ts'
import { resourceClient } from '../../infrastructure/kubernetes/resource-client.ts'
import type { VirtualizationRequest } from '../../infrastructure/kubernetes/resources/generated/virtualization-request.ts'
import { kubernetesRequestStore } from '../../infrastructure/kubernetes/resources/request-store.ts'
import {
  countUnfinished,
  virtualizationRequests,
} from '../../infrastructure/kubernetes/resources/virtualization-requests.ts'
import { tellingTime } from '../../infrastructure/kubernetes/telling-time.ts'
import { isAmong } from '../../infrastructure/kubernetes/watched-cache.ts'
import { registrySchemas } from '../../infrastructure/schema-registry/registry-schemas.ts'
import type { SourceSettings } from '../../infrastructure/settings/virtualization-settings.ts'
import { hmacOfFile } from '../../infrastructure/signing/hmac-of-file.ts'
import { namespacesOf } from '../watched-namespaces.ts'
import { flowClock } from './flow-clock.ts'
import { flowMemory } from './flow-memory.ts'
import { memberOfGroup } from './member-of-group.ts'
import type { FlowParts, RunningFlow } from './running-flow.ts'

const PARTITIONS = 3

/** Messages that ask for machines become VirtualizationRequests. Throws when the kubeconfig can't be used. */
export function virtualizationFlow(given: FlowParts): RunningFlow {
  const { settings, kafka, logger, metrics, host } = given
  const clock = flowClock(given, 'the API server')
  const parts = { ...given, clock }
  const {
    group,
    topics,
    retryTopic,
    deadLetterTopic,
    eventsTopic,
    delaysMs,
    maxUnfinished: most,
    sources,
    namespace,
    registry,
  } = settings.worker.virtualization
  const kubeConfig = readKubeConfig(settings.kubeconfig, host.env)
  const userAgent = `kbnt-worker/${host.version}`
  const client = tellingTime(kubernetesClient({ kubeConfig, userAgent }), clock.observe)
  const requests = resourceClient<VirtualizationRequest>(client, virtualizationRequests)
  const namespaces = namespacesOf(settings.watchNamespaces, ownNamespace(kubeConfig) ?? 'default')
  const schemas = registry && registrySchemas(registry)
  const unfinished = unfinishedRequests({
    ...{ most, clock, onTrouble: logger.warn },
    count: () => countUnfinished(requests, namespaces),
    members: () => member.members(),
  })
  /** Who counts asks the API server, whose answers tell the time; where it can't, that says more. */
  function timeUnknown(): string | undefined {
    const why = clock.whyUnknown()
    if (why === undefined) return undefined
    unfinished.wanted()
    const refused = unfinished.notReady()
    return refused === undefined ? why : `${why}; ${refused}`
  }
  const memory = flowMemory(given)
  const remembered = rememberedRequests(settings.requests, memory?.keptMs)
  metrics.remembers(group, remembered.requestsPerSecond)
  const publisher = kafkaPublisher({ connection: kafka, clock, logger })
  async function tell({ key, value, headers, timestampMs }: StockEvent): Promise<Blame | undefined> {
    const messages = [{ key, value, headers, timestampMs }]
    const [answer] = await publisher.publish([{ topic: eventsTopic, messages }])
    if (answer?.kind === 'acknowledged') return undefined
    if (answer?.kind === 'refused') {
      // it would be each time, and the message lies among the dead letters all the same
      logger.warn('the end of a message is told nobody', { topic: eventsTopic, key, reason: answer.reason })
      return undefined
    }
    return { cause: 'EventsAway', reason: `${eventsTopic} doesn't take the event: ${answer?.reason ?? 'no answer'}` }
  }
  const flow = takeRequests({
    ...{ cluster: settings.cluster, ...(eventsTopic !== '' && { tell }) },
    ...{ store: kubernetesRequestStore(requests), rules: sources, retryTopic, unfinished, delaysMs, clock },
    signers: signersOf(sources, clock),
    ...(schemas && { schemas: schemasOf(sources, schemas) }),
    ...(namespace !== undefined && { namespace }),
    ...{ serves: (name) => isAmong(namespaces, name), timeUnknown },
    oldestMs: oldestUnknownMs(settings.requests, memory?.keptMs),
    ...(memory && { processed: memory.processed, onKnown: () => metrics.knownMessage(group) }),
    sha256: (text) => hash('sha256', text, 'hex'),
  })
  const own = topics.map((name) => ({ name, partitions: PARTITIONS, appendTime: true as const }))
  const told = eventsTopic === '' ? [] : [{ name: eventsTopic, partitions: PARTITIONS }]
  const member = memberOfGroup(parts, {
    ...{ name: 'virtualization', flow, ownTopics: [...own, ...told] },
    notReady: () => unfinished.notReady() ?? memory?.notReady(),
    topics: { group, topics, retryTopic, deadLetterTopic, delaysMs, goesByAge: true, countsMembers: true },
    begin() {
      if (memory) logger.info('a message that comes again does nothing, at any rate', { seconds: remembered.seconds })
      else logger.info('a message that comes again does nothing, up to this rate', { ...remembered })
      unfinished.start()
      memory?.start()
    },
    async close() {
      unfinished.stop()
      await publisher.close()
      await Promise.all([client.close(), schemas?.close(), memory?.close()])
    },
  })
  return member
}

/** Throws when a secret can't be used. */
function signersOf(sources: readonly SourceSettings[], clock: FlowParts['clock']): (topic: string) => readonly Hmac[] {
  const signers = new Map(
    sources.map(({ topic, signingKeyFiles }) => [topic, signingKeyFiles.map((path) => hmacOfFile(path, clock))]),
  )
  return (topic) => signers.get(topic) ?? []
}

function schemasOf(sources: readonly SourceSettings[], schemas: MessageSchemas) {
  const avro = new Set(sources.filter(({ encoding }) => encoding === 'avro').map(({ topic }) => topic))
  return (topic: string) => (avro.has(topic) ? schemas : undefined)
}
