import { isFinished, keyOf, type Reservation } from '../../../domain/reservation/reservation.ts'
import { inLanes } from '../../in-lanes.ts'
import type { Reservations } from '../../reservation/reservations.ts'
import type { ObjectRow, RowBooks } from '../row-books.ts'
import type { RowStocks } from '../row-stocks.ts'
import { askLedger, type LedgerOf } from './ask-ledger.ts'

export interface ObjectRowsParts {
  readonly books: Pick<RowBooks, 'ofObjects'>
  readonly ledger: LedgerOf
  readonly reservations: Pick<Reservations, 'find' | 'read'>
  /** Whether the reservations of a namespace are known: then one that isn't found is gone. */
  readonly serves: (namespace: string) => boolean
  readonly rowStocks: RowStocks
  /** What tells this cluster from others; undefined = nothing can. */
  readonly cluster: () => Promise<string | undefined>
}

const SWEEP_MS = 60_000
/** Looked at with each call. */
const TOGETHER = 500
/** Of them asked for in the cluster at once. */
const LANES = 8
const FIRST = '00000000-0000-0000-0000-000000000000'

/**
 * Ends, with each call some more, what rows have of objects that are gone or over: whoever led when that came may have
 * died with it. Answers when to call again, in ms. Throws where the database or the cluster does not answer; all that was not done is found again.
 */
export function objectRowsSweep(parts: ObjectRowsParts): () => Promise<number> {
  const { books, ledger, reservations } = parts
  let after = FIRST

  /** As the watch shows it, but what it does not show is asked of the store itself. */
  async function present({ uid, namespace, name }: ObjectRow): Promise<Reservation | undefined> {
    const seen = reservations.find(keyOf(namespace, name))
    if (seen?.uid === uid) return seen
    const stored = await reservations.read(namespace, name)
    return stored?.uid === uid ? stored : undefined
  }

  /**
   * Another cluster may have its stocks in the same database. And of a stock that was restored under another uid nothing is
   * ended before somebody has accepted its books: its reservations may have come back as well.
   */
  function isOfOurs(row: ObjectRow, cluster: string | undefined): boolean {
    const stock = parts.rowStocks.find(keyOf(row.stockNamespace, row.stockName))
    if (stock?.uid === row.stock) return true
    return cluster !== undefined && row.cluster === cluster && !stock?.formerUids.includes(row.stock)
  }

  async function endIfOver(row: ObjectRow, cluster: string | undefined): Promise<void> {
    if (!isOfOurs(row, cluster) || !parts.serves(row.namespace)) return
    const reservation = await present(row)
    if (reservation && !isFinished(reservation.status?.phase)) return
    await askLedger(ledger, { kind: 'end', uid: row.uid }) // where nothing comes of it, the next sweep finds it again
  }

  return async () => {
    const cluster = await parts.cluster()
    const rows = await books.ofObjects(after, TOGETHER)
    after = rows.length < TOGETHER ? FIRST : (rows.at(-1)?.uid ?? FIRST) // whatever fails, the others have their turn
    await inLanes(rows, LANES, (row) => endIfOver(row, cluster))
    return rows.length < TOGETHER ? SWEEP_MS : 0
  }
}
