import type pg from 'pg'
import { hitchOf, patiently } from '../../application/patience.ts'
import { notWritten } from '../../infrastructure/postgres/faults.ts'
import { grantReading } from '../../infrastructure/postgres/grants.ts'
import { migrate, type Tables } from '../../infrastructure/postgres/migrate.ts'
import { writerPool } from '../../infrastructure/postgres/writer-pool.ts'
import type { FlowParts } from './running-flow.ts'

/** The tables of a flow, in the database that the worker's settings name. */
export interface FlowDatabase {
  readonly pool: pg.Pool
  /** Makes the tables, for as long as it takes. */
  start(): void
  /** Undefined = the tables are there, as this program knows them. */
  notReady(): string | undefined
  /** Once nobody asks for anything any more. */
  close(): Promise<void>
}

/** Transactions at once. */
const LANES = 2

/** Throws where the settings name no such database. */
export function flowDatabase({ settings, clock, logger }: FlowParts, tables: Tables): FlowDatabase {
  const { databases, worker } = settings
  const connection = databases[worker.database]
  if (!connection) throw new Error(`worker.database is ${worker.database}, and databases has none of that name`)
  const pool = writerPool({ connection, lanes: LANES })
  let trouble: string | undefined = `the tables of ${tables.schema} are not made yet`
  let over = false
  const { gatewayRole } = connection
  const tellUngranted = (error: unknown): void =>
    logger.warn('the gateways could not be given their rights', { database: worker.database, role: gatewayRole, error })

  async function attempt() {
    try {
      const client = await pool.connect()
      const made = async () => {
        const migrated = await migrate(client, tables)
        if (gatewayRole !== undefined) await grantReading(client, tables.schema, gatewayRole).catch(tellUngranted)
        return migrated
      }
      const migrated = await made().finally(() => client.release(true)) // it may have a lock that is not over
      return { kind: 'done' as const, value: migrated }
    } catch (error) {
      const hitch = hitchOf(notWritten(error))
      trouble = `the tables of ${tables.schema} can't be made: ${hitch.reason}`
      return over ? { kind: 'done' as const, value: undefined } : { kind: 'failed' as const, hitch }
    }
  }

  return {
    pool,
    start() {
      const parts = { clock, onRetry: () => undefined, onTrouble: logger.warn }
      const made = patiently(parts, { operation: 'make tables', fields: { database: worker.database } }, attempt)
      void made.then((migrated) => {
        if (migrated) trouble = undefined
      })
    },
    notReady: () => trouble,
    close() {
      over = true
      return pool.end()
    },
  }
}
