import { durationText } from '../../domain/duration.ts'
import type { TellFacts } from '../../domain/reservation/message.ts'
import type { Reservation } from '../../domain/reservation/reservation.ts'
import { keyOf } from '../../domain/reservation/reservation.ts'
import type { Entry } from '../../domain/stock/entry.ts'
import type { StockTerms } from '../../domain/stock/terms.ts'
import type { StockActor } from '../ledger/stock-actor.ts'
import type { Stocks } from './stocks.ts'

/** What a report says beyond its entry, read from the books as they are now. */
export function reportFacts(stocks: Stocks, home: StockActor, entry: Entry, reservation: Reservation): TellFacts {
  const actors = reservation.spec.items.map((item) => stocks.find(keyOf(item.stockNamespace, item.stock)))
  const position = home.book.waiting.position(reservation.uid)
  const nextExpiry = entry.verb === 'Wait' ? home.soonestDeadline() : undefined
  const limit = limitText(entry, home.book.terms, reservation)
  const followed = entry.lines && followedBy(stocks, home, entry)
  return {
    reservation,
    home: home.stock,
    consumed: actors.every((actor) => actor?.book.terms.reclaimPolicy === 'Consume'),
    ...(followed && { followed }),
    ...(position > 0 && { position }),
    ...(nextExpiry !== undefined && { nextExpiry }),
    ...(limit !== undefined && { limit }),
  }
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

function limitText(entry: Entry, terms: StockTerms, { spec }: Reservation): string | undefined {
  switch (entry.reason) {
    case 'LimitPerReservation':
      return `at most ${terms.limits.perReservation}`
    case 'LimitPerConsumer':
      return `at most ${terms.limits.perConsumer}`
    case 'HoldTooLong':
      return `at most ${durationText(terms.hold.maxTtlMs)}`
    case 'WaitTooLong':
      return `at most ${durationText(terms.waitlist.maxWaitMs)}`
    case 'PriorityTooHigh':
      return `at most ${terms.waitlist.maxPriority}`
    case 'NeverFits':
      return `at most ${Math.max(0, terms.quantity - terms.safetyStock)}`
    case 'WaitlistFull':
      return `${terms.waitlist.maxLength} are waiting`
    default:
      return entry.verb === 'Extend' && (spec.ttlMs ?? 0) > terms.hold.maxTtlMs
        ? `cut to the stock's longest hold, ${durationText(terms.hold.maxTtlMs)}`
        : undefined
  }
}
