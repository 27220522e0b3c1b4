import { type Clock, msBetween, type Tick } from '../clock.ts'
import { TRIED_FOR_MS } from './order.ts'
import { NotWritten, type RowBooks } from './row-books.ts'

/** Look-ups of one read, and those that may be unanswered. */
const TOGETHER = 500
const UNANSWERED = 4_096
/** Reads at once; a second one only where the first is held up, so that one dead wire stops nobody. */
const UNDER_WAY = 2
/** A read that takes longer is held up by something: what it is for is read once more, with the others. */
const HELD_UP_MS = 200

type Stocks = readonly string[] | undefined

interface LookUp {
  readonly uid: string
  readonly resolve: (stocks: Stocks) => void
  readonly reject: (error: unknown) => void
  /** Reads that may still answer it, be they under way or to come. */
  hopes: number
  mayRepeat: boolean
  isOver: boolean
}

/** Finds the stocks of reservations, many with one read: what is asked for while one is under way goes with the next. */
export class LookUps {
  readonly #books: Pick<RowBooks, 'stocksOf'>
  readonly #clock: Pick<Clock, 'tick' | 'schedule'>
  #waiting: LookUp[] = []
  #unanswered = 0
  #underWay = 0
  /** The read that the next one waits for. */
  #latest: readonly LookUp[] | undefined

  constructor(books: Pick<RowBooks, 'stocksOf'>, clock: Pick<Clock, 'tick' | 'schedule'>) {
    this.#books = books
    this.#clock = clock
  }

  /** True where no more can wait. */
  get isFull(): boolean {
    return this.#unanswered >= UNANSWERED
  }

  /**
   * Undefined = there is no such reservation, or none that has anything. Each is read once more where its first read fails
   * or is held up. Throws what reading throws; NotWritten where TRIED_FOR_MS have gone by since `askedAt`.
   */
  stocksOf(uid: string, askedAt: Tick): Promise<Stocks> {
    const { promise, resolve, reject } = Promise.withResolvers<Stocks>()
    const leftMs = TRIED_FOR_MS - msBetween(askedAt, this.#clock.tick())
    const late = `reservation ${uid} could not be looked for within ${TRIED_FOR_MS / 1_000} s`
    const cancel = this.#clock.schedule(leftMs, () => one.reject(new NotWritten(late)))
    const end = (settle: () => void): void => {
      if (one.isOver) return
      one.isOver = true
      this.#unanswered -= 1
      cancel()
      settle()
    }
    const one: LookUp = {
      ...{ uid, hopes: 1, mayRepeat: true, isOver: false },
      resolve: (stocks) => end(() => resolve(stocks)),
      reject: (error) => end(() => reject(error)),
    }
    this.#unanswered += 1
    this.#waiting.push(one)
    this.#begin()
    return promise
  }

  #begin(): void {
    if (this.#latest || this.#underWay === UNDER_WAY) return
    const open = this.#waiting.filter(({ isOver }) => !isOver)
    this.#waiting = open.slice(TOGETHER)
    if (open.length > 0) void this.#read(open.slice(0, TOGETHER))
  }

  async #read(together: readonly LookUp[]): Promise<void> {
    this.#underWay += 1
    this.#latest = together
    const inTime = this.#clock.schedule(HELD_UP_MS, () => {
      for (const one of together) this.#repeat(one)
      this.#next(together)
    })
    try {
      const found = await this.#books.stocksOf(together.map(({ uid }) => uid))
      for (const { uid, resolve } of together) resolve(found.get(uid))
    } catch (error) {
      for (const one of together) {
        one.hopes -= 1
        this.#repeat(one)
        if (one.hopes === 0) one.reject(error)
      }
    }
    inTime()
    this.#underWay -= 1
    this.#next(together)
  }

  /** Nobody waits for this read any more. */
  #next(read: readonly LookUp[]): void {
    if (this.#latest === read) this.#latest = undefined
    this.#begin()
  }

  #repeat(one: LookUp): void {
    if (one.isOver || !one.mayRepeat) return
    one.mayRepeat = false
    one.hopes += 1
    this.#waiting.push(one) // behind those that were not read at all
  }
}
