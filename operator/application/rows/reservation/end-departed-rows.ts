import { isFinished, keyOf, type Reservation } from '../../../domain/reservation/reservation.ts'
import { type Departed, departed, type Gone } from '../../reservation/departed.ts'
import type { Stocks } from '../../reservation/stocks.ts'
import type { RowStocks } from '../row-stocks.ts'
import { askLedger, type LedgerOf } from './ask-ledger.ts'

export interface OfRowsParts {
  readonly rowStocks: RowStocks
  readonly stocks: Pick<Stocks, 'findByUid'>
}

export interface DepartedRowsParts extends OfRowsParts {
  /** All that are deleted, as the watch has told. */
  readonly departed: Departed
  readonly ledgerOf: (database: string) => LedgerOf | undefined
  /** The object is gone, and has nothing any more. */
  readonly onGone: (uid: string) => void
}

/** Ends what deleted objects have in databases. */
export interface DepartedRows {
  /** True = nothing is left to be done for deleted ones of this name. Throws where a database can't do it at all. */
  end(key: string): Promise<boolean>
}

/** Whether a database decides for a reservation: it names a stock that has its books there, and no stock here decides. */
export function isOfRows({ rowStocks, stocks }: OfRowsParts, { spec, status }: Reservation): boolean {
  const home = status?.items?.[0]?.stockUID
  if (home !== undefined && stocks.findByUid(home)) return false
  return spec.items.some((item) => rowStocks.find(keyOf(item.stockNamespace, item.stock)) !== undefined)
}

export function departedRows(parts: DepartedRowsParts): DepartedRows {
  const ours = departed()

  async function isEnded({ uid, reservation }: Gone): Promise<boolean> {
    if (!reservation || mayHaveNothing(reservation)) return true
    const database = databaseOf(parts, reservation)
    const ledger = database === undefined ? undefined : parts.ledgerOf(database)
    if (!ledger) return true // whoever leads when there is one finds the row without an object
    const answer = await askLedger(ledger, { kind: 'end', uid })
    return answer.kind === 'stands' || answer.kind === 'unknown' || answer.kind === 'noStock'
  }

  return {
    async end(key) {
      for (const gone of parts.departed.of(key)) {
        if (!gone.reservation || !isOfRows(parts, gone.reservation)) continue
        parts.departed.done(gone.uid)
        ours.add(key, gone)
      }
      const ends = await Promise.allSettled(
        ours.of(key).map(async (gone) => {
          const ended = await isEnded(gone)
          if (ended) ours.done(gone.uid)
          if (ended) parts.onGone(gone.uid)
          return ended
        }),
      )
      for (const end of ends) if (end.status === 'rejected') throw end.reason
      return ends.every((end) => end.status === 'fulfilled' && end.value)
    },
  }
}

/** It was told that it is over; what is sold stays so. */
function mayHaveNothing({ status }: Reservation): boolean {
  if (isFinished(status?.phase)) return true
  return status?.conditions.some(({ type, status: holds }) => type === 'Finished' && holds === 'True') ?? false
}

function databaseOf({ rowStocks }: OfRowsParts, { spec }: Reservation): string | undefined {
  for (const item of spec.items) {
    const stock = rowStocks.find(keyOf(item.stockNamespace, item.stock))
    if (stock) return stock.database
  }
  return undefined
}
