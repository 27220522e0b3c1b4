import { randomUUID } from 'node:crypto'
import { openStockRow } from '../../operator/application/rows/open-stock-row.ts'
import type { RowBooks } from '../../operator/application/rows/row-books.ts'
import { someTerms } from '../fixtures/builders.ts'
import { anOrder, rowLedger, standing } from '../fixtures/row-orders.ts'

/** More than any measurement holds. */
const UNITS = 1_000_000_000

export interface Holding {
  /** Each waits for its hold before it asks for the next. */
  readonly clients: number
  readonly ms: number
}

export async function openStocks(books: RowBooks, count: number): Promise<string[]> {
  const stocks = Array.from({ length: count }, () => randomUUID())
  for (const uid of stocks) {
    const stock = { uid, namespace: 'shop', name: `stock-${uid}` }
    await openStockRow(books, { stock, terms: someTerms({ quantity: UNITS }), generation: 1 })
  }
  return stocks
}

/** Holds at these stocks by one ledger; answers how many were held. */
export async function holdsFor(books: RowBooks, stocks: readonly string[], { clients, ms }: Holding): Promise<number> {
  const ledger = rowLedger(books)
  const end = performance.now() + ms
  let held = 0
  const hold = async (client: number) => {
    for (let turn = client; performance.now() < end; turn += clients) {
      const answer = await ledger.order(anOrder(stocks[turn % stocks.length] ?? ''))
      if (standing(answer).phase !== 'Reserved') throw new Error(`not held: ${JSON.stringify(answer)}`)
      held += 1
    }
  }
  await Promise.all(Array.from({ length: clients }, (_, client) => hold(client)))
  return held
}
