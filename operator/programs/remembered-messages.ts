import type { ProcessedMessages } from '../application/virtualization/processed-messages.ts'
import type { ConnectionOptions } from '../infrastructure/postgres/connection.ts'
import { notWritten } from '../infrastructure/postgres/faults.ts'
import { grantReading } from '../infrastructure/postgres/grants.ts'
import { migrate, refuseOtherTables } from '../infrastructure/postgres/migrate.ts'
import { requestTables } from '../infrastructure/postgres/request-tables.ts'
import { postgresProcessedMessages } from '../infrastructure/postgres/requests/postgres-processed-messages.ts'
import { writerPool } from '../infrastructure/postgres/writer-pool.ts'

/** The part of what is remembered that a program uses, and the end of its connections. */
export interface RememberedMessages<Part extends keyof ProcessedMessages> {
  readonly processed: Pick<ProcessedMessages, Part>
  /** Once nobody asks for anything any more. */
  close(): Promise<void>
}

/** Transactions at once. */
const LANES = 1

/** A role that only reads, such as the workers', is let do that. */
type WrittenIn = ConnectionOptions & { readonly gatewayRole?: string }

/** For the operator, which writes them: makes their tables first. Nothing is asked of the database before that. */
export function writtenMessages(connection: WrittenIn): RememberedMessages<'remember' | 'forget'> {
  const pool = writerPool({ connection, lanes: LANES })
  const processed = postgresProcessedMessages(pool)
  let areMade = false

  async function makeTables(): Promise<void> {
    if (areMade) return
    try {
      const client = await pool.connect()
      const made = async () => {
        await migrate(client, requestTables)
        if (connection.gatewayRole !== undefined)
          await grantReading(client, requestTables.schema, connection.gatewayRole)
      }
      await made().finally(() => client.release(true)) // it may have a lock that is not over
      areMade = true
    } catch (error) {
      throw notWritten(error)
    }
  }

  return {
    processed: {
      async remember(messages) {
        await makeTables()
        await processed.remember(messages)
      },
      async forget(keptMs) {
        await makeTables()
        return processed.forget(keptMs)
      },
    },
    close: () => pool.end(),
  }
}

/** For the workers, which read them: through connections that are refused where the tables are not those that they know. */
export function readMessages(connection: ConnectionOptions): RememberedMessages<'find'> {
  const pool = writerPool({ connection, lanes: LANES, check: (client) => refuseOtherTables(client, requestTables) })
  const { find } = postgresProcessedMessages(pool)
  return { processed: { find }, close: () => pool.end() }
}
