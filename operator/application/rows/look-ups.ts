import { type Clock, msBetween, type Tick } from '../clock.ts'
import { TRIED_FOR_MS } from './order.ts'
import { NotWritten, type RowBooks } from './row-books.ts'

/** Look-ups of one read, and those that may wait for the next. */
const TOGETHER = 500
const WAITING = 4_096

interface LookUp {
  readonly uid: string
  readonly askedAt: Tick
  readonly resolve: (stocks: readonly string[] | undefined) => void
  readonly reject: (error: unknown) => void
}

/** Finds the stocks of reservations, many with one read: what is asked for while one is under way goes with the next. */
export class LookUps {
  readonly #books: Pick<RowBooks, 'stocksOf'>
  readonly #clock: Pick<Clock, 'tick'>
  #waiting: LookUp[] = []
  #isRunning = false

  constructor(books: Pick<RowBooks, 'stocksOf'>, clock: Pick<Clock, 'tick'>) {
    this.#books = books
    this.#clock = clock
  }

  /** True where no more can wait. */
  get isFull(): boolean {
    return this.#waiting.length >= WAITING
  }

  /**
   * Undefined = there is no such reservation, or none that has anything. Throws what reading throws, be it a read that was
   * waited for; NotWritten also where TRIED_FOR_MS have gone by since `askedAt` before it could be read.
   */
  stocksOf(uid: string, askedAt: Tick): Promise<readonly string[] | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<readonly string[] | undefined>()
    this.#waiting.push({ uid, askedAt, resolve, reject })
    if (!this.#isRunning) void this.#run()
    return promise
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    while (this.#waiting.length > 0) {
      this.#sendAwayTheOld()
      const together = this.#waiting.splice(0, TOGETHER)
      if (together.length > 0) await this.#read(together)
    }
    this.#isRunning = false
  }

  async #read(together: readonly LookUp[]): Promise<void> {
    try {
      const found = await this.#books.stocksOf(together.map(({ uid }) => uid))
      for (const { uid, resolve } of together) resolve(found.get(uid))
    } catch (error) {
      // a database that says nothing costs each read seconds: whoever waits would hear the same later
      for (const { reject } of [...together, ...this.#waiting.splice(0)]) reject(error)
    }
  }

  #sendAwayTheOld(): void {
    const now = this.#clock.tick()
    const isOld = ({ askedAt }: LookUp) => msBetween(askedAt, now) >= TRIED_FOR_MS
    const { old = [], young = [] } = Object.groupBy(this.#waiting, (one) => (isOld(one) ? 'old' : 'young'))
    this.#waiting = young
    for (const { uid, reject } of old)
      reject(new NotWritten(`reservation ${uid} could not be looked for within ${TRIED_FOR_MS / 1_000} s`))
  }
}
