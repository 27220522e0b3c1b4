import { isFinished, type Reservation } from '../../domain/reservation/reservation.ts'
import { wishOf } from '../../domain/reservation/wish.ts'
import type { Clock } from '../clock.ts'
import type { StockActor } from '../ledger/stock-actor.ts'
import { leaveLine } from './stock-set.ts'
import type { Stocks } from './stocks.ts'
import { followersOf, homeOf } from './stocks-of-reservation.ts'

export interface LeaveLinesParts {
  readonly stocks: Stocks
  readonly clock: Pick<Clock, 'now'>
}

/**
 * A reservation stands in line only as long as its home says that it waits. From the others it goes as soon as nobody
 * wants it to wait on, though its home can't decide that now: whoever stands behind it there must not wait for its home.
 */
export function leaveLines({ stocks, clock }: LeaveLinesParts, reservation: Reservation): void {
  const { uid, spec, deleting, status } = reservation
  const home = homeOf(stocks, reservation)
  const claim = home?.book.claims.get(uid)
  const waits = claim?.phase === 'Waiting'
  if (home && !waits) leaveLine(home, uid)
  if (waits && !isFinished(status?.phase) && wishOf(spec, deleting, claim, clock.now()) === 'claim') return
  for (const follower of followersOf(stocks, reservation)) leaveLine(follower, uid)
}

/** Nobody knows any more what it waits for: whoever stands behind it must not wait until somebody does. */
export function leaveAllLines(stocks: Stocks, reservation: Reservation, home: StockActor): void {
  for (const actor of [home, ...followersOf(stocks, reservation)]) leaveLine(actor, reservation.uid)
}
