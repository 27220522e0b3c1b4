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
export interface AskQueue {
  readonly length: number
  /** The most units that those who wait may take of what is free. */
  readonly units: number
  /** When the first of those that wait came. */
  readonly oldestAt: Tick | undefined
  /** Nothing that is queued fits the journal; set until that may have changed. */
  starved: boolean
  add(question: Question): Promise<readonly Entry[]>
  all(): readonly Ask[]
  /** These are being stored; only `left` wait on. */
  send(asks: readonly Ask[], left: readonly Ask[]): void
  /** One that is neither being stored nor waits on comes to nothing. */
  reject(ask: Ask, error: unknown): void
  /** What was being stored is answered. */
  answered(): void
  /** What was being stored is not, and never will be: it comes first again. */
  putBack(): void
  /**
   * Fails those for which there is an error. Those being stored count on, but whoever asked waits no longer: `late` asks
   * for them too.
   */
  shed(errorFor: (ask: Ask) => Error | undefined, late: boolean): void
  fail(error: unknown): void
}

export function askQueue(clock: Clock, journal: Pick<Journal, 'giveBack'>): AskQueue {
  let waiting: Ask[] = []
  let underWay: Ask[] = []
  /** Of those being stored: nobody waits for them any more. */
  const given = new WeakSet<Ask>()

  function drop(ask: Ask, error: unknown): void {
    journal.giveBack(ask.promised, ask.namespace)
    ask.fail(error)
  }

  return {
    starved: false,
    get length() {
      return waiting.length
    },
    get units() {
      return waiting.reduce((sum, { units }) => sum + units, 0)
    },
    get oldestAt() {
      return waiting[0]?.since
    },
    add({ decide, size = 1, takesUnits = false, units = 0, promised = 0, opening = false, namespace = '' }) {
      if (this.starved && !(takesUnits && waiting.some((ask) => ask.namespace === namespace))) this.starved = false // it may fit
      return new Promise((answer, fail) => {
        const kind = { size, takesUnits, units, promised, opening, namespace }
        waiting.push({ decide, ...kind, answer, fail, since: clock.tick() })
      })
    },
    all: () => waiting,
    send(asks, left) {
      underWay = [...asks]
      waiting = [...left]
    },
    reject: drop,
    answered() {
      underWay = []
    },
    putBack() {
      for (const ask of underWay) if (given.has(ask)) journal.giveBack(ask.promised, ask.namespace)
      waiting = [...underWay.filter((ask) => !given.has(ask)), ...waiting]
      underWay = []
    },
    shed(errorFor, late) {
      const kept: Ask[] = []
      for (const ask of waiting) {
        const error = errorFor(ask)
        if (error) drop(ask, error)
        else kept.push(ask)
      }
      waiting = kept
      for (const ask of late ? underWay : []) {
        const error = errorFor(ask)
        if (error) ask.fail(error)
        if (error) given.add(ask)
      }
    },
    fail(error) {
      for (const ask of waiting.splice(0)) drop(ask, error)
    },
  }
}
