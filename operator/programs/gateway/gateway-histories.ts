import type { StockHistories } from '../../application/gateway/stock-histories.ts'
import { postgresHistories } from '../../infrastructure/postgres/history/postgres-histories.ts'
import { HISTORY, historyTables } from '../../infrastructure/postgres/history-tables.ts'
import { refuseOtherTables } from '../../infrastructure/postgres/migrate.ts'
import { readerPool } from '../../infrastructure/postgres/reader-pool.ts'
import type { Settings } from '../../infrastructure/settings/settings.ts'

export interface GatewayHistories {
  /** Absent: the settings name no database of histories. */
  readonly histories?: StockHistories
  /** Ends its connections, once nothing is asked any more. */
  close(): Promise<void>
}

/** Asks nothing of the database before somebody does. */
export function gatewayHistories({ databases, gateway }: Pick<Settings, 'databases' | 'gateway'>): GatewayHistories {
  const connection = gateway.historyDatabase === undefined ? undefined : databases[gateway.historyDatabase]
  if (!connection) return { close: async () => undefined }
  const reader = readerPool(connection, (client) => refuseOtherTables(client, historyTables()))
  return { histories: postgresHistories(reader, HISTORY), close: () => reader.end() }
}
