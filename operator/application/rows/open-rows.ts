import { ceilingAfter } from '../../domain/stock/ceiling.ts'
import type { Claim } from '../../domain/stock/claim.ts'
import { comesBack, decideEnd } from '../../domain/stock/comes-back.ts'
import { type AppliedEntry, type HomeDecision, settleTogether } from '../../domain/stock/decide-together.ts'
import { type PartClaim, StockBook } from '../../domain/stock/stock-book.ts'
import { rememberedTimes } from '../../domain/times.ts'
import type { OrderLine, Standing } from './order.ts'
import { claimsOf, finishedRow, isLive, liveStanding, type Part, standingOfFinished } from './reservation-rows.ts'
import type { About, Changes, ClaimRow, FinishedLine, FinishedRow, Found, KeyRow, StockRow, Told } from './row-books.ts'
import { unitChanges } from './unit-changes.ts'

/** A stock of which a part is open. */
export interface OpenStock {
  readonly row: StockRow
  readonly book: StockBook
}

/** A reservation that was found, or is made: where it has something, its home first. */
interface Concerned {
  readonly about: About
  readonly stocks: readonly string[]
  /** What it asks for; empty where it was found. */
  readonly wanted: readonly OrderLine[]
  /** What the rows had of it before. */
  readonly before: ReadonlyMap<string, Claim>
  readonly found: FinishedRow | undefined
  finished: FinishedRow | undefined
  isTouched: boolean
}

/**
 * The part of the books that a transaction has locked. Decisions are applied to it in memory; what they come to is asked
 * at the end. It knows of nothing that was not found.
 */
export class OpenRows {
  readonly at: number
  readonly #stocks = new Map<string, OpenStock>()
  readonly #reservations = new Map<string, Concerned>()
  readonly #keys: Map<string, string>
  readonly #newKeys: KeyRow[] = []
  readonly #told = new Map<string, Told[]>()

  constructor(found: Found) {
    this.at = found.at
    this.#keys = new Map(found.keys.map(({ uid, fingerprint }) => [uid, fingerprint]))
    this.#find(found)
    this.#open(found)
  }

  stock(uid: string): OpenStock | undefined {
    return this.#stocks.get(uid)
  }

  /** The fingerprint of what was decided under a uid; undefined = nothing was. */
  fingerprintOf(uid: string): string | undefined {
    return this.#keys.get(uid)
  }

  /**
   * The books of all that a reservation has, the home's first; undefined = it is not known or has nothing, or a part of it
   * was not found: a half of it must not be decided.
   */
  booksOf(uid: string): [StockBook, ...StockBook[]] | undefined {
    const books = this.#reservations.get(uid)?.stocks.map((stock) => this.#stocks.get(stock)?.book)
    return books?.length && books.every((book) => book?.claims.has(uid)) ? (books as [StockBook]) : undefined
  }

  /** A stock of a reservation that decides nothing until somebody has looked at it. */
  haltedOf(uid: string): string | undefined {
    return this.#reservations.get(uid)?.stocks.find((stock) => this.#stocks.get(stock)?.row.state === 'Halted')
  }

  /** Decides at the home of a reservation that was found whole, and what follows; answers whether anything was decided. */
  settle(uid: string, decide: HomeDecision): boolean {
    const books = this.booksOf(uid)
    const applied = books ? settleTogether(uid, books, decide, this.at) : []
    this.note(uid, applied)
    return applied.length > 0
  }

  /** Gives back what comes back of a reservation that was found whole and that nobody has any more. */
  end(uid: string): boolean {
    const known = this.#reservations.get(uid)
    const books = this.booksOf(uid)
    if (!known || !books) return false
    const sold = this.#claimsOf(uid, known).filter(({ claim, book }) => !comesBack(claim, book))
    const [home] = books
    const applied = settleTogether(uid, [home, ...backAmong(uid, books)], endOf(uid, books), this.at)
    this.note(uid, applied, sold)
    return applied.length > 0
  }

  standingOf(uid: string): Standing | undefined {
    const known = this.#reservations.get(uid)
    if (!known) return undefined
    if (known.finished) return standingOfFinished(known.finished)
    return liveStanding(uid, known.about, this.#claimsOf(uid, known))
  }

  /** Makes a reservation known before anything is decided for it. */
  add(key: KeyRow, about: About, wanted: readonly OrderLine[]): void {
    this.#keys.set(key.uid, key.fingerprint)
    this.#newKeys.push(key)
    const none = { before: new Map(), found: undefined, finished: undefined, isTouched: true }
    const stocks = wanted.map(({ stock }) => stock)
    this.#reservations.set(key.uid, { about, stocks, wanted, ...none })
    for (const stock of stocks) this.#stocks.get(stock)?.book.setConsumer(key.uid, about.consumer)
  }

  /** Takes note of what was decided for a reservation, and applied to its books; `sold`: what is left of it for good. */
  note(uid: string, applied: readonly AppliedEntry[], sold: readonly Part[] = []): void {
    const known = this.#reservations.get(uid)
    if (!known || applied.length === 0) return
    for (const { book, entry } of applied) {
      const told = this.#told.get(book.stock.uid) ?? []
      if (told.length === 0) this.#told.set(book.stock.uid, told)
      told.push({ entry, about: entry.uid === uid ? known.about : undefined })
    }
    known.isTouched = true
    const left = sold.length > 0 ? sold : this.#claimsOf(uid, known)
    const returns = (stock: string) => this.#stocks.get(stock)?.book.terms.reclaimPolicy === 'Return'
    const had = known.finished?.lines ?? this.#wantedLines(known, applied)
    known.finished = isLive(left, returns)
      ? undefined
      : finishedRow({ uid, about: known.about, had, left, before: [...known.before.values()] }, applied)
  }

  /** Of one that was refused: nobody has what it asked for, and people ask what that was. */
  #wantedLines({ wanted }: Concerned, applied: readonly AppliedEntry[]): FinishedLine[] {
    const verdict = applied.find(({ entry }) => entry.verb === 'Refuse')
    if (!verdict) return []
    return wanted.flatMap(({ stock, quantity }) => {
      const book = this.#stocks.get(stock)?.book
      if (!book) return []
      const sequence = book === verdict.book ? verdict.entry.sequence : 0
      return [{ stock, stockNamespace: book.stock.namespace, stockName: book.stock.name, sequence, quantity }]
    })
  }

