import type { RowBooks } from '../../operator/application/rows/row-books.ts'
import { anOrder, aRowStock, rowLedger, standing } from '../fixtures/row-orders.ts'

/** More than any measurement holds. */
const UNITS = 1_000_000_000

export interface Holding {
  /** Each waits for its hold before it asks for the next. */
  readonly clients: number
  readonly ms: number
}

export async function openStocks(books: RowBooks, count: number): Promise<string[]> {
  const stocks: string[] = []
  while (stocks.length < count) stocks.push(await aRowStock(books, { quantity: UNITS }))
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
