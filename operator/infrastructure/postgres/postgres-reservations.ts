import type { Pool, QueryConfig, QueryResultRow } from 'pg'
import type { FoundReservation, RowReservations } from '../../application/gateway/rows/row-databases.ts'
import type { Standing } from '../../application/rows/order.ts'
import { standingOfFinished } from '../../application/rows/reservation-rows.ts'
import { explained, notWritten } from './faults.ts'
import { type PageColumns, pageOf, pageStatement } from './reservation-page.ts'
import { type ClaimColumns, claimRow, type FinishedColumns, finishedRow } from './row-values.ts'
import { reservationReading } from './statements.ts'

interface HeldColumns extends ClaimColumns {
  readonly fingerprint: string
  readonly stock_namespace: string
  readonly stock_name: string
}

type EndedColumns = FinishedColumns & { readonly fingerprint: string }

/** Reservations as they are read beside the books. The pool's connections only read. */
export function postgresReservations(pool: Pick<Pool, 'connect'>): RowReservations {
  async function rowsOf<T extends QueryResultRow>(statement: QueryConfig): Promise<T[]> {
    const client = await pool.connect().catch((error: unknown) => {
      throw notWritten(error)
    })
    let isWhole = false
    try {
      const { rows } = await client.query<T>(statement)
      isWhole = true
      return rows
    } catch (error) {
      throw explained(error)
    } finally {
      client.release(!isWhole)
    }
  }

  return {
    // what is held first: it may end meanwhile, and nothing that has ended is ever held again
    async find(uid) {
      const held = await rowsOf<HeldColumns & QueryResultRow>({ ...reservationReading.held, values: [uid] })
      if (held.length > 0) return heldReservation(held)
      const [ended] = await rowsOf<EndedColumns & QueryResultRow>({ ...reservationReading.ended, values: [uid] })
      return ended && { standing: standingOfFinished(finishedRow(ended)), fingerprint: ended.fingerprint }
    },
    async page(wanted) {
      return pageOf(await rowsOf<PageColumns & QueryResultRow>(pageStatement(wanted)), wanted.limit)
    },
  }
}

/** Of rows of one reservation, the home's first. */
function heldReservation(rows: readonly HeldColumns[]): FoundReservation | undefined {
  const [home] = rows
  if (!home) return undefined
  const { claim, about } = claimRow(home)
  const lines = rows.map((row): Standing['lines'][number] => {
    const { stock, stock_namespace: stockNamespace, stock_name: stockName, sequence, quantity, price } = row
    return { stock, stockNamespace, stockName, sequence, quantity, ...(price && { unitPrice: price }) }
  })
  const { uid, reservedAt: since, deadline } = claim
  return { standing: { uid, about, phase: home.phase, lines, since, deadline }, fingerprint: home.fingerprint }
}
