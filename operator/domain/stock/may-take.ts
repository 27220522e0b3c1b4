import { reasonNames, recordOf } from '../reservation/reasons.ts'
import type { Reason } from '../reservation/reservation.ts'
import type { Shortage } from './entry.ts'
import type { Request } from './request.ts'
import type { StockBook } from './stock-book.ts'
import { byRank } from './waiting-list.ts'

/** Why a request can never be, or may not be, granted by this stock; first rule that fits. Waiting would not help. */
const refusals: readonly { reason: Reason; applies: (request: Request, book: StockBook) => boolean }[] = [
  { reason: 'StockTerminating', applies: (_, { terms }) => terms.terminating },
  { reason: 'StockNotShared', applies: isForeign },
  {
    reason: 'LimitPerReservation',
    applies: ({ quantity }, { terms }) => quantity > (terms.limits.perReservation ?? Infinity),
  },
  { reason: 'HoldTooLong', applies: ({ ttlMs = 0 }, { terms }) => ttlMs > terms.hold.maxTtlMs },
  {
    reason: 'WaitTooLong',
    applies: (request, book) => request.waitForMs > book.terms.waitlist.maxWaitMs && !isInLine(request, book),
  },
  { reason: 'PriorityTooHigh', applies: ({ priority }, { terms }) => priority > terms.waitlist.maxPriority },
  { reason: 'NeverFits', applies: ({ quantity }, { terms }) => quantity > terms.quantity - terms.safetyStock },
  { reason: 'LimitPerConsumer', applies: overConsumerLimit },
]

function isForeign({ namespace }: Request, { stock, terms: { allowedNamespaces } }: StockBook): boolean {
  return namespace !== stock.namespace && !allowedNamespaces.includes('*') && !allowedNamespaces.includes(namespace)
}

/** How long somebody may wait is judged when it comes, not again when its turn comes. */
function isInLine({ uid, waits }: Request, { claims, waiting }: StockBook): boolean {
  return waits === true || waiting.has(uid) || claims.get(uid)?.phase === 'Waiting'
}

function overConsumerLimit(request: Request, book: StockBook): boolean {
  const limit = book.terms.limits.perConsumer
  return (
    limit !== undefined &&
    request.consumer !== undefined &&
    book.consumerUnits(request.consumer) + request.quantity > limit
  )
}

/** The reason to refuse `request` by the stock's present terms; undefined when it may be granted now or later. */
export function refusalOf(request: Request, book: StockBook): Reason | undefined {
  for (const rule of refusals) if (rule.applies(request, book)) return rule.reason
  return undefined
}

/**
 * Whether units may be handed out for `request` now. The one rule for a newcomer, for who waits and for each line of a
 * set: asked where the units are taken, against the books of that moment.
 */
export function mayTake(request: Request, book: StockBook): boolean {
  return refusalOf(request, book) === undefined && hasTurn(request, book)
}

/** The same for a request that the stock's terms allow. */
export function hasTurn(request: Request, book: StockBook): boolean {
  return hasUnits(request, book) && isNext(request, book)
}

/** Whether the stock could hand out that many units, whoever else waits for them. */
export function hasUnits(request: Pick<Request, 'quantity'>, book: StockBook): boolean {
  return !book.terms.paused && book.free() >= request.quantity
}

function isNext(request: Request, book: StockBook): boolean {
  if (book.terms.waitlist.order === 'BestEffort') return true
  const head = headOf(book)
  return head === undefined || byRank(request, head) <= 0
}

/** The first in line that could be served, which all others in a strict line wait for; undefined when there is none. */
export function headOf(book: StockBook): Request | undefined {
  for (const request of book.waiting) if (!isPassedOver(request, book)) return request
  return undefined
}

/**
 * Whether one that waits can't be served at present, whatever comes free: the stock's terms don't allow it any more, or
 * nothing can be told where it is. It keeps its place until its time is up, and is served there once that has changed.
 */
export function isPassedOver(request: Request, book: StockBook): boolean {
  return book.isMute(request.namespace) || refusalOf(request, book) !== undefined
}

/** What can't be taken back, so that waiting on would be in vain. */
export const endsWaits: ReadonlySet<Reason> = new Set(reasonNames.filter((reason) => recordOf(reason).endsWaits))

/** Whether nobody more may stand in the stock's line, beside those in it and so many `others`. */
export function isLineFull({ waiting, terms }: StockBook, others = 0): boolean {
  return waiting.length + others >= terms.waitlist.maxLength
}

/** What `book` lacks for the request; empty when it lacks nothing. */
export function shortageOf(request: Pick<Request, 'quantity'>, book: StockBook): Shortage[] {
  const missing = request.quantity - Math.max(0, book.free())
  return missing > 0 ? [{ stockNamespace: book.stock.namespace, stock: book.stock.name, missing }] : []
}
