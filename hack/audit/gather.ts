import type { SpooledRange } from '../../operator/application/audit/audit-events.ts'
import type { MachineReservation } from '../../operator/application/audit/audit-machines.ts'
import type { OrderReservation } from '../../operator/application/audit/audit-orders.ts'
import type { PaymentLists } from '../../operator/application/audit/audit-payment.ts'
import { LATE_MS } from '../../operator/application/audit/audit-rows.ts'
import type { DeliveredEvent } from '../../operator/application/audit/audit-sequence.ts'
import type { RowFacts } from '../../operator/application/audit/row-facts.ts'
import type { StoredStock } from '../../operator/application/ledger/stock-ledger.ts'
import type { Machine } from '../../operator/domain/machine/machine.ts'
import type { Order } from '../../operator/domain/order/order.ts'
import type { Reservation } from '../../operator/domain/reservation/reservation.ts'
import type { KafkaConnection } from '../../operator/infrastructure/kafka/connection.ts'
import { readTopics } from '../../operator/infrastructure/kafka/topic-reader.ts'
import { isApiError } from '../../operator/infrastructure/kubernetes/api-error.ts'
import { type KubernetesClient, kubernetesClient } from '../../operator/infrastructure/kubernetes/client.ts'
import { readKubeConfig } from '../../operator/infrastructure/kubernetes/kube-config.ts'
import { resourceClient } from '../../operator/infrastructure/kubernetes/resource-client.ts'
import { eventSpoolsResource } from '../../operator/infrastructure/kubernetes/resources/event-spools.ts'
import type { EventSpool } from '../../operator/infrastructure/kubernetes/resources/generated/event-spool.ts'
import type { Reservation as ReservationResource } from '../../operator/infrastructure/kubernetes/resources/generated/reservation.ts'
import type { VirtualMachine } from '../../operator/infrastructure/kubernetes/resources/generated/virtual-machine.ts'
import type { VirtualStock } from '../../operator/infrastructure/kubernetes/resources/generated/virtual-stock.ts'
import {
  reservationFromResource,
  reservationsResource,
} from '../../operator/infrastructure/kubernetes/resources/reservations.ts'
import {
  machineFromResource,
  virtualMachines,
} from '../../operator/infrastructure/kubernetes/resources/virtual-machines.ts'
import { stockFromResource, virtualStocks } from '../../operator/infrastructure/kubernetes/resources/virtual-stocks.ts'
import type { ConnectionOptions } from '../../operator/infrastructure/postgres/connection.ts'
import { readRowFacts } from '../../operator/infrastructure/postgres/read-row-facts.ts'
import type { OrderSettings } from '../../operator/infrastructure/settings/order-settings.ts'
import { quiet } from '../quiet-logger.ts'
import { forOrder, readOrders, readPaymentLists } from './gather-orders.ts'
import { eventsBySource } from './topic-events.ts'

export interface AuditSources {
  readonly kubeconfig?: string | undefined
  /** None: the topic is not looked at. */
  readonly kafkaBrokers: readonly string[]
  /** How the brokers let one in, where not everybody may. */
  readonly kafkaAccess?: Pick<KafkaConnection, 'ssl' | 'sasl'> | undefined
  /** The topic that gets every event. */
  readonly auditTopic: string
  /** Where the database named `default` is; absent: stocks whose books are in databases are not looked at. */
  readonly postgres?: ConnectionOptions | undefined
  /** How payment providers are asked; absent: they are not. */
  readonly orders?: OrderSettings | undefined
  /** The one whose stocks, machines and orders are judged; absent = all. */
  readonly namespace?: string | undefined
}

/** Of all namespaces: a set may have lines in several, and a machine its pool in another. */
export interface Gathered extends Pick<AuditSources, 'namespace'> {
  readonly stocks: readonly StoredStock[]
  /** Of all that were there at the beginning or the end. */
  readonly stockUids: ReadonlySet<string>
  /** What the database named `default` has, as of a moment after `stocks` and before `events`; absent when it was not asked. */
  readonly rows?: RowFacts
  readonly reservations: readonly Reservation[]
  readonly machines: readonly Machine[]
  /** Of all that were there at the beginning or the end. */
  readonly machineUids: ReadonlySet<string>
  readonly machineReservations: readonly MachineReservation[]
  readonly orders: readonly Order[]
  /** Of all that were there at the beginning or the end. */
  readonly orderUids: ReadonlySet<string>
  readonly orderReservations: readonly OrderReservation[]
  readonly paymentLists: PaymentLists
  readonly spools: readonly (SpooledRange & { readonly name: string; readonly createdAt: number })[]
  /** By the uid of stock, machine or order, in the order of the topic; absent when Kafka was not asked. */
  readonly events?: ReadonlyMap<string, readonly DeliveredEvent[]>
  /** Uids of what was written while this was read: what was read of it does not fit together. */
  readonly moved: ReadonlySet<string>
}

