import type { Order } from '../../../operator/application/rows/order.ts'
import type { RecordBooks } from '../../../operator/application/rows/record-books.ts'
import type { LedRow, StockChange, StockRows } from '../../../operator/application/rows/stock/stock-rows.ts'

/** One thing that a leader or a gateway does wrong on purpose. */
export interface ServedBreakage {
  readonly name: string
  readonly rows?: (rows: StockRows) => StockRows
  readonly records?: (records: RecordBooks) => RecordBooks
  /** Of a gateway. */
  readonly order?: (order: Order) => Order
}

function deciding(change: (row: LedRow, decided: StockChange | undefined) => StockChange | undefined) {
  return (rows: StockRows): StockRows => ({
    ...rows,
    change: (stock, decide) =>
      rows.change(stock, (found) => {
        const decided = decide(found)
        return found.row ? change(found.row, decided) : decided
      }),
  })
}

/** Whoever looks finds what was decided, whether it is kept or not. */
function shownBeforeTheCommit(rows: StockRows): StockRows {
  const decided = new Map<string, LedRow>()
  return {
    ...rows,
    change: (stock, decide) =>
      rows.change(stock, (found) => {
        const changed = decide(found)
        if (changed) decided.set(stock.uid, changed.row)
        return changed
      }),
    async look(known) {
      const { changed, ...look } = await rows.look(known)
      const early = known.flatMap(({ uid, sequence }) => {
        const row = decided.get(uid)
        return row && row.balances.sequence > sequence ? [row] : []
      })
      return { ...look, changed: [...changed, ...early] }
    },
  }
}

export const servedBreakages: readonly ServedBreakage[] = [
  {
    name: 'a mirror that is written before its commit',
    rows: shownBeforeTheCommit,
  },
  {
    name: 'entries that are deleted before a topic has them',
    records: (records) => ({
      ...records,
      async next(wanted, share) {
        const found = await records.next(wanted, share)
        await records.delivered(
          found.map(({ stock, delivered, records: read }) => ({
            ...{ stock, after: delivered, upTo: read.at(-1)?.last ?? delivered },
          })),
        )
        return found
      },
    }),
  },
  {
    name: 'a row that is closed while somebody holds some of it',
    rows: deciding((row, decided) => {
      if (decided || !row.terms.terminating || row.state !== 'Open') return decided
      return { row: { ...row, state: 'Closed' }, told: [], countsConsumers: false }
    }),
  },
  {
    name: 'terms that are taken over without what they change',
    rows: deciding((row, decided) => decided && { ...decided, row: { ...decided.row, balances: row.balances } }),
  },
  {
    name: 'a gateway that forgets what it has seen of a stock',
    order: (order) =>
      order.kind === 'reserve'
        ? {
            ...order,
            lines: order.lines.map(({ stock, quantity }) => ({ stock, quantity })) as unknown as typeof order.lines,
          }
        : order,
  },
]
