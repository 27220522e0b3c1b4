import type { Clock } from '../clock.ts'
import type { Agenda } from './agenda.ts'
import { Exclusive } from './exclusive.ts'
import { StartOver, StockGone } from './ledger-faults.ts'
import type { LedgerWriter } from './ledger-writer.ts'
import type { Reception } from './reception.ts'
import type { Standing } from './standing.ts'
import type { Turn } from './turn.ts'
import { WakeUp } from './wake-up.ts'

export interface TurnLoopParts {
  readonly clock: Clock
  readonly must: Agenda
  readonly turns: Turn
  readonly writer: LedgerWriter
  readonly stands: Standing
  readonly door: Reception
  /** A turn has failed. */
  readonly onFault: (error: unknown) => void
}

/** Gives a stock its turns, each when it is due, and lets other writes happen between two of them: never two at once. */
export class TurnLoop {
  readonly #parts: TurnLoopParts
  readonly #timer: WakeUp
  readonly #writing = new Exclusive()
  #resting = false

  constructor(parts: TurnLoopParts) {
    this.#parts = parts
    this.#timer = new WakeUp(parts.clock, () => void this.#takeTurn())
  }

  /** A write is under way. */
  get busy(): boolean {
    return this.#writing.busy
  }

  /** Has the next turn happen when it is due. */
  wake(): void {
    const due = this.#isIdle() ? this.#parts.must.dueAt() : undefined
    if (due !== undefined) this.#timer.by(due)
  }

  /** No turn is due any more. */
  cancel(): void {
    this.#timer.cancel()
  }

  /** Starts no more turns; resolves when none is under way. */
  rest(): Promise<void> {
    this.#resting = true
    this.#timer.cancel()
    return this.#writing.idle()
  }

  /** Does this between two turns. Throws like `work`, and what the stock has ended with. */
  async alone(work: () => Promise<void>): Promise<void> {
    const { door, onFault } = this.#parts
    while (this.#writing.busy) await this.#writing.idle()
    if (door.ended) throw door.ended.error
    try {
      await this.#writing.run(work)
    } catch (error) {
      if (error instanceof StartOver || error instanceof StockGone) onFault(error)
      throw error
    } finally {
      this.#after() // whatever came of it: others have asked meanwhile
    }
  }

  #isIdle(): boolean {
    return !this.#writing.busy && !this.#parts.door.ended && !this.#resting
  }

  async #takeTurn(): Promise<void> {
    if (!this.#isIdle()) return
    await this.#writing.run(() => this.#decideAndWrite()).catch(this.#parts.onFault)
    this.#after()
  }

  async #decideAndWrite(): Promise<void> {
    const { must, turns, writer, stands } = this.#parts
    if (must.begin()) await writer.refresh()
    must.end(await turns.run(stands.mode, must.write))
  }

  #after(): void {
    const { door } = this.#parts
    if (door.ended)
      door.close(door.ended.error) // those in a write that was under way when it ended
    else door.review()
    this.wake()
  }
}