const MACHINE_UID = 'kbnt.io/machine-uid'

/**
 * Reads everything that an audit compares, and stocks, machines and orders once more: where one is still the same version,
 * all that was read in between is as of that version. Throws when the cluster, the database, the topic or a payment
 * provider can't be read.
 */
export async function gather({ kubeconfig, namespace, postgres, orders, ...topic }: AuditSources): Promise<Gathered> {
  const client = kubernetesClient({ kubeConfig: readKubeConfig(kubeconfig, process.env), userAgent: 'kbnt-audit' })
  try {
    const before = await readWhatMoves(client)
    const reservations = (await resourceClient<ReservationResource>(client, reservationsResource).list()).items
    const spools = await resourceClient<EventSpool>(client, eventSpoolsResource).list()
    const rows = postgres && (await readRowFacts({ connection: postgres, database: 'default', lateMs: LATE_MS }))
    const events = topic.kafkaBrokers.length > 0 ? await eventsOf(topic) : undefined
    const paymentLists = await readPaymentLists(before.orders, orders)
    const after = await readWhatMoves(client)
    return {
      ...{ namespace, stocks: before.stocks, machines: before.machines, orders: before.orders, paymentLists },
      reservations: reservations.map(reservationFromResource),
      stockUids: new Set([...before.stocks, ...after.stocks].map(({ uid }) => uid)),
      ...(rows && { rows }),
      machineUids: new Set([...before.machines, ...after.machines].map(({ uid }) => uid)),
      machineReservations: reservations.flatMap(forMachine),
      orderUids: new Set([...before.orders, ...after.orders].map(({ uid }) => uid)),
      orderReservations: reservations.flatMap(forOrder),
      spools: spools.items.map(spoolFromResource),
      ...(events && { events }),
      moved: new Set(
        [...before.versions].flatMap(([uid, version]) => (after.versions.get(uid) === version ? [] : uid)),
      ),
    }
  } finally {
    await client.close()
  }
}

interface WhatMoves {
  readonly stocks: readonly StoredStock[]
  readonly machines: readonly Machine[]
  readonly orders: readonly Order[]
  /** By uid. */
  readonly versions: ReadonlyMap<string, string>
}

async function readWhatMoves(client: KubernetesClient): Promise<WhatMoves> {
  const stocks = (await resourceClient<VirtualStock>(client, virtualStocks).list()).items.map(stockFromResource)
  const [machines, orders] = [await readMachines(client), await readOrders(client)]
  const versions = new Map([
    ...stocks.map(({ uid, position }) => [uid, position] as const),
    ...[...machines, ...orders].map(({ uid, resourceVersion }) => [uid, resourceVersion] as const),
  ])
  return { stocks, machines, orders, versions }
}

/** None on a cluster that does not know the kind: it was installed before there were machines. */
async function readMachines(client: KubernetesClient): Promise<Machine[]> {
  try {
    return (await resourceClient<VirtualMachine>(client, virtualMachines).list()).items.map(machineFromResource)
  } catch (error) {
    if (isApiError(error, 404)) return []
    throw error
  }
}

function forMachine(reservation: ReservationResource): MachineReservation[] {
  const machineUid = reservation.metadata.labels?.[MACHINE_UID]
  return machineUid === undefined ? [] : [{ ...reservationFromResource(reservation), machineUid }]
}

function spoolFromResource({
  metadata,
  spec,
}: EventSpool): SpooledRange & { readonly name: string; readonly createdAt: number } {
  return {
    name: metadata.name ?? '',
    stockUid: spec.stockUID,
    firstSequence: spec.firstSequence,
    lastSequence: spec.events.at(-1)?.sequence ?? spec.firstSequence,
    createdAt: Date.parse(metadata.creationTimestamp ?? ''),
  }
}

async function eventsOf({
  kafkaBrokers: brokers,
  kafkaAccess,
  auditTopic,
}: Omit<AuditSources, 'kubeconfig' | 'namespace' | 'postgres' | 'orders'>): Promise<Map<string, DeliveredEvent[]>> {
  const connection = { ...kafkaAccess, brokers, clientId: 'kbnt-audit' }
  return eventsBySource(await readTopics({ connection, topics: [auditTopic], logger: quiet }))
}
