import { keyOf } from '../../../domain/reservation/reservation.ts'
import { uidOfRows } from '../../ledger/open-mark.ts'
import type { StoredStock } from '../../ledger/stock-ledger.ts'
import type { RowStock, RowStocks } from '../row-stocks.ts'
import type { KnownRow, LedRow, Look } from './stock-rows.ts'

/** A stock whose books are rows: its object as the watch has shown it last, and its row as it was read last. */
export interface LedRowStock {
  stock: StoredStock & { readonly database: string }
  /** Undefined = it was not looked for yet; `none` = there is none. */
  row: LedRow | 'none' | undefined
  /** The number of the latest entry that its row was seen with by this leader. */
  seen: number
  /** Why its books can't be accepted, although somebody asks for that. */
  objection: string | undefined
  /** Its status may not say what is known of it. */
  isUntold: boolean
  /** A write of its status is under way. */
  isTelling: boolean
}

export interface RowCircumstances {
  /** Whether its database is there and may have it. */
  readonly isServed: (stock: LedRowStock) => boolean
  /** Whether so many of its events wait there that it takes nothing new. */
  readonly eventsBehind: (stock: LedRowStock) => boolean
}

/** All stocks whose books are rows, as the leader knows them. Memory only: nothing is decided by what is in it. */
export class LedRowStocks implements RowStocks {
  readonly #byUid = new Map<string, LedRowStock>()
  readonly #byKey = new Map<string, LedRowStock>()
  /** Whose object is gone, and whose row is not known to be closed. */
  readonly #orphans = new Map<string, LedRowStock>()
  readonly #circumstances: RowCircumstances

  constructor(circumstances: RowCircumstances) {
    this.#circumstances = circumstances
  }

  find(key: string): RowStock | undefined {
    const led = this.#byKey.get(key)
    if (!led) return undefined
    const { uid, namespace, name, database, terms, openedAs = '' } = led.stock
    const formerUids = [openedAs, ...led.stock.formerUids].flatMap((mark) => uidOfRows(mark) ?? [])
    const { isServed, eventsBehind } = this.#circumstances
    const isOpen = typeof led.row === 'object' && led.row.state === 'Open' && isServed(led)
    return { uid, namespace, name, database, terms, isOpen, eventsBehind: eventsBehind(led), formerUids }
  }

  get(key: string): LedRowStock | undefined {
    return this.#byKey.get(key)
  }

  /** Whether its object was seen; of one that is gone, until its row is known to be closed. */
  knows(uid: string): boolean {
    return this.#byUid.has(uid) || this.#orphans.has(uid)
  }

  *all(): Iterable<LedRowStock> {
    yield* this.#byUid.values()
  }

  *of(database: string): Iterable<LedRowStock> {
    for (const led of this.#byUid.values()) if (led.stock.database === database) yield led
  }

  /** The watch has shown it. Others, whose books are elsewhere, are nobody's here. */
  seen(stock: StoredStock): void {
    const { database, uid, namespace, name } = stock
    if (database === undefined) return
    const known = this.#byUid.get(uid)
    const shown = { ...stock, database }
    if (known) Object.assign(known, { stock: shown, isUntold: true })
    const led = known ?? {
      ...{ stock: shown, row: undefined, seen: 0, objection: undefined },
      ...{ isUntold: true, isTelling: false },
    }
    this.#byUid.set(uid, led)
    this.#byKey.set(keyOf(namespace, name), led)
  }

  /** Uids of stocks of a database that went without being closed: nobody may take anything of them any more. */
  orphansOf(database: string): string[] {
    return [...this.#orphans.values()].flatMap(({ stock }) => (stock.database === database ? [stock.uid] : []))
  }

  closed(uid: string): void {
    this.#orphans.delete(uid)
  }

  gone({ uid, namespace, name }: Pick<StoredStock, 'uid' | 'namespace' | 'name'>): void {
    const led = this.#byUid.get(uid)
    const isOver = led?.row === 'none' || (typeof led?.row === 'object' && led.row.state === 'Closed')
    if (led && !isOver) this.#orphans.set(uid, led)
    this.#byUid.delete(uid)
    const key = keyOf(namespace, name)
    if (this.#byKey.get(key)?.stock.uid === uid) this.#byKey.delete(key)
  }

  /** Takes note of rows; answers the stocks of which something is new. */
  looked({ changed, missing }: Look): LedRowStock[] {
    const rows = [
      ...changed.map((row) => [row.uid, row] as const),
      ...missing.map((uid) => [uid, 'none' as const] as const),
    ]
    return rows.flatMap(([uid, row]) => {
      const led = this.#byUid.get(uid)
      if (!led || (row === 'none' && led.row === 'none')) return []
      led.row = row
      if (row !== 'none') led.seen = Math.max(led.seen, row.balances.sequence)
      led.isUntold = true
      return [led]
    })
  }
}

/** What is known of a stock's row. */
export function knownRow({ stock: { uid }, row }: LedRowStock): KnownRow {
  if (typeof row !== 'object') return { uid, sequence: -1, generation: 0, state: 'Open' }
  return { uid, sequence: row.balances.sequence, generation: row.generation, state: row.state }
}
