import type { EventSpools } from '../../operator/application/event/event-spools.ts'
import type { StockLedger } from '../../operator/application/ledger/stock-ledger.ts'
import type { Reservations } from '../../operator/application/reservation/reservations.ts'
import { keyOf, type Reservation } from '../../operator/domain/reservation/reservation.ts'
import type { ApiServer } from '../simulation/world/api-server.ts'

/** The books of stocks in the simulator's API server. */
export function inMemoryStockLedger(server: ApiServer): StockLedger {
  return {
    list: async () => [...server.stocks.values()],
    serves: () => true,
    read: async (namespace, name) => server.stocks.get(keyOf(namespace, name)),
    append: async (stock, status) => server.writeStatus(stock, status),
    open: async (stock) => server.open(stock),
    close: async (stock) => server.close(stock),
    complain: async (stock, complaint) => server.complain(stock, complaint),
  }
}

/** Reservations in the simulator's API server, seen at once. */
export function inMemoryReservations(server: ApiServer): Reservations {
  return {
    find: (key) => server.reservations.get(key),
    all: () => server.reservations.values(),
    naming: (namespace, name) => naming(server.reservations.values(), namespace, name),
    latest: async () => ({ reservations: [...server.reservations.values()], stale: new Set() }),
    read: async (namespace, name) => server.reservations.get(keyOf(namespace, name)),
    report: async (base, status) => server.report(base, status),
    async remove({ namespace, name, uid, resourceVersion }) {
      const present = server.reservations.get(keyOf(namespace, name))
      if (!present) return 'gone'
      if (present.uid !== uid || present.resourceVersion !== resourceVersion) return 'changed'
      server.deleteReservation(keyOf(namespace, name))
      return 'removed'
    },
  }
}

/** Those that name this stock. */
export function* naming(
  reservations: Iterable<Reservation>,
  stockNamespace: string,
  stock: string,
): Generator<Reservation> {
  for (const reservation of reservations) {
    const { items } = reservation.spec
    if (items.some((item) => item.stock === stock && item.stockNamespace === stockNamespace)) yield reservation
  }
}

/** Spools in the simulator's API server. */
export function inMemoryEventSpools(server: ApiServer): EventSpools {
  return {
    list: async () => [...server.spools.values()],
    create: async (stockUid, events) => server.createSpool(stockUid, events),
    async read({ name, uid }) {
      const spool = server.spools.get(name)
      return spool?.uid === uid ? spool.events : undefined
    },
    remove: async (ref) => server.removeSpool(ref),
  }
}
