import type { TellFacts } from '../../domain/reservation/message.ts'
import type { Reservation } from '../../domain/reservation/reservation.ts'
import { keyOf } from '../../domain/reservation/reservation.ts'
import type { Entry } from '../../domain/stock/entry.ts'
import type { StockActor } from '../ledger/stock-actor.ts'
import type { JudgedSpecs } from './judged-specs.ts'
import { refusalFacts } from './refusal-facts.ts'
import type { Stocks } from './stocks.ts'

export interface FactsParts {
  readonly stocks: Stocks
  readonly judged: JudgedSpecs
}

/** What a report says beyond its entry, read from the books as they are now. */
export function reportFacts(
  { stocks, judged }: FactsParts,
  home: StockActor,
  entry: Entry,
  reservation: Reservation,
): TellFacts {
  const actors = reservation.spec.items.map((item) => stocks.find(keyOf(item.stockNamespace, item.stock)))
  const position = entry.verb === 'Wait' ? positionOf(stocks, reservation) : 0
  const refusal = refusalFacts(stocks, home, entry, reservation)
  const isStuck = refusal.hindrance !== undefined && 'undecided' in refusal.hindrance // whatever runs out there frees nothing
  const nextExpiry = entry.verb === 'Wait' && !isStuck ? nextEnd(stocks, home, entry) : undefined
  const followed = entry.lines && followedBy(stocks, home, entry)
  return {
    reservation,
    home: home.stock,
    judged: judged.of(reservation.uid),
    consumed: actors.every((actor) => actor?.book.terms.reclaimPolicy === 'Consume'),
    ...(followed && { followed }),
    ...(position > 0 && { position }),
    ...(nextExpiry !== undefined && { nextExpiry }),
    ...refusal,
  }
}

/** Its place in line; of several lines the one where it stands furthest behind. 0 = it stands in none. */
function positionOf(stocks: Stocks, { uid, spec }: Reservation): number {
  const lines = spec.items.map((item) => stocks.find(keyOf(item.stockNamespace, item.stock))?.book.waiting)
  return Math.max(0, ...lines.map((line) => line?.position(uid) ?? 0))
}

/** When the next hold ends at a stock that lacks units; its home's when none says so. One that should have ended tells nothing. */
function nextEnd(stocks: Stocks, home: StockActor, { shortages = [], at }: Entry): number | undefined {
  const lacking = shortages.flatMap(({ stockNamespace, stock }) => stocks.find(keyOf(stockNamespace, stock)) ?? [])
  const ends = (lacking.length > 0 ? lacking : [home]).map((actor) => actor.soonestDeadline() ?? Infinity)
  const soonest = Math.min(...ends)
  return Number.isFinite(soonest) && soonest > Date.parse(at) ? soonest : undefined
}

/** The entry of each follower that did what `verdict` says. It stays in its journal until the verdict has left its own. */
function followedBy(stocks: Stocks, home: StockActor, verdict: Entry): Map<string, number> {
  const sequences = new Map<string, number>()
  for (const { stockUID } of verdict.lines ?? []) {
    for (const { entry } of stocks.findByUid(stockUID)?.journal.entries ?? []) {
      const { uid, follows, sequence } = entry
      if (uid === verdict.uid && follows?.uid === home.stock.uid && follows.sequence === verdict.sequence)
        sequences.set(stockUID, sequence)
    }
  }
  return sequences
}
