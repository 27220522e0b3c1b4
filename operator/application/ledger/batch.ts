import { decideClaim, type Request } from '../../domain/stock/decide.ts'
import type { Entry, EntryDraft } from '../../domain/stock/entry.ts'
import type { StockBook } from '../../domain/stock/stock-book.ts'
import type { Tick } from '../clock.ts'
import type { Journal } from './journal.ts'

/** One wish of a caller to one stock: decided when its turn comes, answered when that is stored. */
export interface Ask {
  /** The most entries that `decide` answers. */
  readonly size: number
  /** Whether it may take new units, and so must leave the part of the journal that is kept free. */
  readonly takesUnits: boolean
  /** Places in the journal that were promised before (several stocks), and are used up by this. */
  readonly promised: number
  /** May be called again after a write that was not stored, so it changes nothing but the book's own line. */
  readonly decide: (book: StockBook, at: number) => EntryDraft[]
  readonly answer: (entries: readonly Entry[]) => void
  readonly fail: (error: unknown) => void
  /** When it was asked. */
  readonly since: Tick
}

export interface Decided {
  readonly entries: readonly Entry[]
  readonly answered: readonly { readonly ask: Ask; readonly entries: readonly Entry[] }[]
  /** Asks for which the journal has no room yet. */
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
  /** What those who wait had asked for. */
  readonly requests: ReadonlyMap<string, Request>
  /** False: what is held may end or be confirmed, nothing new is handed out. */
  readonly newHolds: boolean
}

/**
 * Decides everything that fits into one write: terms first, then each ask in the order of arrival, and whenever units
 * came free the waiting list before the next newcomer.
 */
export function decideBatch(parts: BatchParts, terms: readonly EntryDraft[], asks: readonly Ask[]): Decided {
  const { book, at } = parts
  const entries: Entry[] = []
  const answered: { ask: Ask; entries: Entry[] }[] = []
  const left: Ask[] = []

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
    if (!parts.journal.hasSlack(parts.staying + entries.length)) return // told with the next write that has room
    const note = book.levelNote(at)
    if (note) entries.push(note)
  }

  function room({ takesUnits }: Pick<Ask, 'takesUnits'>): number {
    return takesUnits && !parts.newHolds ? 0 : parts.journal.room(parts.staying + entries.length, takesUnits)
  }
  const grantWaiting = () => {
    for (const request of waitingToGrant(parts)) {
      if (room({ takesUnits: true }) < 2) return
      if (apply(decideClaim(request, book, at)).length === 0) return
    }
  }

  apply(terms)
  noteLevel()
  grantWaiting()
  for (const [index, ask] of asks.entries()) {
    if (index >= parts.limit || (ask.promised === 0 && room(ask) < ask.size)) {
      left.push(ask)
      continue
    }
    const before = book.free()
    answered.push({ ask, entries: apply(ask.decide(book, at)) })
    if (book.free() > before) grantWaiting()
  }
  return { entries, answered, left }
}

/** Those in line whose turn it may be, in order; in a strict line nobody behind one that can't be served. */
function* waitingToGrant({ book, requests }: BatchParts): Generator<Request> {
  if (book.terms.paused || book.free() <= 0) return
  const strict = book.terms.waitlist.order === 'Strict'
  for (const ticket of [...book.waiting]) {
    if (book.free() <= 0) return
    const request = requests.get(ticket.uid)
    const servable = request !== undefined && !request.set && book.free() >= ticket.quantity
    if (servable) yield request
    else if (strict) return
  }
}
