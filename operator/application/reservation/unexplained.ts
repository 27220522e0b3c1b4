import { reasons } from '../../domain/reservation/reasons.ts'
import { isFinished, type Reservation, type ReservationStatus } from '../../domain/reservation/reservation.ts'
import { statusWithoutEntry } from '../../domain/reservation/tell.ts'
import { filled } from '../../domain/template.ts'
import type { Clock } from '../clock.ts'
import type { StockActor } from '../ledger/stock-actor.ts'
import { type Outcome, recheckAfter, settled } from '../outcome.ts'
import { type Explanations, explanations, whyText } from './explanations.ts'
import type { JudgedSpecs } from './judged-specs.ts'
import { delayAfter } from './report-slots.ts'
import type { TurnEnd } from './report-turn.ts'
import type { Reporter } from './reporter.ts'
import type { Reservations } from './reservations.ts'
import type { Stocks } from './stocks.ts'

export type EndReason = 'StockGone' | 'StockNotFound' | 'StockTerminating' | 'ReleasedByClient'

export interface UnledEnd {
  readonly reason: EndReason
  readonly phase: 'Released' | 'Rejected'
  /** `namespace/name` of its stocks that are not there, or will soon not be. */
  readonly absent: readonly string[]
}

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

/** What could not be written is looked at again, first after this time, and then ever later. */
const AGAIN_MS = 200
/** Somebody has to install another schema first. */
const REFUSED_MS = 60_000

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
  /** How often in a row the end of a reservation could not be written, by uid. */
  const failures = new Map<string, number>()
  const iso = () => new Date(clock.now()).toISOString()
  const { explain, decided, isUndecided, forget } = explanations({ clock, reporter, judged, stocks })

  function again(uid: string, askedMs = 0): Outcome {
    const failed = (failures.get(uid) ?? 0) + 1
    failures.set(uid, failed)
    return recheckAfter(Math.max(AGAIN_MS, askedMs, delayAfter(failed)))
  }

  function finished(uid: string): Outcome {
    failures.delete(uid)
    return settled
  }

  /** One try in a slot of the reports; whoever asked judges anew before the next. */
  async function endOnce(
    reservation: Reservation,
    end: UnledEnd,
    settle: (outcome: Outcome) => void,
  ): Promise<TurnEnd> {
    const { uid } = reservation
    const result = await reservations.report(reservation, statusAtEnd(reservation, end))
    switch (result.kind) {
      case 'reported':
        await onEnded(result.reservation, result.reservation.status as ReservationStatus)
        settle(finished(uid))
        return { kind: 'done', wrote: true }
      case 'gone':
        settle(finished(uid))
        return { kind: 'done', wrote: false }
      case 'refused':
        if (!failures.has(uid)) onRefused(reservation, result.reason)
        settle(again(uid, REFUSED_MS))
        return { kind: 'done', wrote: false }
      case 'conflict':
        settle(again(uid))
        return { kind: 'done', wrote: false }
      case 'unknown':
        settle(again(uid))
        return { kind: 'failed', hitch: result, comesBack: true }
      case 'notApplied':
        settle(again(uid, result.retryAfterMs))
        return { kind: 'failed', hitch: result, comesBack: true }
    }
  }

  function statusAtEnd(reservation: Reservation, { reason, phase, absent }: UnledEnd): ReservationStatus {
    const before = reservation.status
    const message = filled(reasons[reason].unled, { absent: () => absent.join(', ') })
    return statusWithoutEntry({ ...(before && { before }), phase, reason, message, at: iso() }, reservation)
  }

  return {
    ended(uid, homeUid) {
      over.set(uid, homeUid)
      failures.delete(uid)
    },
    isOver(reservation, homeUid) {
      if (isFinished(reservation.status?.phase)) {
        over.delete(reservation.uid)
        return true
      }
      return over.get(reservation.uid) === homeUid
    },
    end(reservation, end) {
      const { uid, namespace } = reservation
      const ended = Promise.withResolvers<Outcome>()
      const run = () => endOnce(reservation, end, ended.resolve)
      reporter.add({ uid, namespace, rank: 'decision', failures: failures.get(uid) ?? 0, run })
      return ended.promise
    },
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
      failures.delete(uid)
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
