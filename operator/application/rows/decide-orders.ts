import { decideConfirm, decideExpire, decideExtend, decideRelease } from '../../domain/stock/decide.ts'
import {
  type HomeDecision,
  type LineRequest,
  settleTogether,
  takeTogether,
} from '../../domain/stock/decide-together.ts'
import { hasUnits } from '../../domain/stock/may-take.ts'
import type { StockBook } from '../../domain/stock/stock-book.ts'
import { OpenRows } from './open-rows.ts'
import type { Answer, Change, Order, Reserve, Standing } from './order.ts'
import type { Changes, Found } from './row-books.ts'

export interface DecidedOrders {
  /** One for each order, in their order. */
  readonly answers: readonly Answer[]
  /** Undefined where nothing changes. */
  readonly changes: Changes | undefined
}

/**
 * Decides orders one after the other over the rows that were found under their stocks' locks, by the rules of every other
 * stock. Reads no clock and does no I/O: nothing but this happens between the two trips of a transaction.
 */
export function decideOrders(found: Found, orders: readonly Order[]): DecidedOrders {
  const rows = new OpenRows(found)
  const over = new OverHolds(found, rows)
  const answers = orders.map((order) => (order.kind === 'reserve' ? reserve(order, rows, over) : change(order, rows)))
  return { answers, changes: rows.changes() }
}

function reserve(order: Reserve, rows: OpenRows, over: OverHolds): Answer {
  const { uid, fingerprint, about } = order
  const known = rows.fingerprintOf(uid)
  if (known !== undefined) return known === fingerprint ? stands(rows.standingOf(uid), false) : { kind: 'keyReused' }
  const unable = order.lines.map(({ stock }) => cantDecide(stock, rows)).find((answer) => answer !== undefined)
  if (unable) return unable
  const lines = order.lines.map((line) => lineRequest(order, line, rows)) as [LineRequest, ...LineRequest[]]
  const short = () => lines.find(({ book, request }) => !book.terms.paused && !hasUnits(request, book))
  for (let line = short(); line && over.endAt(line.book); line = short());
  const lacking = short()
  if (lacking && over.hasMoreAt(lacking.book)) return { kind: 'busy', stock: lacking.book.stock.uid }
  rows.add(
    { uid, fingerprint },
    about,
    order.lines.map(({ stock }) => stock),
  )
  rows.note(uid, takeTogether(lines, rows.at))
  if (order.confirm) confirm(uid, rows)
  return stands(rows.standingOf(uid), true)
}

function cantDecide(stock: string, rows: OpenRows): Answer | undefined {
  const state = rows.stock(stock)?.row.state ?? 'Closed'
  if (state === 'Open') return undefined
  return { kind: state === 'Halted' ? 'halted' : 'noStock', stock }
}

function lineRequest(order: Reserve, line: Reserve['lines'][number], rows: OpenRows): LineRequest {
  const { uid, about, confirm: confirms, lines, ttlMs } = order
  const { namespace, name, consumer } = about
  const isSet = lines.length > 1
  const wish = { waitForMs: 0, priority: 0, createdAt: rows.at, set: isSet, confirm: confirms && !isSet }
  const { book } = rows.stock(line.stock) as { book: StockBook }
  const request = { uid, namespace, name, quantity: line.quantity, ...wish }
  return { book, request: { ...request, ...(consumer && { consumer }), ...(ttlMs !== undefined && { ttlMs }) } }
}

function change(order: Change, rows: OpenRows): Answer {
  const before = rows.standingOf(order.uid)
  const books = rows.booksOf(order.uid)
  if (!before) return { kind: 'unknown' }
  if (before.phase !== 'Reserved' && before.phase !== 'Confirmed') return stands(before, false)
  if (!books) return { kind: 'noStock', stock: before.lines[0]?.stock ?? '' }
  const halted = before.lines.find(({ stock }) => rows.stock(stock)?.row.state === 'Halted')
  if (halted) return { kind: 'halted', stock: halted.stock }
  switch (order.kind) {
    case 'confirm':
      return changed(order.uid, rows, confirm(order.uid, rows))
    case 'release':
      return changed(
        order.uid,
        rows,
        settle(order.uid, rows, (claim, book) => decideRelease(claim, book, 'ReleasedByClient')),
      )
    case 'expire':
      return changed(order.uid, rows, expire(order.uid, rows))
    case 'extend': {
      if (expire(order.uid, rows)) return changed(order.uid, rows, true)
      const ttlMs = Math.min(order.ttlMs, ...books.map(({ terms }) => terms.hold.maxTtlMs))
      return changed(
        order.uid,
        rows,
        settle(order.uid, rows, (claim, book) => decideExtend(claim, book, rows.at, ttlMs)),
      )
    }
  }
}

function confirm(uid: string, rows: OpenRows): boolean {
  return settle(uid, rows, (claim, book) => decideConfirm(claim, book, rows.at, false))
}

function expire(uid: string, rows: OpenRows): boolean {
  return settle(uid, rows, (claim, book) => decideExpire(claim, book, rows.at))
}

/** Answers whether anything was decided. */
function settle(uid: string, rows: OpenRows, decide: HomeDecision): boolean {
  const books = rows.booksOf(uid)
  const applied = books ? settleTogether(uid, books, decide, rows.at) : []
  rows.note(uid, applied)
  return applied.length > 0
}

function changed(uid: string, rows: OpenRows, decided: boolean): Answer {
  return stands(rows.standingOf(uid), decided)
}

/** A key whose reservation was dropped after its retention is known, and nothing more. */
function stands(standing: Standing | undefined, decided: boolean): Answer {
  return standing ? { kind: 'stands', standing, decided } : { kind: 'unknown' }
}

/** Holds whose time is up: they are ended before anybody is refused for want of their units. */
class OverHolds {
  readonly #rows: OpenRows
  readonly #mayBeMore: boolean
  /** By the stock, uids of reservations. */
  readonly #byStock = new Map<string, Set<string>>()

  constructor({ over, overLimit }: Found, rows: OpenRows) {
    this.#rows = rows
    this.#mayBeMore = over.length >= overLimit
    for (const { stock, claim } of over) {
      const uids = this.#byStock.get(stock) ?? new Set()
      this.#byStock.set(stock, uids.add(claim.uid))
    }
  }

  /** Ends what is over at a stock and can be ended here; answers whether there was any. */
  endAt(book: StockBook): boolean {
    const uids = this.#byStock.get(book.stock.uid) ?? new Set()
    let ended = false
    for (const uid of uids) {
      const did = expire(uid, this.#rows)
      if (did) uids.delete(uid)
      ended ||= did
    }
    return ended
  }

  /** Whether units of it are over that could not be taken back here. */
  hasMoreAt(book: StockBook): boolean {
    return this.#mayBeMore || (this.#byStock.get(book.stock.uid)?.size ?? 0) > 0
  }
}
