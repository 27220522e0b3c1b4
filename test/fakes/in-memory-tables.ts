import {
  type ClaimRow,
  type FinishedRow,
  NotWritten,
  OutcomeUnknown,
  Oversold,
  type StockRow,
  type Told,
} from '../../operator/application/rows/row-books.ts'
import type { LedRow } from '../../operator/application/rows/stock/stock-rows.ts'
import type { Rows } from '../fixtures/audit-rows.ts'

/** What the next transactions meet. */
export type Mishap = 'not written' | 'answer lost' | 'commit lost' | 'broken'

/** What can be taken away from a database, to see who notices. */
export interface RowsWithout {
  /** Transactions look at the same rows side by side. */
  readonly locks?: true
  /** The database lets itself be oversold. */
  readonly constraints?: true
  /** Reads fewer of the holds that are over, instead of 500. */
  readonly overLimit?: number
}

/** The tables of a database with its promises and mishaps: one transaction at a time, all or nothing, time of its own. */
export class InMemoryTables {
  readonly stocks = new Map<string, LedRow>()
  /** Fingerprints by the uid. */
  readonly keys = new Map<string, string>()
  /** By uid and stock, with a space between. */
  readonly claims = new Map<string, ClaimRow>()
  readonly finished = new Map<string, FinishedRow>()
  /** By stock and consumer, with a space between. */
  readonly units = new Map<string, number>()
  /** By the stock, every entry that was ever committed. */
  readonly told = new Map<string, readonly Told[]>()
  /** By the stock, the last entry that is where it is to go. */
  readonly delivered = new Map<string, number>()
  /** By the stock, the cluster in which it is an object. */
  readonly clusters = new Map<string, string>()
  readonly now: () => number
  readonly without: RowsWithout
  /** Transactions that have written. */
  commits = 0
  readonly #onTold: (stock: string, told: readonly Told[]) => void
  readonly #mishaps: Mishap[] = []
  #turn: Promise<unknown> = Promise.resolve()

  /** `onTold`: of entries of a stock that are committed. */
  constructor(now: () => number, without: RowsWithout = {}, onTold: InMemoryTables['tell'] = () => undefined) {
    this.now = now
    this.without = without
    this.#onTold = onTold
  }

  /** Each transaction that writes takes one of these, the first first. */
  meet(...mishaps: readonly Mishap[]): void {
    this.#mishaps.push(...mishaps)
  }

  /** Whoever comes later waits. */
  inTurn<T>(work: () => T): Promise<T> {
    const mine = this.#turn.then(work)
    this.#turn = mine.catch(() => undefined)
    return mine
  }

  /** Ends a transaction after which these stocks stand so. */
  commit(stocks: readonly Pick<StockRow, 'uid' | 'balances' | 'ceiling' | 'terms'>[], write: () => void): void {
    const mishap = this.#mishaps.shift()
    if (mishap === 'not written') throw new NotWritten('away')
    if (mishap === 'broken') throw new Error('a value that no column takes')
    if (!this.without.constraints) for (const stock of stocks) neverOversold(stock)
    if (mishap !== 'commit lost') {
      write()
      this.commits += 1
    }
    if (mishap) throw new OutcomeUnknown('the answer is lost')
  }

  tell(stock: string, told: readonly Told[]): void {
    this.told.set(stock, [...(this.told.get(stock) ?? []), ...told])
    this.#onTold(stock, told)
  }

  /** Has an open stock decide nothing any more. */
  halt(stock: string, known = 0): void {
    const row = this.stocks.get(stock)
    if (row)
      this.stocks.set(stock, {
        ...row,
        known: Math.max(row.known, known),
        state: row.state === 'Open' ? 'Halted' : row.state,
      })
  }

  /** Remembers how all is now; what it answers sets everything back to that. */
  backup(): () => void {
    const maps: Map<string, unknown>[] = [this.stocks, this.keys, this.claims, this.finished, this.units, this.told]
    const copies = maps.map((map) => new Map(map))
    return () => {
      for (const [index, map] of maps.entries()) {
        map.clear()
        for (const [key, value] of copies[index] ?? []) map.set(key, value)
      }
    }
  }

  isDelivered(stock: string): boolean {
    const last = this.told.get(stock)?.at(-1)?.entry.sequence ?? 0
    return last <= (this.delivered.get(stock) ?? 0)
  }

  /** Everything that is stored. */
  rows(): Rows {
    return {
      stocks: [...this.stocks.values()],
      claims: [...this.claims.values()],
      finished: [...this.finished.values()],
      units: [...this.units].map(([key, has]) => {
        const [stock = '', consumer = ''] = key.split(' ')
        return { stock, consumer, units: has }
      }),
      entries: [...this.told].map(([stock, told]) => ({ stock, entries: told.map(({ entry }) => entry) })),
    }
  }
}

/** The constraints of the table of stocks. */
function neverOversold({ uid, balances, ceiling, terms }: Pick<StockRow, 'uid' | 'balances' | 'ceiling' | 'terms'>) {
  const out = balances.reserved + balances.confirmed
  const most = Math.max(balances.quantity - terms.safetyStock, ceiling)
  if (out > most || balances.reserved < 0 || balances.confirmed < 0) throw new Oversold(`${out} out of ${most}`, uid)
}
