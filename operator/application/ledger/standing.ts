import type { StockBook } from '../../domain/stock/stock-book.ts'
import { filled } from '../../domain/template.ts'
import { type Clock, msBetween, type Tick } from '../clock.ts'
import type { ClockSkew } from '../clock-skew.ts'
import type { QuestionKind } from './ask-queue.ts'
import type { Journal } from './journal.ts'
import type { LedgerWriter } from './ledger-writer.ts'
import { JOURNAL_FULL_MS } from './pace.ts'
import { modeOf, whyNotReady } from './readiness.ts'
import { readyReasons } from './ready-reasons.ts'
import { shares, type WhyUntold } from './shares.ts'
import { STALLED_MS } from './stalling.ts'
import type { NotReady } from './stock-status.ts'
import type { Mode } from './turn.ts'
import type { Why } from './undecided.ts'

/** A hold that is confirmed at once. */
const HOLD_ENTRIES = 2
/** For so long it is not judged anew whether a namespace can be told. */
const MUTE_MS = 100
/** So many asks wait in line at a stock; who comes then is called back when half of them are answered. */
export const MOST_QUEUED = 4_096

export interface StandingParts {
  readonly book: StockBook
  readonly journal: Journal
  readonly writer: Pick<LedgerWriter, 'failing'>
  readonly clock: Clock
  readonly skew: Pick<ClockSkew, 'excessMs'>
  /** Whether its object is being deleted. */
  readonly deleted: () => boolean
  /** Asks in line. */
  readonly queued: () => number
  /** Those who were sent away and wait to be called. */
  readonly parked: () => number
  readonly lastDropAt: () => Tick
  /** Whether nothing can be told to the reservations of a namespace at present. */
  readonly cannotTell: (namespace: string) => boolean
}

/** What a stock can do at this moment, and why not more. */
export interface Standing {
  /** Set by whoever found that the books can't be trusted, or don't close. */
  blocked: NotReady | undefined
  /** Taken over, and not compared yet with what reservations hold. */
  counting: boolean
  /** Its end is written down. */
  closed: boolean
  /** Its status must not be written: it could not be read, or can't be stored. */
  sealed: boolean
  readonly mode: Mode
  /** Its write has failed for so long that nobody should wait for it. */
  readonly stalled: boolean
  readonly notReady: NotReady | undefined
  /** Somebody was sent away, and the journal has no room for new holds. */
  readonly starves: boolean
  /** Why questions of each kind can't be decided now. */
  readonly answers: Answers
  /** Why this one can't be; `answers` where many are asked for at one moment. */
  whyUndecided(question: QuestionKind, answers?: Answers): Why | undefined
  /** Why it is not even let in: those who are in line already are decided, however many they are. */
  whyTurnedAway(question: QuestionKind): Why | undefined
  /** Whether new holds of a namespace can't be decided for what is untold there. */
  isMute(namespace: string): boolean
  /** Which questions can be decided, judged once for all that are asked at one moment. */
  mayDecide(): (question: QuestionKind) => boolean
}

export interface Answers {
  readonly takes: Why | undefined
  /** The same for what has its places in the journal promised: however full that is, they are its own. */
  readonly takesPromised: Why | undefined
  readonly gives: Why | undefined
  readonly opening: Why | undefined
  /** The same for what has no places promised. */
  readonly unplaced: WhyUntold
}

