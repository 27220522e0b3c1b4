import type { StockIdentity } from '../../../domain/stock/stock-book.ts'
import { inLanes } from '../../in-lanes.ts'
import type { StockLedger } from '../../ledger/stock-ledger.ts'
import { decideOrphaned } from './decide-stock-row.ts'
import type { LedRowStocks } from './led-row-stocks.ts'
import type { StockRows } from './stock-rows.ts'

export interface StockRowsSweepParts {
  readonly database: string
  readonly rows: Pick<StockRows, 'claimFor' | 'openIn' | 'change'>
  readonly stocks: Pick<LedRowStocks, 'of' | 'knows'>
  readonly ledger: Pick<StockLedger, 'serves' | 'read'>
  /** What tells this cluster from others; undefined = nothing can, and then no row is known to be of it. */
  readonly cluster: () => Promise<string | undefined>
}

const SWEEP_MS = 60_000
/** Rows of one call. */
const TOGETHER = 500
/** Claimed at once: orders of these stocks wait for it. */
const CLAIMED = 100
/** Of them asked for in the cluster at once. */
const LANES = 8
const FIRST = '00000000-0000-0000-0000-000000000000'

/**
 * Closes, with each call some more, the rows of stocks whose objects went while nobody led: such a stock was opened in this
 * cluster, nobody has shown it to us, and the API server itself, asked after its row was read, has none of that uid; which
 * never comes again. Answers when to call again, in ms. Throws where the database or the cluster does not answer; what was
 * not done is found again.
 */
export function stockRowsSweep(parts: StockRowsSweepParts): () => Promise<number> {
  const { database, rows, stocks, ledger } = parts
  let after = FIRST

  /** Whoever sees an object of it may say so, whatever was written before: by a program that didn't know of that, or elsewhere. */
  async function claim(cluster: string): Promise<void> {
    const ours = [...stocks.of(database)].map(({ stock }) => stock.uid)
    for (let from = 0; from < ours.length; from += CLAIMED)
      await rows.claimFor(cluster, ours.slice(from, from + CLAIMED))
  }

  async function closeIfGone({ uid, namespace, name }: StockIdentity): Promise<void> {
    if (stocks.knows(uid) || !ledger.serves(namespace)) return
    const stored = await ledger.read(namespace, name)
    if (stored?.uid === uid || stocks.knows(uid)) return
    await rows.change({ uid, sums: false }, ({ row, at }) => row && decideOrphaned(row, at))
  }

  return async () => {
    const cluster = await parts.cluster()
    if (cluster === undefined) return SWEEP_MS
    if (after === FIRST) await claim(cluster)
    const open = await rows.openIn(cluster, after, TOGETHER)
    after = open.length < TOGETHER ? FIRST : (open.at(-1)?.uid ?? FIRST) // whatever fails, the others have their turn
    await inLanes(open, LANES, closeIfGone)
    return open.length < TOGETHER ? SWEEP_MS : 0
  }
}
