import type { Entry } from '../../domain/stock/entry.ts'
import type { StockBook, StockIdentity } from '../../domain/stock/stock-book.ts'
import type { Clock } from '../clock.ts'
import type { AskQueue, Question, QuestionKind } from './ask-queue.ts'
import type { Journal } from './journal.ts'
import { StockGone } from './ledger-faults.ts'
import type { ParkingLot } from './parking-lot.ts'
import { type Answers, MOST_QUEUED, type Standing } from './standing.ts'
import { type Errand, Undecided } from './undecided.ts'

const CALL_AGAIN_MS = 1_000

export interface ReceptionParts {
  readonly book: Pick<StockBook, 'stock'>
  readonly journal: Journal
  readonly clock: Clock
  readonly queue: AskQueue
  readonly lot: ParkingLot
  readonly stands: Standing
  /** Something is to be done. */
  readonly wake: () => void
}

/** Who comes to a stock with a question: let in, sent away, called back. Nobody waits inside for what can't be decided. */
export class Reception {
  readonly #parts: ReceptionParts
  #ended: { readonly error: unknown } | undefined
  #calling = false

  constructor(parts: ReceptionParts) {
    this.#parts = parts
  }

  /** Why the stock has ended; undefined = it hasn't. */
  get ended(): { readonly error: unknown } | undefined {
    return this.#ended
  }

  /** Lets a question in; answers with its entries once they are stored. Throws Undecided, and what the stock ended with. */
  async ask(question: Question): Promise<readonly Entry[]> {
    const { journal, queue, wake } = this.#parts
    try {
      this.mustDecide(question)
    } catch (error) {
      journal.giveBack(question.promised ?? 0, question.namespace)
      throw error
    }
    const answered = queue.add(question)
    wake()
    return answered
  }

  /** Throws like `ask` when a question of this kind can't be decided now. */
  mustDecide(question: QuestionKind): void {
    const { book, stands, lot, wake } = this.#parts
    if (this.#ended) throw this.#ended.error
    if (stands.closed) throw closedError(book.stock)
    const why = stands.whyTurnedAway(question)
    if (!why) return
    wake()
    throw new Undecided(book.stock, lot.place(), why, question.takesUnits ?? false)
  }

  /** Sends away who waits for what can't be decided any more, and calls back whom the stock can serve again. */
  review(): void {
    const { book, stands, queue, lot } = this.#parts
    const { stalledBecause, answers } = stands
    queue.shed((question) => {
      const why = stands.whyUndecided(question, answers)
      return why && new Undecided(book.stock, lot.place(), why, question.takesUnits)
    }, stalledBecause !== undefined)
    const room = queue.length < MOST_QUEUED / 2 ? MOST_QUEUED - queue.length : 0
    if (lot.release(room, (errand) => this.#roomFor(errand, answers)) > 0) this.#callAgain()
  }

  /** The stock's end is written down: nobody is let in any more, and everybody is told; what is under way goes on. */
  farewell(): void {
    this.#sayEnd(closedError(this.#parts.book.stock))
  }

  /** The stock has ended: the same, for good. */
  close(error: unknown): void {
    this.#ended ??= { error }
    this.#sayEnd(this.#ended.error)
  }

  #sayEnd(error: unknown): void {
    this.#parts.queue.fail(error)
    this.#parts.lot.release(Infinity, () => Infinity)
  }

  /** They come back only as the journal has places for them, or thousands would come for a few, again and again; a verdict has its place. */
  #roomFor(errand: Errand, { takes, gives }: Answers): number {
    if (errand === 'takes' ? takes : gives) return 0
    if (errand === 'follows') return Infinity
    const { journal } = this.#parts
    return Math.max(0, journal.room(journal.entries.length, errand === 'takes'))
  }

  /** Who was called may have no use for its place by now: the next ones are called without it. */
  #callAgain(): void {
    const { clock, lot } = this.#parts
    if (this.#calling || lot.size === 0) return
    this.#calling = true
    clock.schedule(CALL_AGAIN_MS, () => {
      this.#calling = false
      if (!this.#ended) this.review()
    })
  }
}

/** What those hear who come to a stock whose end is written down. */
function closedError({ namespace, name }: StockIdentity): StockGone {
  return new StockGone(`${namespace}/${name} is closed`)
}
