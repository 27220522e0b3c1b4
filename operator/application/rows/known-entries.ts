/** Stocks that are remembered: some megabytes. Of one that is forgotten, its mirror tells still, a second late. */
const MOST = 50_000

/**
 * The latest entry of each stock that this process knows to be kept, because it has committed it, or committed after it.
 * A row that knows of fewer has been set back. Memory only; of too many stocks the one that was asked for longest ago goes,
 * for nobody says here when a stock is gone.
 */
export class KnownEntries {
  readonly #most: number
  /** By the stock's uid; the one that was noted last is the last. */
  readonly #sequences = new Map<string, number>()

  constructor(most = MOST) {
    this.#most = most
  }

  /** The number of the entry; 0 = none is known. */
  of(stock: string): number {
    return this.#sequences.get(stock) ?? 0
  }

  /** Notes an entry; one before what is known changes nothing. */
  note(stock: string, sequence: number): void {
    const known = this.of(stock)
    this.#sequences.delete(stock)
    this.#sequences.set(stock, Math.max(known, sequence))
    const [oldest] = this.#sequences.size > this.#most ? this.#sequences.keys() : []
    if (oldest !== undefined) this.#sequences.delete(oldest)
  }
}
