import type { Reservation } from '../../../domain/reservation/reservation.ts'
import type { JointPatience } from '../../joint-patience.ts'
import { openMark, uidOfRows } from '../../ledger/open-mark.ts'
import type { StockLedger, StoredStock, WriteResult } from '../../ledger/stock-ledger.ts'
import { type Outcome, recheckAfter, settled } from '../../outcome.ts'
import type { Reservations } from '../../reservation/reservations.ts'
import { openStockRow } from '../open-stock-row.ts'
import { NotWritten, OutcomeUnknown, type RowBooks } from '../row-books.ts'
import { decideAdopted } from './decide-adopted.ts'
import {
  decideAccepted,
  decideFarewell,
  decideNewTerms,
  decideSetBack,
  decideTermsOf,
  isHeld,
  LEAP,
} from './decide-stock-row.ts'
import type { LedRowStock, LedRowStocks } from './led-row-stocks.ts'
import type { LedRow, LockedStock, StockChange, StockRows } from './stock-rows.ts'
import { isAhead, isBehind } from './terms-taken.ts'
import { latestSeen, whyLost } from './why-row-not-ready.ts'

export interface RowStockParts {
  readonly stocks: LedRowStocks
  /** The database of a stock, where there is one that may have it and answers. */
  readonly databaseOf: (led: LedRowStock) => { readonly books: RowBooks; readonly rows: StockRows } | undefined
  readonly ledger: Pick<StockLedger, 'open' | 'close' | 'read' | 'serves'>
  readonly reservations: Pick<Reservations, 'all'>
  /** What tells this cluster from others; undefined = nothing can. */
  readonly cluster: () => Promise<string | undefined>
  /** Told of what the database did not take, by the stock. */
  readonly tries: JointPatience<string>
}

const UNLISTED =
  "its books are accepted once all watched namespaces can be listed: one that can't may have reservations of it"

type Database = NonNullable<ReturnType<RowStockParts['databaseOf']>>

/** A deleted stock waits for its last holds and events, of which nobody tells us. */
const CLOSING_STEP_MS = 500
/** What the database did not take passes, or its state says so. */
const AGAIN_MS = 1_000
/** All claims of the stock are read for it. */
const ACCEPT_AGAIN_MS = 10_000

/**
 * Brings one stock's row to where its object is: marks the object, opens the row once, takes the spec over, and closes it
 * when the stock is deleted. What can't be done because of its database is done when that is there, which looks at the
 * stock again.
 */
export async function reconcileRowStock(parts: RowStockParts, key: string): Promise<Outcome> {
  const led = parts.stocks.get(key)
  const database = led && parts.databaseOf(led)
  if (!led || !database || led.row === undefined || led.stock.unreadable !== undefined) {
    parts.tries.over(key) // others look at it again, or say why not
    return settled
  }
  try {
    const outcome = await bring(parts, database, led)
    parts.tries.over(key)
    return outcome
  } catch (error) {
    if (!(error instanceof NotWritten) && !(error instanceof OutcomeUnknown)) throw error
    parts.tries.failed(key, key, error)
    return recheckAfter(AGAIN_MS)
  }
}

async function bring(parts: RowStockParts, database: Database, led: LedRowStock): Promise<Outcome> {
  const { stock } = led
  if (led.row === 'none') return withoutRow(parts, database, led)
  if (whyLost(led) !== undefined || isHalted(led)) return accept(parts, database, led)
  if (isAhead(led)) await goBack(parts, database, led)
  if (!isBehind(led)) return stock.terms.terminating ? close(parts, database, led) : keepMarked(parts, stock)
  const seen = latestSeen(led)
  await change(parts, database, led, {
    decide: (row, { at }) => decideSetBack(row, seen) ?? decideNewTerms(row, at, stock),
  })
  if (isHalted(led)) return settled
  return stock.terms.terminating ? close(parts, database, led) : keepMarked(parts, stock)
}

/**
 * A cluster that was restored counts on from an older spec, which is the one that is meant. What was read after the row tells
 * that from a watch that lags; and who has changed the row since knows better.
 */
async function goBack(parts: RowStockParts, database: Database, led: LedRowStock): Promise<void> {
  const { namespace, name, uid } = led.stock
  const before = typeof led.row === 'object' ? led.row.generation : 0
  const stored = await parts.ledger.read(namespace, name)
  if (stored?.uid !== uid || stored.unreadable !== undefined || stored.generation >= before) return
  const seen = latestSeen(led)
  await change(parts, database, led, {
    decide: (row, { at }) =>
      decideSetBack(row, seen) ?? (row.generation === before ? decideTermsOf(row, at, stored) : undefined),
  })
}

function isHalted({ row }: LedRowStock): boolean {
  return typeof row === 'object' && row.state === 'Halted'
}

/** Marked first: whoever comes after us knows that there may be a row. */
async function withoutRow(parts: RowStockParts, database: Database, led: LedRowStock): Promise<Outcome> {
  const { stock } = led
  const isLost = whyLost(led) !== undefined
  if (stock.terms.terminating && (!isLost || isOthers(stock))) return letGo(parts, stock)
  if (isLost && !mayAccept(stock)) return settled // it was marked before
  if (isLost && isOthers(stock)) return adopt(parts, database, led)
  if (isLost) return open(parts, database, led)
  // what the mark changes is seen, and looked at again
  return isMarked(stock) ? open(parts, database, led) : written(await parts.ledger.open(stock))
}

