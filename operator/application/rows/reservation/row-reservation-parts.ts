import { isFinished, keyOf, type Reservation } from '../../../domain/reservation/reservation.ts'
import type { Clock } from '../../clock.ts'
import { type Outcome, recheckAfter, recheckAt, settled } from '../../outcome.ts'
import type { OnceReports } from '../../reservation/report-once.ts'
import type { Reporter } from '../../reservation/reporter.ts'
import type { WithoutHomeParts } from '../../reservation/without-home.ts'
import type { RowStock, RowStocks } from '../row-stocks.ts'
import type { LedgerOf } from './ask-ledger.ts'
import type { RowTroubles } from './row-troubles.ts'
import type { WhyUndecided } from './why-undecided.ts'

export interface RowReservationParts extends Pick<WithoutHomeParts, 'stocks' | 'skew' | 'unexplained'> {
  readonly clock: Clock
  readonly rowStocks: RowStocks
  /** By the name of a database; undefined = the operator's settings don't name it. */
  readonly ledgerOf: (database: string) => LedgerOf | undefined
  readonly reporter: Pick<Reporter, 'aside'>
  readonly reports: Pick<OnceReports, 'write'>
  readonly troubles: RowTroubles
  /** Those that asked to be confirmed while nobody led: their deadline may have passed meanwhile. */
  readonly forgiven: ReadonlySet<string>
}

/** A database whose clock is behind ours ends nothing yet. */
const NOT_OVER_YET_MS = 250
/** What passes soon is told of only when it does not. */
const TOLD_AFTER_MS = 2_000

/** Looked at again when its hold runs out. */
export function untilItsEnd({ clock }: RowReservationParts, deadline: number | undefined): Outcome {
  const now = clock.now()
  return deadline === undefined ? settled : recheckAt(Math.max(deadline, now + NOT_OVER_YET_MS), now)
}

/** There is nothing left to decide. */
export function decided({ unexplained, troubles }: RowReservationParts, reservation: Reservation): void {
  unexplained.decided(reservation)
  troubles.over(reservation.uid)
}

/** Those of its stocks that were seen, in its order. */
export function stocksOf({ rowStocks }: RowReservationParts, { spec }: Reservation): RowStock[] {
  return spec.items.flatMap((item) => rowStocks.find(keyOf(item.stockNamespace, item.stock)) ?? [])
}

/** Comes back by itself, each time later; who waits is told why. */
export function undecided(
  { unexplained, troubles }: RowReservationParts,
  reservation: Reservation,
  why: WhyUndecided,
): Outcome {
  const { forMs, delayMs } = troubles.failed(reservation.uid)
  const isTold = !why.passes || forMs >= TOLD_AFTER_MS
  if (isTold && !isFinished(reservation.status?.phase)) unexplained.explain(reservation, 'StockBusy', why.text)
  return recheckAfter(delayMs)
}
