import type { World } from '../../../operator/application/engine/world.ts'
import type { OutgoingEvent } from '../../../operator/application/event/outgoing-event.ts'
import type { Delivery } from '../../../operator/application/event/publisher.ts'
import {
  NotServed,
  type StockLedger,
  type StoredStock,
  type WriteResult,
} from '../../../operator/application/ledger/stock-ledger.ts'
import { keyOf, type Reservation } from '../../../operator/domain/reservation/reservation.ts'
import { naming } from '../../fakes/in-memory-ports.ts'
import type { ApiServer } from './api-server.ts'
import { reservationAsRead, stockAsRead } from './as-read.ts'
import type { Kafka } from './kafka.ts'
import { CallFailed, type Network } from './network.ts'
import type { Sick } from './sickness.ts'
import type { Sight } from './sight.ts'

export interface PortsParts {
  readonly server: ApiServer
  readonly kafka: Kafka
  /** What the server refuses for long. */
  readonly sick: Pick<Sick, 'refusalOf' | 'refusalOfBooks' | 'refusesSpools'>
  readonly network: Pick<Network, 'call' | 'read' | 'write'>
  /** What it may list. */
  readonly sight: Sight
  /** What the watch has brought. */
  readonly cache: ReadonlyMap<string, Reservation>
  readonly sees: (reservation: Reservation) => Reservation
}

type Ports = Pick<World, 'ledger' | 'reservations' | 'spools' | 'publisher'>

/** The ports of one operator, as its adapters are: every call goes over its network, and nonsense is marked. */
export function processPorts(parts: PortsParts): Ports {
  const { server, sick, sight, cache, network } = parts
  const { read, write } = network
  const seen = (one: Reservation) => parts.sees(reservationAsRead(server, one))

  const reservations = {
    find: (key: string) => cache.get(key),
    all: () => cache.values(),
    naming: (namespace: string, stock: string) => naming(cache.values(), namespace, stock),
    latest: () => read(() => ({ reservations: sight.listed().reservations.map(seen), stale: new Set<string>() })),
    async read(namespace: string, reservation: string) {
      if (!sight.serves(namespace)) throw new CallFailed('forbidden')
      return read(() => {
        const found = server.reservations.get(keyOf(namespace, reservation))
        return found && seen(found)
      })
    },
    report: (base: Reservation, status: Parameters<ApiServer['report']>[1]) =>
      write(() => sick.refusalOf(base) ?? server.report(base, status)),
    remove: () => Promise.resolve('removed' as const),
  }
  return { ledger: ledgerPort(parts), reservations, spools: spoolsPort(parts), publisher: publisherPort(parts) }
}

function ledgerPort({ server, sick, sight, network: { read, write } }: PortsParts): StockLedger {
  const seen = (stock: StoredStock) => stockAsRead(server, stock)
  const result = (one: WriteResult): WriteResult =>
    one.kind === 'committed' ? { kind: 'committed', stock: seen(one.stock) } : one
  return {
    list: () => read(() => sight.listed().stocks.map(seen)),
    serves: sight.serves,
    async read(namespace, name) {
      if (!sight.serves(namespace)) throw new NotServed(`namespace ${namespace} can't be listed for now`)
      return read(() => {
        const found = server.stocks.get(keyOf(namespace, name))
        return found && seen(found)
      })
    },
    append: async (stock, status) =>
      stock.unreadable === undefined
        ? write(() => sick.refusalOfBooks(stock) ?? server.writeStatus(stock, status))
        : { kind: 'refused', reason: stock.unreadable, guard: false },
    open: (stock) => write(() => result(server.open(stock))),
    close: (stock) => write(() => server.close(stock)),
    complain: (stock, complaint) => write(() => result(server.complain(stock, complaint))),
  }
}

const noRoom = () => Promise.reject(new CallFailed('the quota is used up'))

function spoolsPort({ server, sick, network: { read } }: PortsParts): Ports['spools'] {
  return {
    list: () => read(() => [...server.spools.values()]),
    create: (stockUid: string, events: readonly OutgoingEvent[]) =>
      sick.refusesSpools() ? noRoom() : read(() => server.createSpool(stockUid, events)),
    read: ({ name, uid }) =>
      read(() => (server.spools.get(name)?.uid === uid ? server.spools.get(name)?.events : undefined)),
    remove: (ref) => read(() => server.removeSpool(ref)),
  }
}

function publisherPort({ kafka, network: { call } }: PortsParts): Ports['publisher'] {
  return {
    publish: (batches) =>
      call<Delivery[]>(() => batches.map((batch) => kafka.append(batch)), {
        lost: () => batches.map(() => ({ kind: 'unavailable', reason: 'no answer' })),
        later: () => batches.map(() => ({ kind: 'unavailable', reason: 'busy' })),
      }),
    close: () => Promise.resolve(),
  }
}
