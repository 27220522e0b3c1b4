import type { Claim } from './claim.ts'
import { decideClaim, decideFollow, grant, refuse } from './decide.ts'
import type { Entry, EntryDraft, EntryLine } from './entry.ts'
import { hasUnits, refusalOf, shortageOf } from './may-take.ts'
import type { Request } from './request.ts'
import type { StockBook } from './stock-book.ts'

/** What a reservation asks of one of its stocks, whose book is open. */
export interface LineRequest {
  readonly book: StockBook
  readonly request: Request
}

/** An entry, and the book that it was applied to. */
export interface AppliedEntry {
  readonly book: StockBook
  readonly entry: Entry
}

/**
 * Holds all lines or none, by whoever may write all their stocks in one go; the first line is the home. Nobody waits: what
 * can't be had now is refused. Answers the entries in the order in which they were applied.
 */
export function takeTogether(lines: readonly [LineRequest, ...LineRequest[]], at: number): AppliedEntry[] {
  const [home, ...followers] = lines
  if (followers.length === 0) return applied(home.book, decideClaim(home.request, home.book, at), at)
  const refusal = lines.map(({ request, book }) => refusalOf(request, book)).find(Boolean) ?? lackOf(lines)
  if (refusal) {
    const shortages = lines.flatMap(({ request, book }) => shortageOf(request, book))
    return applied(home.book, [refuse(home.request, home.book, refusal, { shortages })], at)
  }
  return takeAll(home, followers, at)
}

function lackOf(lines: readonly LineRequest[]): 'StockPaused' | 'InsufficientStock' | undefined {
  if (lines.some(({ book }) => book.terms.paused)) return 'StockPaused'
  return lines.every(({ request, book }) => hasUnits(request, book)) ? undefined : 'InsufficientStock'
}

/** Followers first, so that the home can name their entries; its own is the next of its stock. */
function takeAll(home: LineRequest, followers: readonly LineRequest[], at: number): AppliedEntry[] {
  const ttlMs = home.request.ttlMs ?? Math.min(...[home, ...followers].map(({ book }) => book.terms.hold.ttlMs))
  const follows = { uid: home.book.stock.uid, sequence: home.book.balances.sequence + 1 }
  const entries: AppliedEntry[] = []
  const named: EntryLine[] = []
  for (const { request, book } of followers) {
    const drafts = grant({ ...request, ttlMs, confirm: false }, book, at).map((draft) => ({ ...draft, follows }))
    entries.push(...applied(book, drafts, at))
    named.push(...heldLine(book, request.uid))
  }
  entries.push(...applied(home.book, grant({ ...home.request, ttlMs }, home.book, at, named), at))
  return entries
}

/** What is done to what a reservation has of its home. */
export type HomeDecision = (claim: Claim | undefined, book: StockBook) => readonly EntryDraft[]

/** Does at the home what `decide` says, and at the others what follows from it; nothing where it says nothing. */
export function settleTogether(
  uid: string,
  [home, ...followers]: readonly [StockBook, ...StockBook[]],
  decide: HomeDecision,
  at: number,
): AppliedEntry[] {
  const decided = applied(home, decide(home.claims.get(uid), home), at)
  const verdict = decided.find(({ entry }) => entry.uid === uid)?.entry
  if (!verdict) return decided
  const followed = followers.flatMap((book) =>
    applied(book, decideFollow(book.claims.get(uid), book, verdict, home.stock.uid), at),
  )
  return [...decided, ...followed]
}

/** The line that a stock holds for a reservation, as its home's entry names it; empty where it holds none. */
export function heldLine(book: StockBook, uid: string): EntryLine[] {
  const claim = book.claims.get(uid)
  if (!claim) return []
  const { stock } = book
  const { sequence, quantity, unitPrice } = claim
  const line = { stockNamespace: stock.namespace, stock: stock.name, stockUID: stock.uid, sequence, quantity }
  return [{ ...line, ...(unitPrice && { unitPrice }) }]
}

function applied(book: StockBook, drafts: readonly EntryDraft[], at: number): AppliedEntry[] {
  const entries: AppliedEntry[] = []
  for (const draft of drafts) {
    entries.push({ book, entry: book.decide(draft, at) })
    const note = book.levelNote(at)
    if (note) entries.push({ book, entry: note })
  }
  return entries
}
