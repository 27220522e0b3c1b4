import type { Writable } from 'node:stream'
import { backOff, type Clock } from '../../application/clock.ts'
import type { World } from '../../application/engine/world.ts'
import type { OutgoingEvent } from '../../application/event/outgoing-event.ts'
import type { EventPublisher } from '../../application/event/publisher.ts'
import type { Logger } from '../../application/logger.ts'
import type { EventsOfRecord } from '../../application/rows/record-way.ts'
import { eventFrom, rejectionWithoutStock, type StockEvent } from '../../domain/event/event.ts'
import { machineEventFrom } from '../../domain/event/machine-event.ts'
import { networkEventFrom } from '../../domain/event/network-event.ts'
import { orderEventFrom } from '../../domain/event/order-event.ts'
import { eventsOfRecord } from '../../domain/event/record-event.ts'
import { type RequestEventContext, requestEventFrom } from '../../domain/event/request-event.ts'
import { topicsFor } from '../../domain/event/routing.ts'
import { storageEventFrom } from '../../domain/event/storage-event.ts'
import type { Machine } from '../../domain/machine/machine.ts'
import type { Network } from '../../domain/network/network.ts'
import type { Order } from '../../domain/order/order.ts'
import type { Storage } from '../../domain/storage/storage.ts'
import type { ResourceRequest } from '../../domain/virtualization/resource-request.ts'
import { kafkaPublisher } from '../../infrastructure/kafka/kafka-publisher.ts'
import { createTopics } from '../../infrastructure/kafka/topics.ts'
import { logSink } from '../../infrastructure/log-sink/log-sink.ts'
import type { EventSettings, KafkaSettings, Settings } from '../../infrastructure/settings/settings.ts'
import type { EventMetrics } from '../../infrastructure/telemetry/event-metrics.ts'
import { listedTopics } from '../own-topics.ts'

export interface EventOutletParts {
  readonly settings: Settings
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: EventMetrics
  /** Takes the events when there is no Kafka. */
  readonly output: Writable
  /** Lists the topics that the setting `kafka.createTopics` creates. */
  readonly topicsFile: string
}

/** Where events go, and how an entry becomes one. */
export interface EventOutlet {
  readonly publisher: EventPublisher
  readonly eventFor: World['eventFor']
  readonly rejectionEvent: World['rejectionEvent']
  readonly machineEventFor: (machine: Machine, number: number, term: number) => OutgoingEvent
  readonly storageEventFor: (storage: Storage, number: number, term: number) => OutgoingEvent
  readonly networkEventFor: (network: Network, number: number, term: number) => OutgoingEvent
  readonly requestEventFor: (request: ResourceRequest, context: Omit<RequestEventContext, 'cluster'>) => OutgoingEvent
  readonly orderEventFor: (order: Order, number: number, term: number) => OutgoingEvent
  /** What the leader of a term sends of a record of a stock whose books are rows. */
  readonly eventsOfRecord: (term: number) => EventsOfRecord
  /** For health: what is wrong, as far as is known; undefined = nothing. */
  trouble(): string | undefined
}

export function eventOutlet(parts: EventOutletParts): EventOutlet {
  const { settings, output } = parts
  const { cluster, events, kafka } = settings
  const routed = (event: StockEvent): OutgoingEvent => ({ ...event, topics: topicsFor(event, events) })
  const mapping = {
    eventFor: ({ stock, terms }, term, entry, reservation) => {
      const { namespace, name, uid } = stock
      const texts = reservation?.spec ?? null
      return routed(eventFrom(entry, { cluster, term, texts, stock: { namespace, name, uid, product: terms.product } }))
    },
    rejectionEvent: (reservation, { reason, finishedAt }) =>
      routed(rejectionWithoutStock(reservation, reason, finishedAt ?? '', cluster)),
    machineEventFor: (machine, number, term) => routed(machineEventFrom(machine, { number, cluster, term })),
    storageEventFor: (storage, number, term) => routed(storageEventFrom(storage, { number, cluster, term })),
    networkEventFor: (network, number, term) => routed(networkEventFrom(network, { number, cluster, term })),
    requestEventFor: (request, context) => routed(requestEventFrom(request, { ...context, cluster })),
    orderEventFor: (order, number, term) => routed(orderEventFrom(order, { number, cluster, term })),
    eventsOfRecord: (term) => (record, stock) => eventsOfRecord(record, { cluster, stock, term }, events),
  } satisfies Omit<EventOutlet, 'publisher' | 'trouble'>
  if (!kafka) {
    parts.metrics.reachable(true) // no broker is away where none is used
    return { ...mapping, publisher: logSink({ stream: output }), trouble: () => undefined }
  }
  return { ...mapping, ...kafkaOutlet(parts, kafka) }
}

function kafkaOutlet(
  { settings, clock, logger, metrics, topicsFile }: EventOutletParts,
  kafka: KafkaSettings,
): Pick<EventOutlet, 'publisher' | 'trouble'> {
  const { publishTimeoutMs, createTopics: mayCreate, ...connection } = kafka
  const log = logger.child({ component: 'kafka' })
  const publisher = kafkaPublisher({
    connection,
    clock,
    logger: log,
    publishTimeoutMs,
    observe: { sent: () => undefined, failed: metrics.failed, reachable: metrics.reachable }, // what was sent is counted by the relay
  })
  let closed = false
  const close = (): Promise<void> => {
    closed = true
    return publisher.close()
  }
  const create = async (): Promise<void> => {
    const wait = backOff(clock, 500)
    while (!closed) {
      try {
        const created = await createTopics(
          connection,
          await listedTopics(topicsFile, namedTopics(settings.events)),
          log,
        )
        return log.info('topics are there', { created })
      } catch (error) {
        log.warn('topics could not be created; tried again', { error })
        await wait()
      }
    }
  }
  void (mayCreate ? create() : Promise.resolve()).then(() => publisher.connect())
  return {
    publisher: { publish: publisher.publish, close },
    trouble() {
      const state = publisher.reachability()
      return state.kind === 'away'
        ? `away for ${Math.ceil((clock.now() - state.sinceMs) / 1_000)} s: ${state.reason}`
        : undefined
    },
  }
}

/** The topics that the settings send anything to. */
function namedTopics({ profile, routes, auditTopic, flatTopic }: EventSettings): string[] {
  if (profile === 'flat') return [flatTopic]
  return [...routes.flatMap(({ topic, alsoTo = [] }) => [topic, ...alsoTo]), auditTopic]
}
