import type { RowBooks } from './row-books.ts'

/** Look-ups of one read, and those that may wait for the next. */
const TOGETHER = 500
const WAITING = 4_096

interface LookUp {
  readonly uid: string
  readonly resolve: (stocks: readonly string[] | undefined) => void
  readonly reject: (error: unknown) => void
}

/** Finds the stocks of reservations, many with one read: what is asked for while one is under way goes with the next. */
export class LookUps {
  readonly #books: Pick<RowBooks, 'stocksOf'>
  #waiting: LookUp[] = []
  #isRunning = false

  constructor(books: Pick<RowBooks, 'stocksOf'>) {
    this.#books = books
  }

  /** True where no more can wait. */
  get isFull(): boolean {
    return this.#waiting.length >= WAITING
  }

  /** Undefined = there is no such reservation, or none that has anything. Throws what reading throws. */
  stocksOf(uid: string): Promise<readonly string[] | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<readonly string[] | undefined>()
    this.#waiting.push({ uid, resolve, reject })
    if (!this.#isRunning) void this.#run()
    return promise
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    while (this.#waiting.length > 0) {
      const together = this.#waiting.splice(0, TOGETHER)
      try {
        const found = await this.#books.stocksOf(together.map(({ uid }) => uid))
        for (const { uid, resolve } of together) resolve(found.get(uid))
      } catch (error) {
        for (const { reject } of together) reject(error)
      }
    }
    this.#isRunning = false
  }
}
