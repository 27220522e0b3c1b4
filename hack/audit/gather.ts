import type { DeliveredEvent } from '../../operator/application/audit/audit-events.ts'
import type { SpoolRef } from '../../operator/application/event/event-spools.ts'
import type { StoredStock } from '../../operator/application/ledger/stock-ledger.ts'
import type { Logger } from '../../operator/application/logger.ts'
import type { Reservation } from '../../operator/domain/reservation/reservation.ts'
import type { KafkaConnection } from '../../operator/infrastructure/kafka/connection.ts'
import { readTopics, type TopicRecord } from '../../operator/infrastructure/kafka/topic-reader.ts'
import { kubernetesClient } from '../../operator/infrastructure/kubernetes/client.ts'
import { readKubeConfig } from '../../operator/infrastructure/kubernetes/kube-config.ts'
import { resourceClient } from '../../operator/infrastructure/kubernetes/resource-client.ts'
import { eventSpoolsResource } from '../../operator/infrastructure/kubernetes/resources/event-spools.ts'
import type { EventSpool } from '../../operator/infrastructure/kubernetes/resources/generated/event-spool.ts'
import type { Reservation as ReservationResource } from '../../operator/infrastructure/kubernetes/resources/generated/reservation.ts'
import type { VirtualStock } from '../../operator/infrastructure/kubernetes/resources/generated/virtual-stock.ts'
import {
  reservationFromResource,
  reservationsResource,
} from '../../operator/infrastructure/kubernetes/resources/reservations.ts'
import { stockFromResource, virtualStocks } from '../../operator/infrastructure/kubernetes/resources/virtual-stocks.ts'

export interface AuditSources {
  readonly kubeconfig?: string | undefined
  /** None: the topic is not looked at. */
  readonly kafkaBrokers: readonly string[]
  /** How the brokers let one in, where not everybody may. */
  readonly kafkaAccess?: Pick<KafkaConnection, 'ssl' | 'sasl'> | undefined
  /** The topic that gets every event. */
  readonly auditTopic: string
  /** The one whose stocks are judged; absent = all. */
  readonly namespace?: string | undefined
}

/** Of all namespaces: a set may have lines in several. */
export interface Gathered extends Pick<AuditSources, 'namespace'> {
  readonly stocks: readonly StoredStock[]
  readonly reservations: readonly Reservation[]
  readonly spools: readonly (SpoolRef & { readonly createdAt: number })[]
  /** By stock uid, in the order of the topic; absent when Kafka was not asked. */
  readonly events?: ReadonlyMap<string, readonly DeliveredEvent[]>
  /** Uids of stocks that were written while this was read: what was read of them does not fit together. */
  readonly moved: ReadonlySet<string>
}

const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => quiet, enabled: () => false }

/**
 * Reads everything that an audit compares, and the stocks once more: where one is still the same version, all that was
 * read in between is as of that version. Throws when the cluster or the topic can't be read.
 */
export async function gather({ kubeconfig, namespace, ...topic }: AuditSources): Promise<Gathered> {
  const client = kubernetesClient({ kubeConfig: readKubeConfig(kubeconfig), userAgent: 'kbnt-audit' })
  const readStocks = async () =>
    (await resourceClient<VirtualStock>(client, virtualStocks).list()).items.map(stockFromResource)
  try {
    const stocks = await readStocks()
    const reservations = await resourceClient<ReservationResource>(client, reservationsResource).list()
    const spools = await resourceClient<EventSpool>(client, eventSpoolsResource).list()
    const events = topic.kafkaBrokers.length > 0 ? await eventsByStock(topic) : undefined
    const unmoved = new Set((await readStocks()).map(({ uid, position }) => `${uid} ${position}`))
    const moved = stocks.filter(({ uid, position }) => !unmoved.has(`${uid} ${position}`))
    return {
      namespace,
      stocks,
      reservations: reservations.items.map(reservationFromResource),
      spools: spools.items.map(spoolFromResource),
      ...(events && { events }),
      moved: new Set(moved.map(({ uid }) => uid)),
    }
  } finally {
    await client.close()
  }
}

function spoolFromResource({ metadata, spec }: EventSpool): SpoolRef & { readonly createdAt: number } {
  return {
    name: metadata.name ?? '',
    uid: metadata.uid ?? '',
    stockUid: spec.stockUID,
    firstSequence: spec.firstSequence,
    lastSequence: spec.events.at(-1)?.sequence ?? spec.firstSequence,
    createdAt: Date.parse(metadata.creationTimestamp ?? ''),
  }
}

async function eventsByStock({
  kafkaBrokers: brokers,
  kafkaAccess,
  auditTopic,
}: Omit<AuditSources, 'kubeconfig' | 'namespace'>): Promise<Map<string, DeliveredEvent[]>> {
  const connection = { ...kafkaAccess, brokers, clientId: 'kbnt-audit' }
  const byStock = new Map<string, DeliveredEvent[]>()
  for (const record of await readTopics({ connection, topics: [auditTopic], logger: quiet })) {
    const event = eventFromRecord(record)
    if (!event) continue
    const events = byStock.get(event.stockUid)
    if (events) events.push(event)
    else byStock.set(event.stockUid, [event])
  }
  return byStock
}

/** Undefined for an event of no stock: a reservation whose stock nobody knows. */
function eventFromRecord({ headers, value }: TopicRecord): DeliveredEvent | undefined {
  const {
    stock,
    reservation,
    sequence,
    term: _,
    correlationId: __,
    ...numbers
  } = JSON.parse(value) as Record<string, unknown> & {
    stock: { uid: string | null }
    sequence: number
    reservation: { uid: string } | null
  }
  if (stock.uid === null) return undefined
  const told = JSON.stringify({ ...numbers, reservation: reservation?.uid }, inOrder)
  return { id: headers['ce_id'] ?? '', type: headers['ce_type'] ?? '', stockUid: stock.uid, sequence, numbers: told }
}

/** Two texts of the same say it in the same order. */
function inOrder(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}
