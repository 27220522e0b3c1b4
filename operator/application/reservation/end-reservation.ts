import { keyOf } from '../../domain/reservation/reservation.ts'
import type { Claim } from '../../domain/stock/claim.ts'
import { comesBack } from '../../domain/stock/comes-back.ts'
import { decideRelease } from '../../domain/stock/decide.ts'
import type { EntryDraft, EntryLine } from '../../domain/stock/entry.ts'
import type { StockBook } from '../../domain/stock/stock-book.ts'
import type { StockActor } from '../ledger/stock-actor.ts'
import { NotServed } from '../ledger/stock-ledger.ts'
import type { Departed, Gone } from './departed.ts'
import type { SeveralStocks } from './several-stocks.ts'
import { leaveLine } from './stock-set.ts'
import type { Stocks } from './stocks.ts'
import type { EndReason } from './unexplained.ts'

export interface EndParts {
  readonly stocks: Stocks
  readonly sets: SeveralStocks
  readonly departed: Departed
}

/**
 * Gives back what a deleted reservation has out: holds always, confirmed units where the stock takes them back; sold
 * ones stay sold. The home says so first, even when none of its own units are in it. Throws NotServed where it may be in
 * a namespace that can't be listed: it may have sold them.
 */
export async function endReservation(parts: EndParts, gone: Gone): Promise<void> {
  const found = parts.stocks.find(gone.homeKey) ?? homeByClaims(parts, gone)
  if (!found) mustSeeHome(parts, gone)
  const home = found?.closed ? undefined : found // one whose end is written down decides as little as one that is gone
  const followers = followersOf(parts, gone, home)
  for (const follower of followers) leaveLine(follower, gone.uid) // whether or not its home can decide now
  if (home)
    await parts.sets.settle({ uid: gone.uid, home, followers }, (claim, book) =>
      decideEnd(claim, book, followers, gone),
    )
  else await releaseOrphans(followers, gone.uid, 'StockGone')
  for (const actor of [...(home ? [home] : []), ...followers]) {
    leaveLine(actor, gone.uid)
    if (actor.book.claims.get(gone.uid)?.phase === 'Confirmed') actor.book.forget(gone.uid)
  }
  parts.departed.done(gone.uid)
}

/** Whom only journals remember was noted without its home where that was not seen yet. */
function homeByClaims({ stocks }: EndParts, { uid, stockKeys = [] }: Gone): StockActor | undefined {
  const claims = stockKeys.flatMap((key) => stocks.find(key)?.book.claims.get(uid) ?? [])
  return claims.map(({ follows }) => follows && stocks.findByUid(follows.uid)).find((home) => home !== undefined)
}

function mustSeeHome({ stocks }: EndParts, { uid, homeKey }: Gone): void {
  const [namespace] = homeKey.split('/')
  if (stocks.serves(namespace || undefined)) return
  throw new NotServed(`the stock that decides for ${uid}, which is deleted, may be in a namespace that can't be listed`)
}

function followersOf(
  { stocks }: EndParts,
  { uid, reservation, homeKey, stockKeys = [] }: Gone,
  home: StockActor | undefined,
): StockActor[] {
  const lines = home?.book.claims.get(uid)?.lines ?? []
  const named = [...lines, ...(reservation?.spec.items ?? [])].map((line) => keyOf(line.stockNamespace, line.stock))
  const keys = new Set([...stockKeys, ...named])
  keys.delete(home ? keyOf(home.stock.namespace, home.stock.name) : homeKey)
  return [...keys].sort().flatMap((key) => stocks.find(key) ?? [])
}

function decideEnd(
  claim: Claim | undefined,
  book: StockBook,
  followers: readonly StockActor[],
  gone: Gone,
): EntryDraft[] {
  const lines = followers.flatMap((follower) => lineToEnd(follower, gone.uid))
  const own = claim !== undefined && comesBack(claim, book)
  if (!own && lines.length === 0) return []
  const lent = [claim, ...followers.map((follower) => follower.book.claims.get(gone.uid))].some(
    (one) => one?.phase === 'Confirmed',
  )
  const [draft] = own
    ? decideRelease(claim, book, gone.reason ?? 'Deleted')
    : [emptyEnd(claim, gone, book, lent ? 'Return' : 'Release')]
  if (!draft) return []
  const { lines: _, ...ended } = draft // its lines may be sold, and stay so
  return [{ ...ended, ...(lines.length > 0 && { lines }) }]
}

function lineToEnd({ book, stock }: StockActor, uid: string): EntryLine[] {
  const claim = book.claims.get(uid)
  if (!claim?.follows || !comesBack(claim, book)) return []
  return [
    {
      stockNamespace: stock.namespace,
      stock: stock.name,
      stockUID: stock.uid,
      sequence: claim.sequence,
      quantity: claim.quantity,
    },
  ]
}

/** A verdict without units of the home's own: it names the lines that come back. */
function emptyEnd(claim: Claim | undefined, gone: Gone, book: StockBook, verb: 'Return' | 'Release'): EntryDraft {
  const named = claim ?? gone.reservation
  const namespace = named?.namespace ?? book.stock.namespace
  const foreign = namespace !== book.stock.namespace && { reservationNamespace: namespace }
  return {
    verb,
    reservation: named?.name ?? '',
    ...foreign,
    uid: gone.uid,
    quantity: 0,
    reason: gone.reason ?? 'Deleted',
  }
}

/**
 * The home is gone, and its verdicts with it: its followers keep nothing for it. Sold units come back only where their
 * client gives them back. Throws Undecided at one that can't now; the others have done so.
 */
export async function releaseOrphans(followers: readonly StockActor[], uid: string, reason: EndReason): Promise<void> {
  const given = reason === 'ReleasedByClient'
  const deciding = followers.filter(({ closed }) => !closed)
  const releases = deciding.map((follower) =>
    follower.ask({
      decide(book) {
        const claim = book.claims.get(uid)
        if (!claim || !(given || comesBack(claim, book))) return []
        const follows = claim.follows ?? { uid: '', sequence: 0 }
        return decideRelease(claim, book, given ? reason : 'StockGone').map((draft) => ({ ...draft, follows }))
      },
    }),
  )
  for (const outcome of await Promise.allSettled(releases)) if (outcome.status === 'rejected') throw outcome.reason
}
