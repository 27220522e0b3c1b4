import { keyOf, type Reason } from '../reservation/reservation.ts'
import type { Claim } from './claim.ts'
import type { Entry, EntryDraft, EntryLine, Shortage } from './entry.ts'
import { endsWaits, hasTurn, isLineFull, refusalOf, shortageOf } from './may-take.ts'
import type { Request } from './request.ts'
import type { StockBook } from './stock-book.ts'

/** Holds, queues or refuses a request of one stock; no drafts when it waits already and still has to. */
export function decideClaim(request: Request, book: StockBook, at: number): EntryDraft[] {
  const claim = book.claims.get(request.uid)
  if (claim && claim.phase !== 'Waiting') return []
  const refusal = refusalOf(request, book)
  if (refusal && (!claim || endsWaits.has(refusal)))
    return [refuse(request, book, refusal, { shortages: shortageOf(request, book) })]
  if (!refusal && hasTurn(request, book)) return grant(request, book, at)
  if (claim) return []
  return [waitOrRefuse(request, book, at, { shortages: shortageOf(request, book) })]
}

export function grant(request: Request, book: StockBook, at: number, lines?: readonly EntryLine[]): EntryDraft[] {
  const deadline = book.textOf(at + (request.ttlMs ?? book.terms.hold.ttlMs))
  const reserve = draftOf('Reserve', request, book)
  reserve.deadline = deadline
  if (book.terms.price) reserve.unitPrice = book.terms.price
  if (lines) reserve.lines = lines
  reserve.moves = { reserved: request.quantity }
  if (!request.confirm || lines) return [reserve]
  const { deadline: _, moves: __, ...confirm } = { ...reserve, verb: 'Confirm' as const }
  return [reserve, { ...confirm, moves: { reserved: -request.quantity, confirmed: request.quantity } }]
}

/**
 * Takes a follower's units for a set that its home has yet to decide; nothing when they are taken already, or may not be
 * taken any more. The set has kept them for itself before, so what is free must only not be below nothing.
 */
export function decidePrepare(request: Request, book: StockBook, at: number, homeUid: string): EntryDraft[] {
  if (book.claims.has(request.uid) || book.free() < 0 || book.terms.paused || refusalOf(request, book)) return []
  const [reserve] = grant({ ...request, confirm: false }, book, at)
  return reserve ? [{ ...reserve, follows: { uid: homeUid, sequence: 0 } }] : []
}

/** What else a request's end or wait says. */
export interface Circumstance {
  readonly shortages: readonly Shortage[]
  /** Lines of a set that were prepared for it, and are given up. */
  readonly lines?: readonly EntryLine[]
  /** A line of a set in which it would have to stand takes nobody more. */
  readonly full?: boolean
  /** One of its stocks hands nothing out. */
  readonly paused?: boolean
}

/** The end, or the line, for a request that can't be had now. One that was in line before keeps its time. */
export function waitOrRefuse(request: Request, book: StockBook, at: number, why: Circumstance): EntryDraft {
  const before = book.claims.get(request.uid)
  const isPaused = why.paused ?? book.terms.paused
  if (request.waitForMs <= 0) return refuse(request, book, isPaused ? 'StockPaused' : 'InsufficientStock', why)
  if (!before && (why.full ?? isLineFull(book))) return refuse(request, book, 'WaitlistFull', why)
  const { full: _, paused: __, ...facts } = why
  return {
    ...draftOf('Wait', request, book),
    reason: 'WaitingForStock',
    deadline: new Date(before?.deadline ?? at + request.waitForMs).toISOString(),
    ...facts,
  }
}

export function refuse(request: Request, book: StockBook, reason: Reason, why: Circumstance): EntryDraft {
  const { shortages, lines } = why
  const draft = draftOf('Refuse', request, book)
  draft.reason = reason
  if (shortages.length > 0) draft.shortages = shortages
  if (lines) draft.lines = lines
  return draft
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }

/** Who it is about. Fields are added one by one where there is something to say: spreads cost more than deciding does. */
function draftOf(
  verb: EntryDraft['verb'],
  { uid, namespace, name, quantity }: Pick<Request, 'uid' | 'namespace' | 'name' | 'quantity'>,
  { stock }: StockBook,
): Writable<EntryDraft> {
  const draft: Writable<EntryDraft> = { verb, reservation: name, uid, quantity }
  if (namespace !== stock.namespace) draft.reservationNamespace = namespace
  return draft
}

