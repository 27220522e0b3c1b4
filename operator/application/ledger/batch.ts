import { decideClaim } from '../../domain/stock/decide.ts'
import type { Entry, EntryDraft } from '../../domain/stock/entry.ts'
import { headOf, isPassedOver } from '../../domain/stock/may-take.ts'
import type { Request } from '../../domain/stock/request.ts'
import { InvariantViolated, type StockBook } from '../../domain/stock/stock-book.ts'
import type { Ask, QuestionKind } from './ask-queue.ts'
import type { Journal } from './journal.ts'
import { hasShare, roomOfShare, untoldIn } from './shares.ts'

/** What those in line are granted, as a question. */
const grants = { takesUnits: true, opening: false, promised: 0 }

export interface Decided {
  readonly entries: readonly Entry[]
  readonly answered: readonly { readonly ask: Ask; readonly entries: readonly Entry[] }[]
  /** Asks whose decision threw: only those who asked hear of it. */
  readonly failed: readonly { readonly ask: Ask; readonly error: unknown }[]
  /** Asks for which the journal has no room yet, or which the stock can't decide now. */
  readonly left: readonly Ask[]
  /** There are units for somebody in line, and no room in the journal, or in what one write takes. */
  readonly lineLacksRoom: boolean
  /** Asks and those in line that were decided. */
  readonly size: number
}

export interface BatchParts {
  readonly book: StockBook
  readonly journal: Journal
  /** Entries that stay in the journal with the next write. */
  readonly staying: number
  readonly at: number
  /** Decisions for asks and those in line, at most. */
  readonly limit: number
  /** False: what is held may end or be confirmed, nothing new is handed out. */
  readonly newHolds: boolean
  readonly mayDecide: (question: QuestionKind) => boolean
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
  let lineLacksRoom = false
  let size = 0

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
    return shares.room(staying(), namespace, takesUnits) >= size
  }

  function grantWaiting(): void {
    if (!parts.newHolds) return
    for (const request of waitingToGrant(book)) {
      const { namespace } = request
      if (!parts.mayDecide({ ...grants, namespace })) continue
      lineLacksRoom = size >= parts.limit || shares.room(staying(), namespace, true) < 2
      if (lineLacksRoom) return
      const granted = apply(decideClaim(request, book, at))
      if (granted.length === 0) return
      size += 1
      shares.count(namespace, granted.length)
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
  for (const ask of asks) {
    if (size >= parts.limit || !parts.mayDecide(ask) || !hasRoom(ask)) {
      left.push(ask)
      continue
    }
    const before = { free: book.free(), inLine: book.waiting.length }
    const drafts = draftsOf(ask)
    if (!drafts) continue
    const decided = apply(drafts)
    shares.count(ask.namespace, decided.length)
    answered.push({ ask, entries: decided })
    size += 1
    if (book.free() > before.free || book.waiting.length < before.inLine) grantWaiting()
  }
  return { entries, answered, failed, left, lineLacksRoom, size }
}

/** Those in line whose turn it may be, in order; in a strict line nobody behind one that waits for units. */
function* waitingToGrant(book: StockBook): Generator<Request> {
  if (book.terms.paused) return
  const strict = book.terms.waitlist.order === 'Strict'
  for (const request of [...book.waiting]) {
    const free = book.free()
    if (free <= 0) return
    const canServe = !request.set && free >= request.quantity
    if (!(canServe || strict) || isPassedOver(request, book)) continue
    if (canServe) yield request
    else return
  }
}

/** Reservations with several stocks whose turn it may be: only somebody who sees all their stocks can tell. */
export function setsInTurn(book: StockBook): string[] {
  const free = book.free()
  if (book.waiting.length === 0 || free <= 0 || book.terms.paused) return []
  const mayServe = ({ set, quantity }: Request) => set && free >= quantity
  if (book.terms.waitlist.order === 'Strict') {
    const head = headOf(book)
    return head && mayServe(head) ? [head.uid] : []
  }
  return [...book.waiting].filter((one) => mayServe(one) && !isPassedOver(one, book)).map(({ uid }) => uid)
}

/** How much of each namespace is untold, with what this batch decides. */
function namespaceShares({ journal, book }: BatchParts) {
  const untold = new Map<string, number>()
  function of(namespace: string): number {
    const known = untold.get(namespace) ?? untoldIn({ journal, book }, namespace)
    untold.set(namespace, known)
    return known
  }
  return {
    room: (staying: number, namespace: string, takesUnits: boolean) =>
      roomOfShare(journal, staying, of(namespace), takesUnits),
    count(namespace: string, entries: number) {
      if (hasShare(book, namespace)) untold.set(namespace, of(namespace) + entries)
    },
  }
}
