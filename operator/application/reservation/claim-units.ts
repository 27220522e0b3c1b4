import type { Reservation } from '../../domain/reservation/reservation.ts'
import { decideClaim, decideConfirm } from '../../domain/stock/decide.ts'
import { endsWaits, mayTake, refusalOf } from '../../domain/stock/may-take.ts'
import type { Request } from '../../domain/stock/request.ts'
import type { StockBook } from '../../domain/stock/stock-book.ts'
import type { ClockSkew } from '../clock-skew.ts'
import type { Question } from '../ledger/ask-queue.ts'
import type { StockActor } from '../ledger/stock-actor.ts'
import { sameValue } from '../same-value.ts'
import type { SeveralStocks } from './several-stocks.ts'
import { standInLines, waits } from './stock-set.ts'
import type { Stocks } from './stocks.ts'
import { followersOf, setOf } from './stocks-of-reservation.ts'
import { mayStillCome } from './without-home.ts'

export interface ClaimParts {
  readonly stocks: Stocks
  readonly sets: SeveralStocks
  readonly skew: Pick<ClockSkew, 'serverNow'>
  /** Reservations that asked to be confirmed while nobody led: their deadline may have passed meanwhile. */
  readonly forgiven: ReadonlySet<string>
}

/** Holds the units, stands in line or is refused; `state: Confirmed` from the beginning follows in the same go. */
export async function claimUnits(parts: ClaimParts, reservation: Reservation, home: StockActor): Promise<void> {
  const set = setOf(parts.stocks, reservation, home)
  if (reservation.spec.items.length === 1) return claimOne(home, set.home.request)
  if (set.missing) {
    if (waits(set) && (await endInVain(home, set.home.request))) return
    if (waits(set)) standInLines(set) // for as long as that one can't be seen: whom the others could serve is not behind it
    if (await mayStillCome(parts, reservation, set.missing)) return
  }
  await parts.sets.claim(set)
  const { uid } = reservation
  if (reservation.spec.state !== 'Confirmed' || home.book.claims.get(uid)?.phase !== 'Reserved') return
  const held = { uid, namespace: reservation.namespace, home, followers: followersOf(parts.stocks, reservation) }
  await parts.sets.settle(held, (claim, book, at) => decideConfirm(claim, book, at, parts.forgiven.has(uid)))
}

async function claimOne(home: StockActor, request: Request): Promise<void> {
  if (isInLine(home.book, request.uid)) return waitOn(home, request)
  await home.ask({
    size: 2,
    takesUnits: true,
    units: request.quantity,
    namespace: request.namespace,
    decide(book, at) {
      book.setConsumer(request.uid, request.consumer)
      const drafts = decideClaim(request, book, at)
      const waits =
        drafts[0]?.verb === 'Wait' || (drafts.length === 0 && book.claims.get(request.uid)?.phase === 'Waiting')
      if (waits) book.waiting.add(request) // also when what it asks for has changed
      return drafts
    },
  })
}

/** Whether it waits and was told so, or will be. */
function isInLine(book: StockBook, uid: string): boolean {
  return book.claims.get(uid)?.phase === 'Waiting' && book.isStored(uid)
}

/** Ends a wait that its home's terms have made vain; answers whether they have. */
async function endInVain(home: StockActor, request: Request): Promise<boolean> {
  const refusal = refusalOf(request, home.book)
  if (!refusal || !endsWaits.has(refusal)) return false
  const decide: Question['decide'] = (now, at) => decideClaim(request, now, at).filter(({ verb }) => verb === 'Refuse')
  await home.ask({ namespace: request.namespace, decide })
  return true
}

/**
 * One in line is served by its stock, in its turn. It asks for nothing but its end, which takes no units: so it never
 * waits inside a stock that can hand out none, and its time runs out as it was told.
 */
async function waitOn(home: StockActor, request: Request): Promise<void> {
  const { book } = home
  if (await endInVain(home, request)) return
  const isNews = !sameValue(book.waiting.get(request.uid), request)
  if (isNews) book.waiting.add(request)
  if (isNews || mayTake(request, book)) home.lookAtLine()
}
