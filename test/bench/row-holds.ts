import type { Answer, Standing } from '../../operator/application/rows/order.ts'
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
export function holdsFor(books: RowBooks, stocks: readonly string[], holding: Holding): Promise<number> {
  const ledger = rowLedger(books)
  return roundsFor(holding, async (turn) => {
    mustBe('Reserved', await ledger.order(anOrder(stocks[turn % stocks.length] ?? '')))
  })
}

/** Holds and then confirms at one stock; answers how many went through both. */
export function pairsFor(books: RowBooks, stock: string, holding: Holding): Promise<number> {
  const ledger = rowLedger(books)
  return roundsFor(holding, async () => {
    const order = anOrder(stock)
    mustBe('Reserved', await ledger.order(order))
    mustBe('Confirmed', await ledger.order({ kind: 'confirm', uid: order.uid }))
  })
}

/** Each client does one thing after the other; answers how many were done. `turn`: a number that each has but once. */
async function roundsFor({ clients, ms }: Holding, work: (turn: number) => Promise<void>): Promise<number> {
  const end = performance.now() + ms
  let done = 0
  const run = async (client: number) => {
    for (let turn = client; performance.now() < end; turn += clients) {
      await work(turn)
      done += 1
    }
  }
  await Promise.all(Array.from({ length: clients }, (_, client) => run(client)))
  return done
}

function mustBe(phase: Standing['phase'], answer: Answer): void {
  if (standing(answer).phase !== phase) throw new Error(`not ${phase}: ${JSON.stringify(answer)}`)
}
