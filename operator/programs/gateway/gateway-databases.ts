import type { Pool } from 'pg'
import type { Clock } from '../../application/clock.ts'
import { rowDatabase } from '../../application/gateway/rows/row-database.ts'
import type { RowDatabase, RowDatabases } from '../../application/gateway/rows/row-databases.ts'
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
  function outboxOf(name: string, pool: Pool): OutboxWatch {
    const log = logger.child({ component: 'outbox' })
    const voices = { clock, onRetry: () => undefined, onTrouble: log.warn }
    const maxBytes = settings.databases[name]?.maxOutboxBytes ?? Number.POSITIVE_INFINITY
    const records = new PostgresRecords(pool)
    return new OutboxWatch({ database: name, records, clock, patience: voices, maxBytes })
  }
  const databases = databasesOf({ settings, clock, logger, onRetry: () => undefined, refusesOtherTables: true })
  const most = Math.floor(MOST_ORDERS / Math.max(1, databases.all.length))
  const readers = Object.entries(settings.databases).map(
    ([name, connection]) => [name, readerPool(connection, refuseOtherTables)] as const,
  )
  const outboxes = new Map(readers.map(([name, pool]) => [name, outboxOf(name, pool)]))
  const reservations = new Map(readers.map(([name, pool]) => [name, postgresReservations(pool)]))
  const known = new Map(
    databases.all.flatMap(({ name, ledger }): [string, RowDatabase][] => {
      const reading = reservations.get(name)
      if (!reading) return []
      const log = logger.child({ component: 'ledger', database: name })
      const eventsBehind = (stock: string) => outboxes.get(name)?.isBehind(stock) ?? false
      const parts = { name, ledger, reservations: reading, most, eventsBehind, clock, logger: log }
      return [[name, rowDatabase({ ...parts, observer: metrics.rows(name) })]]
    }),
  )
  for (const outbox of outboxes.values()) outbox.start()
  return {
    get: (name) => known.get(name),
    all: [...known.values()],
    async close() {
      await Promise.all([...outboxes.values()].map((outbox) => outbox.stop()))
      await Promise.all([databases.close(), ...readers.map(([, pool]) => pool.end())])
    },
  }
}