  /** All that was decided, as rows; undefined = nothing was. */
  changes(): Omit<Changes, 'setBack'> | undefined {
    const touched = [...this.#reservations].filter(([, { isTouched }]) => isTouched)
    if (touched.length === 0) return undefined
    const stocks = [...this.#stocks.values()].filter(({ row, book }) => book.balances.sequence > row.balances.sequence)
    return {
      stocks: stocks.map(({ row, book: { balances, terms } }) => {
        return { uid: row.uid, balances, ceiling: ceilingAfter(row.ceiling, balances, terms.safetyStock) }
      }),
      keys: this.#newKeys,
      ...this.#claimChanges(touched),
      finished: touched.flatMap(([, { finished, found }]) => (finished && finished !== found ? [finished] : [])),
      reopened: touched.flatMap(([uid, { finished, found }]) => (found && finished !== found ? [uid] : [])),
      units: unitChanges(
        touched.map(([uid, known]) => ({ uid, ...known })),
        this.#stocks,
      ),
      entries: [...this.#told].map(([stock, told]) => ({ stock, told })),
    }
  }

  #claimChanges(touched: readonly (readonly [string, Concerned])[]): Pick<Changes, 'claims' | 'changed' | 'gone'> {
    const claims: ClaimRow[] = []
    const changed: ClaimRow[] = []
    const gone: { stock: string; uid: string }[] = []
    for (const [uid, { about, stocks, before, found, finished }] of touched) {
      for (const stock of stocks) {
        const was = found ? undefined : before.get(stock)
        const is = finished ? undefined : this.#stocks.get(stock)?.book.claims.get(uid)
        if (is && is !== was) (was ? changed : claims).push({ stock, claim: is, about })
        if (was && !is) gone.push({ stock, uid })
      }
    }
    return { claims, changed, gone }
  }

  #claimsOf(uid: string, { stocks }: Concerned): Part[] {
    return stocks.flatMap((stock) => {
      const book = this.#stocks.get(stock)?.book
      const claim = book?.claims.get(uid)
      return book && claim ? [{ stock, claim, book }] : []
    })
  }

  #find({ claims, over, finished }: Found): void {
    const known = (about: About, stocks: readonly string[], before: Map<string, Claim>, row?: FinishedRow) => {
      return { about, stocks, wanted: [], before, found: row, finished: row, isTouched: false }
    }
    for (const [uid, rows] of byReservation([...claims, ...over])) {
      const home = [...rows.values()].find(({ claim }) => claim.follows === undefined)
      if (!home) continue // its home is not among what is locked: somebody else does what is to be done
      const stocks = [home.stock, ...(home.claim.lines ?? []).map(({ stockUID }) => stockUID)]
      const before = new Map([...rows].map(([stock, { claim }]) => [stock, claim]))
      this.#reservations.set(uid, known(home.about, stocks, before))
    }
    for (const row of finished) {
      const stocks = row.lines.map(({ stock }) => stock)
      this.#reservations.set(row.uid, known(row.about, stocks, new Map(claimsOf(row)), row))
    }
  }

  #open({ stocks, units }: Found): void {
    const times = rememberedTimes()
    const parts = new Map<string, PartClaim[]>(stocks.map(({ uid }) => [uid, []]))
    for (const { about, before } of this.#reservations.values()) {
      const { consumer } = about
      for (const [stock, claim] of before) parts.get(stock)?.push({ claim, ...(consumer && { consumer }) })
    }
    for (const row of stocks) {
      const { uid, namespace, name, terms, balances } = row
      const book = new StockBook({ uid, namespace, name }, terms, times)
      const had = units.filter(({ stock }) => stock === uid).map((one) => [one.consumer, one.units] as const)
      book.openPart(balances, parts.get(uid) ?? [], new Map(had))
      this.#stocks.set(uid, { row, book })
    }
  }
}

/** What is done at the home of one that nobody has any more. */
export function endOf(uid: string, books: readonly [StockBook, ...StockBook[]]): HomeDecision {
  return decideEnd(backAmong(uid, books))
}

/** Beside its home, the books where something of it comes back. */
function backAmong(uid: string, [, ...others]: readonly [StockBook, ...StockBook[]]): StockBook[] {
  return others.filter((book) => {
    const claim = book.claims.get(uid)
    return claim !== undefined && comesBack(claim, book)
  })
}

function byReservation(rows: readonly ClaimRow[]): Map<string, Map<string, ClaimRow>> {
  const found = new Map<string, Map<string, ClaimRow>>()
  for (const row of rows) {
    const of = found.get(row.claim.uid) ?? new Map<string, ClaimRow>()
    found.set(row.claim.uid, of.set(row.stock, row))
  }
  return found
}
