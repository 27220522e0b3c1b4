import type { Order } from './order.ts'
import type { SetBack, StockRow } from './row-books.ts'

/**
 * Whether a row has forgotten what somebody has seen of it, the entry with the number `seen`: its database was set back, and
 * who goes on by it sells once more what was sold since.
 */
export function isSetBack({ balances }: Pick<StockRow, 'balances'>, seen: number): boolean {
  return balances.sequence < seen
}

export interface Judged {
  /** Those that were set back are halted. */
  readonly stocks: readonly StockRow[]
  /** What is to be written of these. */
  readonly setBack: readonly SetBack[]
}

/** Judges rows by what this process knows to be kept, and by what whoever orders has seen. */
export function judgeRows(
  rows: readonly StockRow[],
  orders: readonly Order[],
  known: (stock: string) => number,
): Judged {
  const seen = seenBy(orders)
  const setBack: SetBack[] = []
  const stocks = rows.map((row): StockRow => {
    const { uid: stock, state } = row
    const latest = Math.max(known(stock), seen.get(stock) ?? 0)
    // a closed one hands nothing out, and nobody could accept its books any more
    if (state !== 'Open' || !isSetBack(row, latest)) return row
    setBack.push({ stock, known: latest })
    return { ...row, state: 'Halted' }
  })
  return { stocks, setBack }
}

function seenBy(orders: readonly Order[]): Map<string, number> {
  const seen = new Map<string, number>()
  for (const order of orders) {
    if (order.kind !== 'reserve') continue
    for (const { stock, known = 0 } of order.lines) if (known > (seen.get(stock) ?? 0)) seen.set(stock, known)
  }
  return seen
}
