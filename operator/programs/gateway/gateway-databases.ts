import type { Clock } from '../../application/clock.ts'
import { rowDatabase } from '../../application/gateway/rows/row-database.ts'
import type { RowDatabases } from '../../application/gateway/rows/row-databases.ts'
import type { Logger } from '../../application/logger.ts'
import { OutboxWatch } from '../../application/rows/outbox-watch.ts'
import { refuseOtherTables } from '../../infrastructure/postgres/migrate.ts'
import { PostgresRecords } from '../../infrastructure/postgres/postgres-records.ts'
import { postgresReservations } from '../../infrastructure/postgres/postgres-reservations.ts'
import { readerPool } from '../../infrastructure/postgres/reader-pool.ts'
import type { Settings } from '../../infrastructure/settings/settings.ts'
import type { GatewayMetrics } from '../../infrastructure/telemetry/gateway-metrics.ts'
import { databasesOf } from '../databases.ts'

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
  const most = Math.floor(MOST_ORDERS / Math.max(1, databases.all.length))
  const used = databases.all.map(({ name, ledger, connection, maxOutboxBytes: maxBytes }) => {
    const reader = readerPool(connection, refuseOtherTables)
    const voices = { clock, onRetry: () => undefined, onTrouble: logger.child({ component: 'outbox' }).warn }
    const outbox = new OutboxWatch({ database: name, records: new PostgresRecords(reader), patience: voices, maxBytes })
    const database = rowDatabase({
      ...{ name, ledger, most, clock, reservations: postgresReservations(reader), observer: metrics.rows(name) },
      eventsBehind: (stock) => outbox.isBehind(stock),
      logger: logger.child({ component: 'ledger', database: name }),
    })
    return { database, reader, outbox }
  })
  const known = new Map(used.map(({ database }) => [database.name, database]))
  for (const { outbox } of used) outbox.start()
  return {
    get: (name) => known.get(name),
    all: [...known.values()],
    async close() {
      const ended = used.flatMap(({ outbox, reader }) => [outbox.stop(), reader.end()])
      await Promise.all([databases.close(), ...ended])
    },
  }
}
