import type { Clock } from '../../application/clock.ts'
import { rowDatabase } from '../../application/gateway/rows/row-database.ts'
import type { RowDatabases } from '../../application/gateway/rows/row-databases.ts'
import { toldInTime } from '../../application/gateway/rows/told-in-time.ts'
import type { Logger } from '../../application/logger.ts'
import { FullNamespaces } from '../../application/rows/full-namespaces.ts'
import { OutboxWatch } from '../../application/rows/outbox-watch.ts'
import { refuseOtherTables } from '../../infrastructure/postgres/migrate.ts'
import { postgresLiveCounts } from '../../infrastructure/postgres/postgres-live-counts.ts'
import { PostgresRecords } from '../../infrastructure/postgres/postgres-records.ts'
import { postgresReservations } from '../../infrastructure/postgres/postgres-reservations.ts'
import { readerPool } from '../../infrastructure/postgres/reader-pool.ts'
import type { Settings } from '../../infrastructure/settings/settings.ts'
import type { GatewayMetrics } from '../../infrastructure/telemetry/gateway-metrics.ts'
import { type Database, databasesOf } from '../databases.ts'

export interface GatewayDatabasesParts {
  readonly settings: Pick<Settings, 'databases'>
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Pick<GatewayMetrics, 'rows'>
}

export interface GatewayDatabases extends RowDatabases {
  /** Ends all connections, once nothing is asked any more. */
  close(): Promise<void>
}

/** Orders under way in all databases together: less than the requests that a gateway bears at once. */
const MOST_ORDERS = 3_000

/** The databases of the settings as the gateway uses them. They are asked how full they are, and else only what is ordered. */
export function gatewayDatabases({ settings, clock, logger, metrics }: GatewayDatabasesParts): GatewayDatabases {
  const databases = databasesOf({ settings, clock, logger, onRetry: () => undefined, refusesOtherTables: true })
  const mostOrders = Math.floor(MOST_ORDERS / Math.max(1, databases.all.length))
  const used = databases.all.map((database) => seenByGateway(database, { clock, logger, metrics, mostOrders }))
  const known = new Map(used.map(({ database }) => [database.name, database]))
  for (const { watches } of used) for (const watch of watches) watch.start()
  return {
    get: (name) => known.get(name),
    all: [...known.values()],
    async close() {
      const ended = used.flatMap(({ watches, reader }) => [...watches.map((watch) => watch.stop()), reader.end()])
      await Promise.all([databases.close(), ...ended])
    },
  }
}

interface Surroundings extends Omit<GatewayDatabasesParts, 'settings'> {
  readonly mostOrders: number
}

function seenByGateway(database: Database, { clock, logger, metrics, mostOrders }: Surroundings) {
  const { name, ledger, connection, maxOutboxBytes: maxBytes, maxLiveReservations: most } = database
  const reader = readerPool(connection, refuseOtherTables)
  const voices = (component: string) => {
    return { clock, onRetry: () => undefined, onTrouble: logger.child({ component }).warn }
  }
  const log = logger.child({ component: 'ledger', database: name })
  const records = new PostgresRecords(reader)
  const outbox = new OutboxWatch({ database: name, records, patience: voices('outbox'), maxBytes })
  const observer = metrics.rows(name)
  const full = new FullNamespaces({
    ...{ database: name, counts: postgresLiveCounts(reader), patience: voices('ledger'), most },
    onFull: (namespace) => log.warn('a namespace has all the live reservations that it may have', { namespace, most }),
    onLook: observer.namespacesFull,
  })
  const ordering = rowDatabase({
    ...{ name, ledger, most: mostOrders, clock, reservations: postgresReservations(reader) },
    ...{ observer, logger: log },
    eventsBehind: (stock) => outbox.isBehind(stock),
    fullAt: (namespace) => (full.has(namespace) ? most : undefined),
  })
  return { database: toldInTime(ordering, clock), reader, watches: [outbox, full] }
}
