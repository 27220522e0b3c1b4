import type { Reservation } from '../../domain/reservation/reservation.ts'
import type { Claim } from '../../domain/stock/claim.ts'
import type { Clock } from '../clock.ts'
import type { ClockSkew } from '../clock-skew.ts'
import { type Outcome, recheckAfter, settled } from '../outcome.ts'
import { acknowledgeSpec } from './acknowledge-spec.ts'
import { releaseOrphans } from './end-reservation.ts'
import type { JudgedSpecs } from './judged-specs.ts'
import { absentStocks } from './refusal-facts.ts'
import type { Reporter } from './reporter.ts'
import type { StockSet } from './stock-set.ts'
import type { Stocks } from './stocks.ts'
import { followersOf, homeKeyOf } from './stocks-of-reservation.ts'
import type { EndReason, Unexplained } from './unexplained.ts'

/** How long a stock may stay unknown: people apply both kinds at once. */
const GRACE_MS = 3_000
const GRACE_STEP_MS = 500

export interface WithoutHomeParts {
  readonly stocks: Stocks
  readonly unexplained: Unexplained
  readonly clock: Clock
  readonly skew: Pick<ClockSkew, 'serverNow'>
  readonly reporter: Pick<Reporter, 'aside'>
  readonly judged: JudgedSpecs
}

/** What becomes of a reservation whose first stock nobody leads, once it is sure that there is none. */
export async function withoutHome(parts: WithoutHomeParts, reservation: Reservation): Promise<Outcome> {
  if (reservation.deleting) return settled
  const [first] = reservation.spec.items
  if (first && (await mayStillCome(parts, reservation, first))) return recheckAfter(GRACE_STEP_MS)
  switch (reservation.status?.phase) {
    case 'Confirmed':
    case 'Reserved':
      return ofFormerStock(parts, reservation)
    case 'Waiting':
      return endUnled(parts, reservation, 'StockGone', 'Rejected')
    default:
      return endUnled(parts, reservation, 'StockNotFound', 'Rejected')
  }
}

/**
 * What its home's stock was told is gone with it, also when another has its name now. What was sold stays sold; its
 * client may still give back what it has of other stocks.
 */
export async function ofFormerStock(parts: WithoutHomeParts, reservation: Reservation): Promise<Outcome> {
  if (!parts.unexplained.isSold(reservation)) return endUnled(parts, reservation, 'StockGone', 'Released')
  if (reservation.spec.state !== 'Released') {
    parts.unexplained.decided(reservation)
    acknowledgeSpec(parts, reservation)
    return settled
  }
  return endUnled(parts, reservation, 'ReleasedByClient', 'Released')
}

/**
 * The end of its stock is written down, and nothing is decided there any more, however long the object stays. Only what
 * was sold can be left of it, which is told like that of a stock that is gone.
 */
export async function ofClosedStock(
  parts: WithoutHomeParts,
  reservation: Reservation,
  claim: Claim | undefined,
): Promise<Outcome> {
  if (reservation.deleting) return settled
  if (!claim) return endUnled(parts, reservation, 'StockTerminating', 'Rejected')
  return parts.unexplained.isSold(reservation) ? ofFormerStock(parts, reservation) : settled // it is told of the sale first
}

/** Whether a stock that this process does not lead is there, or may be on its way. */
export async function mayStillCome(
  { stocks, skew }: Pick<WithoutHomeParts, 'stocks' | 'skew'>,
  { createdAt }: Reservation,
  { stockNamespace, stock }: NonNullable<StockSet['missing']>,
): Promise<boolean> {
  return skew.serverNow() - createdAt < GRACE_MS || (await stocks.exists(stockNamespace, stock))
}

/** Without a home nobody decides: first the reservation is told, then the other stocks give back what they hold for it. */
async function endUnled(
  parts: WithoutHomeParts,
  reservation: Reservation,
  reason: EndReason,
  phase: 'Released' | 'Rejected',
): Promise<Outcome> {
  const outcome = await parts.unexplained.end(reservation, { reason, phase, absent: absentFor(parts, reservation) })
  if (outcome.kind === 'settled') await releaseOrphans(followersOf(parts.stocks, reservation), reservation.uid, reason)
  return outcome
}

/** Its stocks that nobody leads; its home alone where another has its name by now, or its end is written down. */
function absentFor({ stocks }: Pick<WithoutHomeParts, 'stocks'>, reservation: Reservation): readonly string[] {
  const absent = absentStocks(stocks, reservation)
  return absent.length > 0 ? absent : [homeKeyOf(reservation)]
}
