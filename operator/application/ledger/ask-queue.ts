import type { Entry, EntryDraft } from '../../domain/stock/entry.ts'
import type { StockBook } from '../../domain/stock/stock-book.ts'
import type { Clock, Tick } from '../clock.ts'
import type { Journal } from './journal.ts'

/** What a caller wants a stock to decide. */
export interface Question {
  /** May be called again after a write that was not stored, so it changes nothing but the book's own line. */
  readonly decide: (book: StockBook, at: number) => EntryDraft[]
  /** The most entries that `decide` answers; 1 where nothing is said. */
  readonly size?: number
  /** Whether it may take new units, and so must leave the part of the journal that is kept free. */
  readonly takesUnits?: boolean
  /** The most units that it takes of what is free: a set's are kept for it before it asks, so they don't count. */
  readonly units?: number
  /** Places in the journal that were promised before, to its namespace, and are used up by this. */
  readonly promised?: number
  /** Part of taking the stock over: decided while it is still being counted. */
  readonly opening?: boolean
  /** Of the reservation that it is about: no namespace may fill the journal with what can't be told. '' = of none. */
  readonly namespace?: string
}

/** What is to be known of a question to say whether it can be decided now. */
export type QuestionKind = Pick<Question, 'takesUnits' | 'opening' | 'namespace' | 'promised'>

/** A question that waits for its turn, or is being stored. */
export interface Ask extends Required<Question> {
  /** When it was asked. */
  readonly since: Tick
  readonly answer: (entries: readonly Entry[]) => void
  readonly fail: (error: unknown) => void
}

/** The asks of one stock: those that wait for their turn, in the order in which they came, and those being stored. */
export class AskQueue {
  /** Nothing that is queued fits the journal; set until that may have changed. */
  starved = false
  readonly #clock: Pick<Clock, 'tick'>
  readonly #journal: Pick<Journal, 'giveBack'>
  #waiting: Ask[] = []
  #underWay: Ask[] = []
  /** Of those being stored: nobody waits for them any more. */
  readonly #given = new WeakSet<Ask>()

  constructor(clock: Pick<Clock, 'tick'>, journal: Pick<Journal, 'giveBack'>) {
    this.#clock = clock
    this.#journal = journal
  }

  get length(): number {
    return this.#waiting.length
  }

  /** The most units that those who wait may take of what is free. */
  get units(): number {
    return this.#waiting.reduce((sum, { units }) => sum + units, 0)
  }

  /** When the first of those that wait came. */
  get oldestAt(): Tick | undefined {
    return this.#waiting[0]?.since
  }

  add(question: Question): Promise<readonly Entry[]> {
    const { decide, size = 1, takesUnits = false, units = 0, promised = 0, opening = false, namespace = '' } = question
    const isOneMore = () => takesUnits && this.#waiting.some((ask) => ask.namespace === namespace)
    if (this.starved && !isOneMore()) this.starved = false // it may fit
    return new Promise((answer, fail) => {
      const kind = { size, takesUnits, units, promised, opening, namespace }
      this.#waiting.push({ decide, ...kind, answer, fail, since: this.#clock.tick() })
    })
  }

  all(): readonly Ask[] {
    return this.#waiting
  }

  /** These are being stored; only `left` wait on. */
  send(asks: readonly Ask[], left: readonly Ask[]): void {
    this.#underWay = [...asks]
    this.#waiting = [...left]
  }

  /** One that is neither being stored nor waits on comes to nothing. */
  reject(ask: Ask, error: unknown): void {
    this.#giveBack(ask)
    ask.fail(error)
  }

  /** What was being stored is answered. */
  answered(): void {
    this.#underWay = []
  }

  /** What was being stored is not, and never will be: it comes first again. */
  putBack(): void {
    for (const ask of this.#underWay) if (this.#given.has(ask)) this.#giveBack(ask)
    this.#waiting = [...this.#underWay.filter((ask) => !this.#given.has(ask)), ...this.#waiting]
    this.#underWay = []
  }

  /**
   * Fails those for which there is an error. Those being stored count on, but whoever asked waits no longer: `late` asks
   * for them too.
   */
  shed(errorFor: (ask: Ask) => Error | undefined, late: boolean): void {
    const kept: Ask[] = []
    for (const ask of this.#waiting) {
      const error = errorFor(ask)
      if (error) this.reject(ask, error)
      else kept.push(ask)
    }
    this.#waiting = kept
    for (const ask of late ? this.#underWay : []) {
      const error = errorFor(ask)
      if (error) ask.fail(error)
      if (error) this.#given.add(ask)
    }
  }

  fail(error: unknown): void {
    for (const ask of this.#waiting.splice(0)) this.reject(ask, error)
  }

  #giveBack({ promised, namespace }: Ask): void {
    this.#journal.giveBack(promised, namespace)
  }
}
