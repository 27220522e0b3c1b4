import type { Entry } from '../../domain/stock/entry.ts'
import type { StockIdentity } from '../../domain/stock/stock-book.ts'
import type { Clock } from '../clock.ts'
import { type AskQueue, askQueue, type Question, type QuestionKind } from './ask-queue.ts'
import type { Journal } from './journal.ts'
import { StockGone } from './ledger-faults.ts'
import { type ParkingLot, parkingLot } from './parking-lot.ts'
import { type Answers, MOST_QUEUED, type Standing } from './standing.ts'
import { type Errand, Undecided } from './undecided.ts'

const CALL_AGAIN_MS = 1_000

export interface ReceptionParts {
  readonly stock: StockIdentity
  readonly journal: Journal
  readonly clock: Clock
  readonly stands: () => Standing
  /** Something is to be done. */
  readonly wake: () => void
}

/** Who comes to a stock with a question: let in, sent away, called back. Nobody waits inside for what can't be decided. */
export interface Reception extends Pick<ParkingLot, 'place'> {
  readonly queue: AskQueue
  readonly parked: number
  /** Lets a question in; answers with its entries once they are stored. Throws Undecided, and what the stock ended with. */
  ask(question: Question): Promise<readonly Entry[]>
  /** Throws like `ask` when a question of this kind can't be decided now. */
  mustDecide(question: QuestionKind): void
  /** Sends away who waits for what can't be decided any more, and calls back whom the stock can serve again. */
  review(): void
  /** The stock's end is written down: nobody is let in any more, and everybody is told; what is under way goes on. */
  farewell(): void
  /** The stock has ended: the same, for good. */
  close(error: unknown): void
  /** Why it has ended; undefined = it hasn't. */
  readonly ended: { readonly error: unknown } | undefined
}

export function reception({ stock, journal, clock, stands, wake }: ReceptionParts): Reception {
  const queue = askQueue(clock, journal)
  const lot = parkingLot()
  let ended: { readonly error: unknown } | undefined
  let calling = false

  function sayEnd(error: unknown): void {
    queue.fail(error)
    lot.release(Infinity, () => Infinity)
  }

  /** They come back only as the journal has places for them, or thousands would come for a few, again and again; a verdict has its place. */
  function roomFor(errand: Errand, { takes, gives }: Answers): number {
    if (errand === 'takes' ? takes : gives) return 0
    const room = errand === 'follows' ? Infinity : journal.room(journal.entries.length, errand === 'takes')
    return Math.max(0, room)
  }

  /** Who was called may have no use for its place by now: the next ones are called without it. */
  function callAgain(): void {
    if (calling || lot.size === 0) return
    calling = true
    clock.schedule(CALL_AGAIN_MS, () => {
      calling = false
      if (!ended) review()
    })
  }

  function review(): void {
    const { stalled, answers } = stands()
    queue.shed((question) => {
      const why = stands().whyUndecided(question, answers)
      return why && new Undecided(stock, lot.place(), why, question.takesUnits)
    }, stalled)
    const room = queue.length < MOST_QUEUED / 2 ? MOST_QUEUED - queue.length : 0
    if (lot.release(room, (errand) => roomFor(errand, answers)) > 0) callAgain()
  }

  function mustDecide(question: QuestionKind): void {
    if (ended) throw ended.error
    if (stands().closed) throw closedError(stock)
    const why = stands().whyTurnedAway(question)
    if (!why) return
    wake()
    throw new Undecided(stock, lot.place(), why, question.takesUnits ?? false)
  }

  return {
    queue,
    get parked() {
      return lot.size
    },
    get ended() {
      return ended
    },
    place: lot.place,
    mustDecide,
    async ask(question) {
      try {
        mustDecide(question)
      } catch (error) {
        journal.giveBack(question.promised ?? 0, question.namespace)
        throw error
      }
      const answered = queue.add(question)
      wake()
      return answered
    },
    review,
    farewell: () => sayEnd(closedError(stock)),
    close(error) {
      ended ??= { error }
      sayEnd(ended.error)
    },
  }
}

/** What those hear who come to a stock whose end is written down. */
function closedError({ namespace, name }: StockIdentity): StockGone {
  return new StockGone(`${namespace}/${name} is closed`)
}
