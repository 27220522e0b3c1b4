import type { Clock } from '../application/clock.ts'
import type { Logger } from '../application/logger.ts'
import type { RecordBooks } from '../application/rows/record-books.ts'
import type { RowBooks } from '../application/rows/row-books.ts'
import { RowLedger } from '../application/rows/row-ledger.ts'
import type { StockRows } from '../application/rows/stock/stock-rows.ts'
import type { ConnectionOptions } from '../infrastructure/postgres/connection.ts'
import { type DatabaseHealth, databaseHealth } from '../infrastructure/postgres/database-health.ts'
import { dropFinished } from '../infrastructure/postgres/drop-finished.ts'
import { notWritten } from '../infrastructure/postgres/faults.ts'
import { grantToGateways } from '../infrastructure/postgres/grants.ts'
import { migrate, refuseOtherTables } from '../infrastructure/postgres/migrate.ts'
import { PostgresBooks } from '../infrastructure/postgres/postgres-books.ts'
import { PostgresRecords } from '../infrastructure/postgres/postgres-records.ts'
import { PostgresStocks } from '../infrastructure/postgres/postgres-stocks.ts'
import { writerPool } from '../infrastructure/postgres/writer-pool.ts'
import type { DatabaseSettings, Settings } from '../infrastructure/settings/settings.ts'

/** One database that the settings name, with the books in it. */
export interface Database {
  readonly name: string
  /** How else to come in than through these. */
  readonly connection: ConnectionOptions
  readonly books: RowBooks
  readonly ledger: RowLedger
  readonly stocks: StockRows
  readonly records: RecordBooks
  /** Makes the tables, and those of the days to come; harmless where they are there. Throws where that can't be. */
  migrate(): Promise<void>
  /** Forgets what has been over for longer than `keepMs`, day by day; answers how many days. Throws where one can't be dropped now. */
  dropFinished(keepMs: number): Promise<number>
  /** How it is, as far as the server tells. Throws where it does not answer. */
  health(): Promise<DatabaseHealth>
  /** What may wait there to be delivered. */
  readonly maxOutboxBytes: number
  /** Live claims that each namespace may have there. */
  readonly maxLiveReservations: number
  /** Whether stocks of a namespace may have their books in it. */
  mayOpen(namespace: string): boolean
}

export interface Databases {
  /** Undefined = no setting names it. */
  get(name: string): Database | undefined
  readonly all: readonly Database[]
  /** Ends its connections, once nobody asks for anything any more. */
  close(): Promise<void>
}

export interface DatabasesParts {
  readonly settings: Pick<Settings, 'databases'>
  readonly clock: Clock
  readonly logger: Logger
  /** Told of whatever is tried again: what, and why. */
  readonly onRetry: (operation: string, cause: string) => void
  /** Nothing is asked of a database whose tables are not those that this program knows. */
  readonly refusesOtherTables?: boolean
}

/** Of each database: transactions of different stocks that don't wait for each other. */
const LANES = 2

/** The databases of the settings that have books of stocks; nothing is asked of any before somebody uses it. */
export function databasesOf({ settings, clock, logger, onRetry, refusesOtherTables }: DatabasesParts): Databases {
  const ofStocks = Object.entries(settings.databases).filter(([, { serves }]) => serves === 'stocks')
  const opened = ofStocks.map(([name, database]) => {
    const log = logger.child({ component: 'ledger', database: name })
    const check = refusesOtherTables ? refuseOtherTables : undefined
    return opening({ name, settings: database, check }, { clock, onRetry, onTrouble: log.warn })
  })
  const byName = new Map(opened.map(({ database }) => [database.name, database]))
  return {
    get: (name) => byName.get(name),
    all: [...byName.values()],
    close: async () => void (await Promise.all(opened.map(({ close }) => close()))),
  }
}

type Voices = ConstructorParameters<typeof RowLedger>[0]['patience']

interface Opening {
  readonly name: string
  readonly settings: DatabaseSettings
  readonly check: typeof refuseOtherTables | undefined
}

function opening({ name, settings, check }: Opening, patience: Voices) {
  const { namespaces, durability, gatewayRole, maxOutboxBytes, maxLiveReservations } = settings
  const pool = writerPool({ connection: settings, lanes: LANES, ...(check && { check }) })
  const books = new PostgresBooks(pool, { durability })
  const ledger = new RowLedger({ books, clock: patience.clock, patience, lanes: LANES })
  const mayOpen = (namespace: string) => namespaces === '*' || namespaces.includes(namespace)
  const tellUngranted = (error: unknown): void =>
    patience.onTrouble('the gateways could not be given their rights', { database: name, role: gatewayRole, error })
  const migrated = async (): Promise<void> => {
    const client = await pool.connect().catch((error: unknown) => {
      throw notWritten(error)
    })
    try {
      await migrate(client).catch((error: unknown) => {
        throw notWritten(error)
      })
      if (gatewayRole !== undefined) await grantToGateways(client, gatewayRole).catch(tellUngranted)
    } finally {
      client.release(true) // it may have a lock, or a transaction, that is not over
    }
  }
  const database: Database = {
    ...{
      name,
      connection: settings,
      books,
      ledger,
      stocks: new PostgresStocks(pool, { durability }),
      mayOpen,
      migrate: migrated,
    },
    records: new PostgresRecords(pool),
    health: () => databaseHealth(pool),
    ...{ maxOutboxBytes, maxLiveReservations },
    dropFinished: (keepMs) => dropFinished(pool, keepMs),
  }
  return { database, close: () => pool.end() }
}
