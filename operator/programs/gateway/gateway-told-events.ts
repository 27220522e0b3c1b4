import type { ToldEvents } from '../../application/gateway/told-events.ts'
import { postgresToldEvents } from '../../infrastructure/postgres/integration/postgres-told-events.ts'
import { integrationTables } from '../../infrastructure/postgres/integration-tables.ts'
import { refuseOtherTables } from '../../infrastructure/postgres/migrate.ts'
import { readerPool } from '../../infrastructure/postgres/reader-pool.ts'
import type { Settings } from '../../infrastructure/settings/settings.ts'

export interface GatewayToldEvents {
  /** Absent: the settings name no database of them. */
  readonly told?: ToldEvents
  /** Ends its connections, once nothing is asked any more. */
  close(): Promise<void>
}

/** Asks nothing of the database before somebody does. */
export function gatewayToldEvents({ databases, gateway }: Pick<Settings, 'databases' | 'gateway'>): GatewayToldEvents {
  const connection = gateway.consumptionDatabase === undefined ? undefined : databases[gateway.consumptionDatabase]
  if (!connection) return { close: async () => undefined }
  const reader = readerPool(connection, (client) => refuseOtherTables(client, integrationTables))
  return { told: postgresToldEvents(reader), close: () => reader.end() }
}
