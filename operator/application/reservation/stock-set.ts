import type { Reason } from '../../domain/reservation/reservation.ts'
import { isGrantable, type Request, refusalOf, shortageOf } from '../../domain/stock/decide.ts'
import type { EntryLine, Shortage } from '../../domain/stock/entry.ts'
import type { StockActor } from '../ledger/stock-actor.ts'

export interface Line {
  readonly actor: StockActor
  readonly request: Request
}

/** The lines of a reservation in order of their stocks: the first is the home. */
export interface StockSet {
  readonly home: Line
  readonly followers: readonly Line[]
  /** A stock of it that this process does not lead: where there is none of that name, the set can only be given up. */
  readonly missing?: Pick<EntryLine, 'stockNamespace' | 'stock'>
}

/** A reservation that has something of its home, and of the others. */
export interface HeldSet {
  readonly uid: string
  readonly home: StockActor
  readonly followers: readonly StockActor[]
}

export function linesOf({ home, followers }: StockSet): Line[] {
  return [home, ...followers]
}

/** Whether a follower holds its line for a set. */
export function isPrepared({ actor, request }: Line): boolean {
  return actor.book.claims.get(request.uid)?.follows !== undefined
}

/** The lines that followers hold for a reservation, as its home's entry names them. */
export function preparedLines(followers: readonly StockActor[], uid: string): EntryLine[] {
  return followers.flatMap(({ book, stock }) => {
    const claim = book.claims.get(uid)
    if (!claim?.follows) return []
    const { sequence, quantity, unitPrice } = claim
    const line = { stockNamespace: stock.namespace, stock: stock.name, stockUID: stock.uid, sequence, quantity }
    return [{ ...line, ...(unitPrice && { unitPrice }) }]
  })
}

/** Whether every line that isn't held yet could be now. A set that has begun doesn't stand in line again. */
export function isSetGrantable(set: StockSet): boolean {
  const begun = set.followers.some(isPrepared)
  return linesOf(set).every((line) => isPrepared(line) || (begun ? hasUnits(line) : isOpenFor(line)))
}

function isOpenFor({ actor, request }: Line): boolean {
  return actor.closedBecause === undefined && isGrantable(request, actor.book)
}

function hasUnits({ actor, request }: Line): boolean {
  return !actor.book.terms.paused && actor.book.free() >= request.quantity
}

/** Whether a stock of it can decide nothing at present, so that neither a refusal nor a wait would be true. */
export function isUndecidable(set: StockSet): boolean {
  return !set.followers.some(isPrepared) && linesOf(set).some(({ actor }) => isStalled(actor))
}

function isStalled({ closedBecause }: StockActor): boolean {
  return closedBecause !== undefined && closedBecause.reason !== 'Paused' && closedBecause.reason !== 'Terminating'
}

/** Why the set can never be held; undefined when it can be now or later. */
export function refusalOfSet(set: StockSet): Reason | undefined {
  if (set.missing) return 'StockNotFound'
  for (const line of linesOf(set)) {
    const reason = isPrepared(line) ? undefined : refusalOf(line.request, line.actor.book)
    if (reason) return reason
  }
  return undefined
}

/** What the lines lack that aren't held yet. */
export function shortagesOf(set: StockSet): Shortage[] {
  return linesOf(set).flatMap((line) => (isPrepared(line) ? [] : shortageOf(line.request, line.actor.book)))
}
