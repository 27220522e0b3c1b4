import { nameFrom } from '../../domain/reservation/message.ts'
import type { RefusedLine } from '../../domain/reservation/refused-line.ts'
import { availableUnits } from '../../domain/stock/balances.ts'
import { decideConfirm, decideExpire, decideExtend, decideRelease } from '../../domain/stock/decide.ts'
import { type HomeDecision, type LineRequest, takeTogether } from '../../domain/stock/decide-together.ts'
import { hasUnits, refusalOf } from '../../domain/stock/may-take.ts'
import type { StockBook } from '../../domain/stock/stock-book.ts'
import { endOf, OpenRows } from './open-rows.ts'
import type { Aftermath, Answer, Change, Order, OrderLine, Reserve, Standing } from './order.ts'
import { OverHolds } from './over-holds.ts'
import type { Changes, Found } from './row-books.ts'
import { judgeRows } from './set-back.ts'

export interface DecidedOrders {
  /** One for each order, in their order; undefined = it was not done before, and may not be decided now. */
  readonly answers: readonly (Answer | undefined)[]
  /** Undefined where nothing changes, and nothing is told of that must be known to be kept. */
  readonly changes: Changes | undefined
}

export interface Circumstances {
  /** Of each order, by its place; where it says no, that only hears what was done before. */
  readonly mayDecide: readonly boolean[]
  /** The number of the latest entry of a stock that is known to be kept; 0 = none is. */
  readonly known: (stock: string) => number
}

/**
 * Decides orders one after the other over the rows that were found under their stocks' locks, by the rules of every other
 * stock. Reads no clock and does no I/O: nothing but this happens between the two trips of a transaction. A stock that was
 * set back is halted, and decides nothing.
 */
export function decideOrders(all: Found, orders: readonly Order[], { mayDecide, known }: Circumstances): DecidedOrders {
  const { stocks, setBack } = judgeRows(all.stocks, orders, known)
  const found = { ...all, stocks }
  const rows = new OpenRows(found)
  const over = new OverHolds(found, rows)
  const answers = orders.map((order, index) => {
    const may = mayDecide[index] ?? true
    return order.kind === 'reserve' ? reserve(order, rows, over, may) : change(order, rows, may)
  })
  const told = answers.some((answer) => answer?.kind === 'stands' || answer?.kind === 'keyReused')
  const changes = rows.changes() ?? (told || setBack.length > 0 ? nothing : undefined)
  return { answers, changes: changes && { ...changes, setBack } }
}

const nothing: Omit<Changes, 'setBack'> = {
  ...{ stocks: [], keys: [], claims: [], changed: [], gone: [], finished: [], reopened: [], units: [], entries: [] },
}

function reserve(order: Reserve, rows: OpenRows, over: OverHolds, may: boolean): Answer | undefined {
  const { uid, fingerprint } = order
  const known = rows.fingerprintOf(uid)
  if (known !== undefined) return known === fingerprint ? stands(rows.standingOf(uid), false) : { kind: 'keyReused' }
  if (!may) return undefined
  if (order.eventsBehind !== undefined) return { kind: 'eventsBehind', stock: order.eventsBehind }
  const unable = order.lines.map((line) => cantDecide(line, rows)).find((answer) => answer !== undefined)
  if (unable) return unable
  const lines = order.lines.map((line) => lineRequest(order, line, rows)) as [LineRequest, ...LineRequest[]]
  let lacking = lackingLine(lines)
  while (lacking && over.endAt(lacking.book)) lacking = lackingLine(lines)
  if (lacking && over.hasMoreAt(lacking.book)) return { kind: 'busy', stock: lacking.book.stock.uid }
  return take(order, lines, rows)
}