async function open(parts: RowStockParts, database: Database, led: LedRowStock): Promise<Outcome> {
  const { stock } = led
  const { terms, generation } = stock
  const seen = latestSeen(led)
  const cluster = await parts.cluster()
  const after = seen > 0 || isOthers(stock) ? seen + LEAP : 0
  await openStockRow(database.books, { stock, terms, generation, after, ...(cluster !== undefined && { cluster }) })
  await change(parts, database, led, { decide: () => undefined })
  return keepMarked(parts, stock)
}

/** Goes on with the rows of the stock that it was opened as, where there are any: with all of it, or not at all. */
async function adopt(parts: RowStockParts, database: Database, led: LedRowStock): Promise<Outcome> {
  const { stock } = led
  if (!parts.ledger.serves()) {
    tellObjection(led, UNLISTED)
    return recheckAfter(ACCEPT_AGAIN_MS)
  }
  const former = uidOfRows(stock.openedAs ?? '') ?? ''
  const cluster = await parts.cluster()
  const seen = latestSeen(led)
  let objection: string | undefined
  let isThere = false
  const reservations = [...parts.reservations.all()].filter((reservation) => names(reservation, stock))
  await database.rows.adopt({ uid: stock.uid, former, reservations }, (found) => {
    isThere = found.row !== undefined
    const adopted = decideAdopted(found, stock, { seen, ...(cluster !== undefined && { cluster }) })
    if (typeof adopted !== 'string') return adopted
    objection = adopted
    return undefined
  })
  tellObjection(led, objection)
  if (objection !== undefined) return recheckAfter(ACCEPT_AGAIN_MS)
  if (!isThere) return open(parts, database, led)
  await change(parts, database, led, { decide: () => undefined })
  return keepMarked(parts, stock)
}

function tellObjection(led: LedRowStock, objection: string | undefined): void {
  led.objection = objection
  led.isUntold = true
}

function names({ spec }: Reservation, { namespace, name }: StoredStock): boolean {
  return spec.items.some(({ stockNamespace, stock }) => stockNamespace === namespace && stock === name)
}

function mayAccept(stock: StoredStock): boolean {
  return stock.acceptBooks && (!isOthers(stock) || uidOfRows(stock.openedAs ?? '') !== undefined)
}

async function letGo({ ledger }: RowStockParts, stock: StoredStock): Promise<Outcome> {
  return stock.guarded ? written(await ledger.close(stock)) : settled
}

/** Opened as something else: what it had, if anything, is in no row of its own. */
function isOthers({ openedAs, ...stock }: StoredStock): boolean {
  return openedAs !== undefined && openedAs !== openMark(stock)
}

function isMarked(stock: StoredStock): boolean {
  return stock.openedAs === openMark(stock) && stock.guarded
}

async function keepMarked({ ledger }: RowStockParts, stock: StoredStock): Promise<Outcome> {
  return isMarked(stock) && !stock.acceptBooks ? settled : written(await ledger.open(stock))
}

/** Goes on with a halted stock where somebody asks for it. */
async function accept(parts: RowStockParts, database: Database, led: LedRowStock): Promise<Outcome> {
  const { stock } = led
  if (!mayAccept(stock)) return settled
  let objection: string | undefined
  await change(parts, database, led, {
    sums: true,
    decide(_, found) {
      const accepted = decideAccepted(found, stock, latestSeen(led))
      if (typeof accepted !== 'string') return accepted
      objection = accepted
      return undefined
    },
  })
  tellObjection(led, objection)
  if (objection !== undefined) return recheckAfter(ACCEPT_AGAIN_MS)
  return written(await parts.ledger.open(stock)) // which takes the wish off it
}

/** Lets a deleted stock go when nobody has anything of it and all that was decided of it is sent. */
async function close(parts: RowStockParts, database: Database, led: LedRowStock): Promise<Outcome> {
  const { stock } = led
  if (!stock.guarded) return settled
  if (typeof led.row === 'object' && led.row.state === 'Open' && isHeld(led.row)) return recheckAfter(CLOSING_STEP_MS)
  let isSent = false
  await change(parts, database, led, {
    decide(row, { at, isDelivered }) {
      isSent = row.state === 'Closed' && isDelivered
      return decideFarewell(row, at)
    },
  })
  return isSent ? letGo(parts, stock) : recheckAfter(CLOSING_STEP_MS)
}

interface Deciding {
  readonly decide: (row: LedRow, found: LockedStock) => StockChange | undefined
  readonly sums?: boolean
}

/** Decides under the lock, and takes note of the row as it is then. */
async function change(
  { stocks }: RowStockParts,
  { rows }: Database,
  { stock: { uid } }: LedRowStock,
  { decide, sums = false }: Deciding,
): Promise<void> {
  let after: LedRow | undefined
  await rows.change({ uid, sums }, (found) => {
    const changed = found.row && decide(found.row, found)
    after = changed?.row ?? found.row
    return changed
  })
  stocks.looked(after ? { changed: [after], missing: [] } : { changed: [], missing: [uid] })
}

/** What is left to do after a write of the object: whatever it has changed, the watch shows it. */
function written(result: WriteResult): Outcome {
  switch (result.kind) {
    case 'committed':
    case 'conflict':
    case 'gone':
      return settled
    case 'unknown':
      return recheckAfter(AGAIN_MS)
    case 'notApplied':
      return recheckAfter(result.retryAfterMs)
    case 'refused':
      throw new Error(`the object can't be marked: ${result.reason}`)
    case 'tooLarge':
      throw new Error('the object is too large to be marked')
  }
}