/** Sells or lends what is held; too late, it ends the hold. `late` forgives a deadline that passed while nobody led. */
export function decideConfirm(claim: Claim | undefined, book: StockBook, at: number, late: boolean): EntryDraft[] {
  if (claim?.phase !== 'Reserved') return []
  if (claim.deadline <= at && !late) return [end(claim, book, 'Expire', 'ConfirmedTooLate')]
  const draft = draftAbout('Confirm', claim, book)
  draft.moves = { reserved: -claim.quantity, confirmed: claim.quantity }
  return [draft]
}

/** Gives back what is out, or leaves the line. */
export function decideRelease(claim: Claim | undefined, book: StockBook, reason: Reason): EntryDraft[] {
  return claim ? [end(claim, book, claim.phase === 'Confirmed' ? 'Return' : 'Release', reason)] : []
}

/** Ends a hold or a wait whose time is up. */
export function decideExpire(claim: Claim | undefined, book: StockBook, at: number): EntryDraft[] {
  if (!claim || claim.phase === 'Confirmed' || claim.deadline > at) return []
  return [
    claim.phase === 'Waiting' ? end(claim, book, 'Refuse', 'WaitTimedOut') : end(claim, book, 'Expire', 'HoldExpired'),
  ]
}

/**
 * Moves the end of a hold to `ttlMs` after its beginning; `ttlMs` is at most the longest hold that each stock of it
 * allows. Never shortens it.
 */
export function decideExtend(claim: Claim | undefined, book: StockBook, at: number, ttlMs: number): EntryDraft[] {
  if (claim?.phase !== 'Reserved' || claim.deadline <= at) return []
  const deadline = claim.reservedAt + Math.min(ttlMs, book.terms.hold.maxTtlMs)
  return deadline > claim.deadline
    ? [{ ...draftAbout('Extend', claim, book), deadline: new Date(deadline).toISOString() }]
    : []
}

/** What a follower does after its home's verdict; nothing when it has done so before. */
export function decideFollow(claim: Claim | undefined, book: StockBook, verdict: Entry, homeUid: string): EntryDraft[] {
  if (!claim) return []
  const follows = { uid: homeUid, sequence: verdict.sequence }
  return followDrafts(claim, book, verdict).map((draft) => ({ ...draft, follows }))
}

function followDrafts(claim: Claim, book: StockBook, verdict: Entry): EntryDraft[] {
  switch (verdict.verb) {
    case 'Confirm':
      return claim.phase === 'Reserved' ? decideConfirm(claim, book, 0, true) : []
    case 'Extend':
      return claim.phase === 'Reserved' && claim.deadline < Date.parse(verdict.deadline ?? '')
        ? [{ ...draftAbout('Extend', claim, book), ...(verdict.deadline && { deadline: verdict.deadline }) }]
        : []
    case 'Refuse':
    case 'Wait':
      return claim.phase === 'Waiting' || !isNamed(claim, book, verdict) ? [] : [end(claim, book, 'Release', 'Undone')]
    case 'Release':
    case 'Return':
      return decideRelease(claim, book, verdict.reason as Reason)
    case 'Expire':
      return claim.phase === 'Reserved' ? [end(claim, book, 'Expire', verdict.reason as Reason)] : []
    case 'Reserve':
    case 'Adjust':
    case 'Note':
    case 'Recount':
      return []
  }
}

/** A line that was prepared anew since is not the one that a verdict gives up. */
function isNamed({ sequence }: Claim, { stock }: StockBook, { lines = [] }: Entry): boolean {
  const line = lines.find((one) => one.stock === stock.name && one.stockNamespace === stock.namespace)
  return line === undefined || line.sequence === sequence
}

function end(
  claim: Claim,
  book: StockBook,
  verb: 'Release' | 'Return' | 'Expire' | 'Refuse',
  reason: Reason,
): EntryDraft {
  const draft = draftAbout(verb, claim, book)
  draft.reason = reason
  if (claim.phase === 'Reserved') draft.moves = { reserved: -claim.quantity }
  else if (claim.phase === 'Confirmed') draft.moves = { confirmed: -claim.quantity }
  else draft.quantity = 0
  return draft
}

function draftAbout(verb: EntryDraft['verb'], claim: Claim, book: StockBook): Writable<EntryDraft> {
  const draft = draftOf(verb, claim, book)
  if (claim.unitPrice) draft.unitPrice = claim.unitPrice
  if (claim.lines) draft.lines = claim.lines
  return draft
}

/** `namespace/name` of the stock that a line is about. */
export function stockKeyOf(line: Pick<EntryLine, 'stockNamespace' | 'stock'>): string {
  return keyOf(line.stockNamespace, line.stock)
}