function take(order: Reserve, lines: [LineRequest, ...LineRequest[]], rows: OpenRows): Answer {
  const { uid, fingerprint, about } = order
  rows.add({ uid, fingerprint }, about, order.lines)
  rows.note(uid, takeTogether(lines, rows.at))
  if (order.confirm) confirm(uid, rows)
  const answer = stands(rows.standingOf(uid), true)
  return answer.kind === 'stands' ? { ...answer, aftermath: aftermathOf(lines, answer.standing) } : answer
}

function aftermathOf(lines: readonly LineRequest[], { phase, reason, about }: Standing): Aftermath {
  if (phase === 'Rejected') {
    const line = lines.find(({ request, book }) => refusalOf(request, book) === reason)
    return line ? { refused: refusedLine(line, about.namespace) } : {}
  }
  const [only, ...others] = lines
  if (!only || others.length > 0) return {}
  const { balances, terms } = only.book
  return { left: { units: availableUnits(balances, terms.safetyStock), sequence: balances.sequence } }
}

function refusedLine({ request, book }: LineRequest, namespace: string): RefusedLine {
  const { stock, terms } = book
  const { consumer } = request
  const name = nameFrom(namespace, { stockNamespace: stock.namespace, stock: stock.name })
  return { stock: name, request, terms, consumerHas: consumer === undefined ? 0 : book.consumerUnits(consumer) }
}

/** The first line that might be had if holds that are over were ended; none where it would be refused all the same. */
function lackingLine(lines: readonly LineRequest[]): LineRequest | undefined {
  const reasons = lines.map(({ request, book }) => refusalOf(request, book))
  if (reasons.some((reason) => reason !== undefined && reason !== 'LimitPerConsumer')) return undefined
  const limited = lines.find((_, index) => reasons[index] !== undefined)
  if (limited) return limited
  if (lines.some(({ book }) => book.terms.paused)) return undefined
  return lines.find(({ request, book }) => !hasUnits(request, book))
}

function cantDecide({ stock }: OrderLine, rows: OpenRows): Answer | undefined {
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

function change(order: Change, rows: OpenRows, may: boolean): Answer | undefined {
  const { uid } = order
  const before = rows.standingOf(uid)
  if (!before) return { kind: 'unknown' }
  if (before.phase !== 'Reserved' && before.phase !== 'Confirmed') return stands(before, false)
  const books = rows.booksOf(uid)
  if (!books) return { kind: 'noStock', stock: before.lines[0]?.stock ?? '' }
  const halted = rows.haltedOf(uid)
  if (halted !== undefined) return { kind: 'halted', stock: halted }
  const decide = decisionOf(order, books, rows.at)
  if (!may) return decide(books[0].claims.get(uid), books[0]).length > 0 ? undefined : stands(before, false)
  const decided = order.kind === 'end' ? rows.end(uid) : rows.settle(uid, decide)
  return stands(rows.standingOf(uid), decided)
}

/** What is done at the home. */
function decisionOf(order: Change, books: readonly [StockBook, ...StockBook[]], at: number): HomeDecision {
  switch (order.kind) {
    case 'confirm':
      return (claim, book) => decideConfirm(claim, book, at, order.late ?? false)
    case 'end':
      return endOf(order.uid, books)
    case 'release':
      return (claim, book) => decideRelease(claim, book, 'ReleasedByClient')
    case 'expire':
      return (claim, book) => decideExpire(claim, book, at)
    case 'extend': {
      const ttlMs = Math.min(order.ttlMs, ...books.map(({ terms }) => terms.hold.maxTtlMs))
      return (claim, book) => {
        const over = decideExpire(claim, book, at)
        return over.length > 0 ? over : decideExtend(claim, book, at, ttlMs)
      }
    }
  }
}

function confirm(uid: string, rows: OpenRows): boolean {
  return rows.settle(uid, (claim, book) => decideConfirm(claim, book, rows.at, false))
}

/** A key whose reservation was dropped after its retention is known, and nothing more. */
function stands(standing: Standing | undefined, decided: boolean): Answer {
  return standing ? { kind: 'stands', standing, decided } : { kind: 'unknown' }
}
