import type { Reason } from '../../domain/reservation/reservation.ts'
import { heldLine } from '../../domain/stock/decide-together.ts'
import type { EntryLine, Shortage } from '../../domain/stock/entry.ts'
import { endsWaits, hasUnits, isLineFull, mayTake, refusalOf, shortageOf } from '../../domain/stock/may-take.ts'
import type { Request } from '../../domain/stock/request.ts'
import type { StockActor } from '../ledger/stock-actor.ts'

export interface SetLine {
  readonly actor: StockActor
  readonly request: Request
}

/** The lines of a reservation in order of their stocks: the first is the home. */
export interface StockSet {
  readonly home: SetLine
  readonly followers: readonly SetLine[]
  /** A stock of it that this process does not lead: where there is none of that name, the set can only be given up. */
  readonly missing?: Pick<EntryLine, 'stockNamespace' | 'stock'>
}

/** A reservation that has something of its home, and of the others. */
export interface HeldSet {
  readonly uid: string
  /** Where it is told; absent = nobody is there to be told. */
  readonly namespace?: string
  readonly home: StockActor
  readonly followers: readonly StockActor[]
}

export function linesOf({ home, followers }: StockSet): SetLine[] {
  return [home, ...followers]
}

/** What one line asks for, held as long as the others: without a ttl of its own the shortest of its stocks' holds. */
export function requestToHold(set: StockSet, { request }: SetLine): Request {
  const shortest = () => Math.min(...linesOf(set).map(({ actor }) => actor.book.terms.hold.ttlMs))
  return { ...request, ttlMs: request.ttlMs ?? shortest() }
}

/** Whether a follower holds its line for a set. */
export function isPrepared({ actor, request }: SetLine): boolean {
  return actor.book.claims.get(request.uid)?.follows !== undefined
}

/** The same, and stored: what is only on its way may come to nothing. */
export function isSurelyPrepared(line: SetLine): boolean {
  return isPrepared(line) && line.actor.book.isStored(line.request.uid)
}

/** The lines that followers hold for a reservation, as its home's entry names them. */
export function preparedLines(followers: readonly StockActor[], uid: string): EntryLine[] {
  return followers.flatMap(({ book }) => (book.claims.get(uid)?.follows ? heldLine(book, uid) : []))
}

/** Whether every line that isn't held yet could be now. A set that has begun doesn't stand in line again. */
export function isSetGrantable(set: StockSet): boolean {
  const begun = set.followers.some(isPrepared)
  const could = ({ actor: { book }, request }: SetLine) => (begun ? hasUnits(request, book) : mayTake(request, book))
  return linesOf(set).every((line) => isPrepared(line) || could(line))
}

/**
 * Why the set can't be held by the present terms of its stocks; undefined when it can be, now or later. One that waits
 * already is ended only by what can't be taken back.
 */
export function refusalOfSet(set: StockSet): Reason | undefined {
  const refusal = set.missing ? 'StockNotFound' : refusalOfLines(linesOf(set))
  return refusal && (!waits(set) || endsWaits.has(refusal)) ? refusal : undefined
}

export function refusalOfLines(lines: readonly SetLine[]): Reason | undefined {
  for (const line of lines) {
    const reason = isPrepared(line) ? undefined : refusalOf(line.request, line.actor.book)
    if (reason) return reason
  }
  return undefined
}

/** Whether its home has it in line, stored or not. */
export function waits({ home: { actor, request } }: StockSet): boolean {
  return actor.book.claims.get(request.uid)?.phase === 'Waiting'
}

/** What the lines lack that aren't held yet. */
export function shortagesOf(set: StockSet): Shortage[] {
  return linesOf(set).flatMap((line) => (isPrepared(line) ? [] : shortageOf(line.request, line.actor.book)))
}

function lacks(line: SetLine): boolean {
  return !isPrepared(line) && !mayTake(line.request, line.actor.book)
}

/** Whether it would have to stand in a line that takes nobody more. */
export function meetsFullLine(set: StockSet): boolean {
  return linesOf(set).some((line) => {
    const { book } = line.actor
    return lacks(line) && !book.waiting.has(line.request.uid) && isLineFull(book)
  })
}

/**
 * Stands in the line of each stock that it lacks now, with the same rank, and in no other: where there are units for it
 * it must not keep them from others.
 */
export function standInLines(set: StockSet): void {
  for (const line of linesOf(set)) {
    if (lacks(line)) standInLine(line)
    else leaveLine(line.actor, line.request.uid)
  }
}

/** Stands in one line, unless that takes nobody more, or would not if those who have just left it came back. */
export function standInLine({ actor: { book }, request }: SetLine): void {
  if (book.waiting.has(request.uid) || !isLineFull(book, book.leaving())) book.waiting.add(request)
}

/** Leaves one line. In a strict one somebody may have stood behind it who can be served. */
export function leaveLine(actor: StockActor, uid: string): void {
  const { waiting, terms } = actor.book
  if (waiting.remove(uid) && terms.waitlist.order === 'Strict') actor.lookAtLine()
}
