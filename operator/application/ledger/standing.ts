import { SparseMap } from '../../domain/sparse-map.ts'
import type { StockBook } from '../../domain/stock/stock-book.ts'
import { filled } from '../../domain/template.ts'
import { type Clock, msBetween, type Tick } from '../clock.ts'
import type { ClockSkew } from '../clock-skew.ts'
import type { AskQueue, QuestionKind } from './ask-queue.ts'
import type { Journal } from './journal.ts'
import type { LedgerWriter } from './ledger-writer.ts'
import { JOURNAL_FULL_MS } from './pace.ts'
import type { ParkingLot } from './parking-lot.ts'
import { type Mode, modeOf, whyNotReady } from './readiness.ts'
import { readyReasons } from './ready-reasons.ts'
import { shares, type WhyUntold } from './shares.ts'
import { STALLED_MS } from './stalling.ts'
import type { StoredStock } from './stock-ledger.ts'
import type { NotReady } from './stock-status.ts'
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
  readonly writer: Pick<LedgerWriter, 'failing'> & { readonly known: Pick<StoredStock, 'terms'> }
  readonly clock: Clock
  readonly skew: Pick<ClockSkew, 'excessMs'>
  /** Asks in line. */
  readonly queue: Pick<AskQueue, 'length'>
  /** Those who were sent away and wait to be called. */
  readonly lot: Pick<ParkingLot, 'size'>
  /** Whether nothing can be told to the reservations of a namespace at present. */
  readonly cannotTell: (namespace: string) => boolean
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

/** What a stock can do at this moment, and why not more. */
export class Standing {
  /** Set by whoever found that the books can't be trusted, or don't close. */
  blocked: NotReady | undefined = undefined
  /** Taken over, and not compared yet with what reservations hold. */
  counting = true
  /** Its end is written down. */
  closed: boolean
  /** Its status must not be written: it could not be read, or can't be stored. */
  sealed = false
  /** When an entry last left the journal, or the first one came. */
  drainedAt: Tick
  readonly #parts: StandingParts
  readonly #untold: () => WhyUntold
  /** Asked of each in a long line, it is judged once in a while: what it rests on changes in seconds. */
  readonly #mute = new SparseMap<string, boolean>()
  #muteSince: Tick

  constructor(parts: StandingParts) {
    this.#parts = parts
    this.#untold = shares(parts)
    this.closed = parts.journal.ended
    this.drainedAt = parts.clock.tick()
    this.#muteSince = this.drainedAt
  }

  /** Taken over again: nothing that was found of it before counts. */
  restart(): void {
    this.blocked = undefined
    this.sealed = false
    this.counting = true
    this.closed = this.#parts.journal.ended
  }

  get mode(): Mode {
    const { blocked, counting, closed } = this
    return modeOf({ blocked, counting, closed, skewMs: this.#parts.skew.excessMs() })
  }

  /** Its write has failed for so long that nobody should wait for it: why. */
  get stalledBecause(): string | undefined {
    const { failing } = this.#parts.writer
    return failing && failing.ms >= STALLED_MS ? `its books can't be stored: ${failing.reason}` : undefined
  }

  /** Somebody was sent away, and the journal has no room for new holds. */
  get starves(): boolean {
    return this.#parts.lot.size > 0 && this.#isFull(true)
  }

  get notReady(): NotReady | undefined {
    const { book, journal, writer, skew, queue, lot } = this.#parts
    const { terms } = book
    return whyNotReady({
      ...{ terms, deleted: writer.known.terms.terminating, blocked: this.blocked, skewMs: skew.excessMs() },
      ...{ stuckMs: this.#stuckMs(), unfinished: journal.entries.length, full: this.#isFull(true) },
      ...{ claims: terms.terminating ? heldBy(book) : 0, waits: queue.length + lot.size },
    })
  }

  /** Why questions of each kind can't be decided now. */
  get answers(): Answers {
    const { mode, notReady } = this
    if (mode === 'halted') {
      const all = { takes: notReady, takesPromised: notReady, gives: notReady, opening: notReady }
      return { ...all, unplaced: () => undefined }
    }
    const closed = this.#closedFor(mode)
    const takesPromised = closed ?? (mode === 'noNewHolds' ? notReady : undefined)
    const takes = takesPromised ?? (notReady?.reason === 'JournalFull' ? notReady : undefined)
    return { takes, takesPromised, gives: closed, opening: undefined, unplaced: this.#unplaced() }
  }

  /** Why this one can't be; `answers` where many are asked for at one moment. */
  whyUndecided(question: QuestionKind, answers: Answers = this.answers): Why | undefined {
    if (question.opening) return answers.opening
    const { takesUnits, promised } = question
    if (promised) return takesUnits ? answers.takesPromised : answers.gives // its places were judged when it took them
    return (takesUnits ? answers.takes : answers.gives) ?? answers.unplaced(question)
  }

  /** Why it is not even let in: those who are in line already are decided, however many they are. */
  whyTurnedAway(question: QuestionKind): Why | undefined {
    return this.whyUndecided(question) ?? (question.opening ? undefined : this.#busy())
  }

  /** Whether new holds of a namespace can't be decided for what is untold there. */
  isMute(namespace: string): boolean {
    const now = this.#parts.clock.tick()
    if (msBetween(this.#muteSince, now) >= MUTE_MS) {
      this.#mute.clear()
      this.#muteSince = now
    }
    const answer = this.#mute.get(namespace) ?? this.#untold()({ takesUnits: true, namespace }) !== undefined
    this.#mute.set(namespace, answer)
    return answer
  }

  /** Which questions can be decided, judged once for all that are asked at one moment. */
  mayDecide(): (question: QuestionKind) => boolean {
    const { answers } = this
    return (question) => this.whyUndecided(question, answers) === undefined
  }

  #closedFor(mode: Mode): Why | undefined {
    const { stalledBecause: message } = this
    if (message !== undefined) return { reason: 'StoreFails', message }
    return mode === 'counting' ? { reason: 'Counting', message: 'its books are being counted' } : undefined
  }

  #busy(): Why | undefined {
    const queued = this.#parts.queue.length
    if (queued < MOST_QUEUED) return undefined
    return { reason: 'Busy', message: `has much to do; decisions that wait there: ${queued}` }
  }

  /** An empty journal is not stuck, however many places in it are promised. */
  #stuckMs(): number {
    if (this.#parts.journal.entries.length === 0) return 0
    return msBetween(this.drainedAt, this.#parts.clock.tick())
  }

  #isFull(forTakers: boolean): boolean {
    const { journal } = this.#parts
    return journal.room(journal.entries.length, forTakers) < (forTakers ? HOLD_ENTRIES : 1)
  }

  /** A journal that does not drain decides nothing for those either who give back. */
  #stuck(): Why | undefined {
    if (this.#stuckMs() <= JOURNAL_FULL_MS || !this.#isFull(false)) return undefined
    const unfinished = () => `${this.#parts.journal.entries.length}`
    return { reason: 'JournalFull', message: filled(readyReasons.JournalFull.text, { unfinished }) }
  }

  #unplaced(): WhyUntold {
    const [full, whyUntold] = [this.#stuck(), this.#untold()]
    return (question) => (question.takesUnits ? undefined : full) ?? whyUntold(question)
  }
}

/** How many reservations have units of it that come back; what is sold keeps no stock. */
function heldBy({ claims, terms: { reclaimPolicy } }: StockBook): number {
  return [...claims.values()].filter(({ phase }) => phase !== 'Confirmed' || reclaimPolicy === 'Return').length
}
