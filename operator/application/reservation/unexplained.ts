import { reasons } from '../../domain/reservation/reasons.ts'
import {
  isFinished,
  type Reason,
  type Reservation,
  type ReservationStatus,
} from '../../domain/reservation/reservation.ts'
import { statusWithoutEntry } from '../../domain/reservation/tell.ts'
import { filled } from '../../domain/template.ts'
import type { Clock } from '../clock.ts'
import type { StockActor } from '../ledger/stock-actor.ts'
import type { Outcome } from '../outcome.ts'
import { type Explanations, explanations, whyText } from './explanations.ts'
import type { JudgedSpecs } from './judged-specs.ts'
import { onceReports } from './report-once.ts'
import type { Reporter } from './reporter.ts'
import type { Reservations } from './reservations.ts'
import type { Stocks } from './stocks.ts'

export type EndReason = 'StockGone' | 'StockNotFound' | 'StockTerminating' | 'ReleasedByClient'

/** What is said of one that no stock's entry ends: `absent` names its stocks that are not there, or will soon not be. */
export type UnledEnd = { readonly phase: 'Released' | 'Rejected' } & (
  | { readonly reason: EndReason; readonly absent: readonly string[] }
  | { readonly reason: Reason; readonly message: string }
)

/** Statuses that no journal entry explains, and the memory of what has ended but the watch has not shown yet. */
export interface Unexplained {
  /** Notes that an entry of `homeUid` has ended a reservation. */
  ended(uid: string, homeUid: string): void
  /** Whether it is over, told yet or not. Forgets what the watch has caught up with. */
  isOver(reservation: Reservation, homeUid: string): boolean
  /** Tells a reservation that it is over because a stock of it isn't there. */
  end(reservation: Reservation, end: UnledEnd): Promise<Outcome>
  readonly explain: Explanations['explain']
  readonly decided: Explanations['decided']
  readonly isUndecided: Explanations['isUndecided']
  /** The same when it stays undecided for long: which of its stocks it waits for, and why. The answer takes that back. */
  explainIfSlow(reservation: Reservation, stocks: readonly StockActor[]): () => void
  /** Whether a confirmed reservation has nothing that could come back. */
  isSold(reservation: Reservation): boolean
  /** The object is gone. */
  forget(uid: string): void
}

export interface UnexplainedParts {
  readonly stocks: Stocks
  readonly reservations: Reservations
  readonly clock: Clock
  readonly reporter: Pick<Reporter, 'aside' | 'add'>
  readonly judged: JudgedSpecs
  readonly onEnded: (reservation: Reservation, status: ReservationStatus) => Promise<void>
  /** Our own schema does not take the status. */
  readonly onRefused: (reservation: Reservation, reason: string) => void
}

/** A decision that takes longer is explained in the status when its stock hands nothing out. */
const SLOW_MS = 2_000
/** One that has decided nothing lately is given longer: it may go on at once. */
const VERY_SLOW_MS = 10_000
const LATELY_MS = 5_000
/**
 * A stock that only has much to do is given longest: each such status is a write that the next decisions wait for, and a
 * backlog of thousands is worked off by then.
 */
const BUSY_MS = 30_000

export function unexplained({
  stocks,
  reservations,
  clock,
  reporter,
  judged,
  onEnded,
  onRefused,
}: UnexplainedParts): Unexplained {
  const over = new Map<string, string>()
  const iso = () => new Date(clock.now()).toISOString()
  const { explain, decided, isUndecided, forget } = explanations({ clock, reporter, judged, stocks })
  const ends = onceReports({ reservations, reporter, onReported: onEnded, onRefused })

  function statusAtEnd(reservation: Reservation, end: UnledEnd): ReservationStatus {
    const before = reservation.status
    const { reason, phase } = end
    const message =
      'message' in end ? end.message : filled(reasons[end.reason].unled, { absent: () => end.absent.join(', ') })
    return statusWithoutEntry({ ...(before && { before }), phase, reason, message, at: iso() }, reservation)
  }

  return {
    ended(uid, homeUid) {
      over.set(uid, homeUid)
      ends.forget(uid)
    },
    isOver(reservation, homeUid) {
      if (isFinished(reservation.status?.phase)) {
        over.delete(reservation.uid)
        return true
      }
      return over.get(reservation.uid) === homeUid
    },
    end: (reservation, end) => ends.write(reservation, statusAtEnd(reservation, end)),
    explain,
    decided,
    isUndecided,
    explainIfSlow(reservation, stocks) {
      const tell = () => explain(reservation, 'StockBusy', whyUndecided(reservation, stocks))
      const isStill = ({ queue, book }: StockActor) => queue.length > 0 && clock.now() - book.balances.at > LATELY_MS
      let cancel = clock.schedule(SLOW_MS, () => {
        if (stocks.some(({ closedBecause }) => closedBecause)) tell()
        else cancel = clock.schedule(VERY_SLOW_MS - SLOW_MS, tellUnlessBusy)
      })
      function tellUnlessBusy(): void {
        if (stocks.some(isStill)) tell()
        else cancel = clock.schedule(BUSY_MS - VERY_SLOW_MS, tell)
      }
      return () => cancel()
    },
    isSold: ({ status }) =>
      status?.conditions.some(({ type, status: holds }) => type === 'Finished' && holds === 'True') ?? false,
    forget(uid) {
      over.delete(uid)
      ends.forget(uid)
      judged.forget(uid)
      forget(uid)
    },
  }
}

/** The first of its stocks that hands nothing out; otherwise how much there is to do where it waits longest. */
function whyUndecided({ namespace }: Reservation, stocks: readonly StockActor[]): string {
  for (const { stock, closedBecause: why } of stocks) if (why) return whyText({ stock, why }, namespace)
  const [busiest] = [...stocks].sort((a, b) => b.queue.length - a.queue.length)
  return busiest && busiest.queue.length > 0
    ? `waits for its turn at ${busiest.stock.name}; decisions that wait there: ${busiest.queue.length}`
    : 'is being decided; the API server takes long to store it'
}
