import { emptyBalances } from '../../domain/stock/balances.ts'
import { decideTerms } from '../../domain/stock/decide-terms.ts'
import { StockBook, type StockIdentity } from '../../domain/stock/stock-book.ts'
import type { StockTerms } from '../../domain/stock/terms.ts'
import type { RowBooks } from './row-books.ts'

/** A stock that is to have its books in rows, as its object says. */
export interface WantedStock {
  readonly stock: StockIdentity
  readonly terms: StockTerms
  readonly generation: number
  /** The number that its first entry comes after; absent = it begins with 1. */
  readonly after?: number
  /** In which it is an object; absent = nothing tells it from others. */
  readonly cluster?: string
}

/** Opens the books of a stock that has none. False = it has some, and they stay as they are. */
export function openStockRow(books: Pick<RowBooks, 'open'>, wanted: WantedStock): Promise<boolean> {
  const { stock, terms, generation, after = 0, cluster } = wanted
  return books.open(stock.uid, (at) => {
    const book = new StockBook(stock, terms)
    book.openPart({ ...emptyBalances, sequence: after }, [], new Map())
    const told = decideTerms(emptyBalances, undefined, terms).map((draft) => ({
      entry: book.decide(draft, at),
      about: undefined,
    }))
    const note = book.levelNote(at)
    if (note) told.push({ entry: note, about: undefined })
    const { uid, namespace, name } = stock
    const row = { uid, namespace, name, state: 'Open' as const, terms, balances: book.balances, ceiling: 0 }
    return { row, generation, told, ...(cluster !== undefined && { cluster }) }
  })
}
