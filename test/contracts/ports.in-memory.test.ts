import { keyOf } from '../../operator/domain/reservation/reservation.ts'
import { inMemoryEventSpools, inMemoryReservations, inMemoryStockLedger } from '../fakes/in-memory-ports.ts'
import { someTerms } from '../fixtures/builders.ts'
import { apiServer } from '../simulation/world/api-server.ts'
import { eventSpoolsContract } from './event-spools.contract.ts'
import { reservationsContract } from './reservations.contract.ts'
import { stockLedgerContract } from './stock-ledger.contract.ts'

const namespace = 'shop'
const server = apiServer(() => undefined)

stockLedgerContract('in memory', () => ({
  ledger: inMemoryStockLedger(server),
  namespace,
  createStock: async (name, quantity) => server.createStock(namespace, name, someTerms({ quantity })),
  changeQuantity: async (name, quantity) => server.changeTerms(keyOf(namespace, name), { quantity }),
  deleteStock: async (name) => server.deleteStock(keyOf(namespace, name), false),
}))

reservationsContract('in memory', () => ({
  reservations: inMemoryReservations(server),
  namespace,
  create: async (name) =>
    server.createReservation({
      namespace,
      name,
      createdAt: 0,
      spec: {
        items: [{ stockNamespace: namespace, stock: 'lamp', quantity: 2 }],
        state: 'Reserved',
        waitForMs: 0,
        priority: 0,
      },
    }),
  confirm: async (name) => void server.changeReservation(keyOf(namespace, name), { state: 'Confirmed' }),
  delete: async (name) => server.deleteReservation(keyOf(namespace, name)),
}))

eventSpoolsContract('in memory', () => inMemoryEventSpools(server))