export function standing(parts: StandingParts): Standing {
  const { book, journal, writer, clock, skew } = parts
  const stalled = () => (writer.failing?.ms ?? 0) >= STALLED_MS
  const untold = shares(parts)

  function closedFor(mode: Mode): Why | undefined {
    if (stalled()) return { reason: 'StoreFails', message: `its books can't be stored: ${writer.failing?.reason}` }
    return mode === 'counting' ? { reason: 'Counting', message: 'its books are being counted' } : undefined
  }

  function busy(): Why | undefined {
    const queued = parts.queued()
    if (queued < MOST_QUEUED) return undefined
    return { reason: 'Busy', message: `has much to do; decisions that wait there: ${queued}` }
  }

  const stuckMs = () => msBetween(parts.lastDropAt(), clock.tick())
  const isFull = (forTakers: boolean) =>
    journal.room(journal.entries.length, forTakers) < (forTakers ? HOLD_ENTRIES : 1)

  /** A journal that does not drain decides nothing for those either who give back. */
  function stuck(): Why | undefined {
    if (stuckMs() <= JOURNAL_FULL_MS || !isFull(false)) return undefined
    const message = filled(readyReasons.JournalFull.text, { unfinished: () => `${journal.entries.length}` })
    return { reason: 'JournalFull', message }
  }

  function unplaced(): WhyUntold {
    const [full, whyUntold] = [stuck(), untold()]
    return (question) => (question.takesUnits ? undefined : full) ?? whyUntold(question)
  }

  const stands: Standing = {
    mayDecide() {
      const { answers } = stands
      return (question) => stands.whyUndecided(question, answers) === undefined
    },
    isMute: remembered(clock, (namespace) => untold()({ takesUnits: true, namespace }) !== undefined),
    blocked: undefined,
    counting: true,
    closed: false,
    sealed: false,
    get mode() {
      const { blocked, counting, closed } = this
      return modeOf({ blocked, counting, closed, skewMs: skew.excessMs() })
    },
    get stalled() {
      return stalled()
    },
    get starves() {
      return parts.parked() > 0 && isFull(true)
    },
    get notReady() {
      const counts = { claims: book.terms.terminating ? heldBy(book) : 0, waits: parts.queued() + parts.parked() }
      const unfinished = journal.entries.length
      return whyNotReady({
        ...{
          terms: book.terms,
          deleted: parts.deleted(),
          blocked: this.blocked,
          skewMs: skew.excessMs(),
          stuckMs: stuckMs(),
          unfinished,
          ...counts,
        },
        full: isFull(true),
      })
    },
    get answers() {
      const { mode, notReady } = this
      if (mode === 'halted') {
        const all = { takes: notReady, takesPromised: notReady, gives: notReady, opening: notReady }
        return { ...all, unplaced: () => undefined }
      }
      const closed = closedFor(mode)
      const takesPromised = closed ?? (mode === 'noNewHolds' ? notReady : undefined)
      const takes = takesPromised ?? (notReady?.reason === 'JournalFull' ? notReady : undefined)
      return { takes, takesPromised, gives: closed, opening: undefined, unplaced: unplaced() }
    },
    whyUndecided(question, given) {
      const answers = given ?? this.answers
      if (question.opening) return answers.opening
      const { takesUnits, promised } = question
      if (promised) return takesUnits ? answers.takesPromised : answers.gives // its places were judged when it took them
      return (takesUnits ? answers.takes : answers.gives) ?? answers.unplaced(question)
    },
    whyTurnedAway(question) {
      return this.whyUndecided(question) ?? (question.opening ? undefined : busy())
    },
  }
  return stands
}

/** Asked of each in a long line, it is judged once in a while: what it rests on changes in seconds. */
function remembered(clock: Pick<Clock, 'tick'>, judge: (namespace: string) => boolean): (namespace: string) => boolean {
  const known = new Map<string, boolean>()
  let since = clock.tick()
  return (namespace) => {
    const now = clock.tick()
    if (msBetween(since, now) >= MUTE_MS) {
      known.clear()
      since = now
    }
    const answer = known.get(namespace) ?? judge(namespace)
    known.set(namespace, answer)
    return answer
  }
}

/** How many reservations have units of it that come back; what is sold keeps no stock. */
function heldBy({ claims, terms: { reclaimPolicy } }: StockBook): number {
  return [...claims.values()].filter(({ phase }) => phase !== 'Confirmed' || reclaimPolicy === 'Return').length
}
