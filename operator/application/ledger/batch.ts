import { decideClaim } from '../../domain/stock/decide.ts'
import type { Entry, EntryDraft } from '../../domain/stock/entry.ts'
import { refusalOf } from '../../domain/stock/may-take.ts'
import type { Request } from '../../domain/stock/request.ts'
import { InvariantViolated, type StockBook } from '../../domain/stock/stock-book.ts'
import type { Ask } from './ask-queue.ts'
import type { Journal } from './journal.ts'

export interface Decided {
  readonly entries: readonly Entry[]
  readonly answered: readonly { readonly ask: Ask; readonly entries: readonly Entry[] }[]
  /** Asks whose decision threw: only those who asked hear of it. */
  readonly failed: readonly { readonly ask: Ask; readonly error: unknown }[]
  /** Asks for which the journal has no room yet, or which the stock can't decide now. */
  readonly left: readonly Ask[]
}

export interface BatchParts {
  readonly book: StockBook
  readonly journal: Journal
  /** Entries that stay in the journal with the next write. */
  readonly staying: number
  readonly at: number
  /** Asks looked at, at most. */
  readonly limit: number
  /** False: what is held may end or be confirmed, nothing new is handed out. */
  readonly newHolds: boolean
  readonly mayDecide: (ask: Ask) => boolean
}

/**
 * Decides everything that fits into one write: terms first, then each ask in the order of arrival, and whenever units
 * came free the waiting list before the next newcomer.
 */
export function decideBatch(parts: BatchParts, terms: readonly EntryDraft[], asks: readonly Ask[]): Decided {
  const { book, at, journal } = parts
  const entries: Entry[] = []
  const answered: { ask: Ask; entries: Entry[] }[] = []
  const failed: { ask: Ask; error: unknown }[] = []
  const left: Ask[] = []
  const staying = () => parts.staying + entries.length
  const shares = namespaceShares(parts)

  function apply(drafts: readonly EntryDraft[]): Entry[] {
    const applied: Entry[] = []
    for (const draft of drafts) {
      const entry = book.decide(draft, at)
      applied.push(entry)
      entries.push(entry)
      noteLevel()
    }
    return applied
  }

  function noteLevel(): void {
    if (!journal.hasSlack(staying())) return // told with the next write that has room
    const note = book.levelNote(at)
    if (note) entries.push(note)
  }

  function hasRoom({ size, promised, takesUnits, opening, namespace }: Ask): boolean {
    if (size === 0) return true
    if (opening) return journal.hasSlack(staying(), size)
    if (promised > 0) return journal.fits(staying(), size)
    if (takesUnits && !parts.newHolds) return false
    return journal.room(staying(), takesUnits) >= size + shares.lackOf(namespace)
  }

  function grantWaiting(): void {
    if (!parts.newHolds) return
    for (const request of waitingToGrant(book)) {
      if (journal.room(staying(), true) < 2) return
      if (apply(decideClaim(request, book, at)).length === 0) return
    }
  }

  /** A decision changes no book, so one that throws is nobody's business but its caller's; broken books are the stock's. */
  function draftsOf(ask: Ask): readonly EntryDraft[] | undefined {
    try {
      return ask.decide(book, at)
    } catch (error) {
      if (error instanceof InvariantViolated) throw error
      failed.push({ ask, error })
      return undefined
    }
  }

  apply(terms)
  noteLevel()
  grantWaiting()
  for (const [index, ask] of asks.entries()) {
    if (index >= parts.limit || !parts.mayDecide(ask) || !hasRoom(ask)) {
      left.push(ask)
      continue
    }
    const before = { free: book.free(), inLine: book.waiting.length }
    const drafts = draftsOf(ask)
    if (!drafts) continue
    const decided = apply(drafts)
    shares.count(ask.namespace, decided.length)
    answered.push({ ask, entries: decided })
    if (book.free() > before.free || book.waiting.length < before.inLine) grantWaiting()
  }
  return { entries, answered, failed, left }
}

/**
 * Those in line whose turn it may be, in order; in a strict line nobody behind one that can't be served. Whom the
 * stock's present terms don't allow is passed over.
 */
function* waitingToGrant(book: StockBook): Generator<Request> {
  if (book.terms.paused) return
  const strict = book.terms.waitlist.order === 'Strict'
  for (const request of [...book.waiting]) {
    if (book.free() <= 0) return
    if (refusalOf(request, book)) continue
    if (!request.set && book.free() >= request.quantity) yield request
    else if (strict) return
  }
}

/** Reservations with several stocks whose turn it may be: only somebody who sees all their stocks can tell. */
export function setsInTurn(book: StockBook): string[] {
  if (book.waiting.length === 0 || book.free() <= 0 || book.terms.paused) return []
  const sets: string[] = []
  for (const request of book.waiting) {
    if (refusalOf(request, book)) continue
    if (request.set && book.free() >= request.quantity) sets.push(request.uid)
    if (book.terms.waitlist.order === 'Strict') break
  }
  return sets
}

/** Places that other namespaces find free, however much of one is not told yet. */
const KEPT_FOR_OTHERS = 32

/**
 * What is decided for one namespace may not be told for hours (somebody's policy), and stays in the journal: so the last
 * places are for namespaces that have less than that in it.
 */
function namespaceShares({ journal, book }: BatchParts) {
  const untold = new Map<string, number>()
  function of(namespace: string): number {
    const known = untold.get(namespace) ?? journal.untoldOf(namespace, book.stock.namespace)
    untold.set(namespace, known)
    return known
  }
  return {
    /** How many places more than its own an ask of this namespace must leave free. */
    lackOf: (namespace: string) => (namespace === '' || of(namespace) < KEPT_FOR_OTHERS ? 0 : KEPT_FOR_OTHERS),
    count: (namespace: string, entries: number) => void untold.set(namespace, of(namespace) + entries),
  }
}
