import type { Entry } from '../../domain/stock/entry.ts'
import type { StockBook, StockIdentity } from '../../domain/stock/stock-book.ts'
import type { ClockSkew } from '../clock-skew.ts'
import { Agenda } from './agenda.ts'
import { AskQueue, type Question, type QuestionKind } from './ask-queue.ts'
import { setsInTurn } from './batch.ts'
import type { Journal } from './journal.ts'
import { SchemaTooOld, StartOver, StockGone } from './ledger-faults.ts'
import { ParkingLot } from './parking-lot.ts'
import { isUntrusted, type Mode, whyHalted } from './readiness.ts'
import { Reception } from './reception.ts'
import { SoonestDeadline } from './soonest-deadline.ts'
import { Standing } from './standing.ts'
import { type Author, Statement } from './statement.ts'
import type { FoundBooks, StockActor } from './stock-actor.ts'
import type { StoredStock } from './stock-ledger.ts'
import type { NotReady } from './stock-status.ts'
import { Turn, type TurnParts } from './turn.ts'
import { TurnLoop } from './turn-loop.ts'
import type { Parking } from './undecided.ts'

export interface WriterParts extends Omit<TurnParts, 'queue' | 'says' | 'stands'> {
  readonly skew: ClockSkew
  readonly author: Author
  /** The actor has stopped for good, with everything that waits on it failed. */
  readonly onStopped: (error: unknown) => void
  /** The actor decides nothing any more until it is taken over again. */
  readonly onHalted: (error: unknown) => void
  /** Its status must not be written as a whole: somebody else has to say why it stops. */
  readonly onSealed: (why: NotReady) => void
  /** Whether nothing can be told to the reservations of a namespace at present. */
  readonly cannotTell: (namespace: string) => boolean
  /** How many of the stock's events are spooled. */
  readonly spooled: () => number
}

/** Writes one stock's books, as stock-actor.ts draws it. */
export class SingleWriter implements StockActor {
  readonly stock: StockIdentity
  readonly book: StockBook
  readonly journal: Journal
  readonly queue: AskQueue
  takeovers = 0
  readonly #parts: WriterParts
  readonly #lot: ParkingLot
  readonly #stands: Standing
  readonly #door: Reception
  readonly #turns: Turn
  readonly #soonest: SoonestDeadline
  readonly #must: Agenda
  readonly #loop: TurnLoop

  /** What each room is handed is spelled out: spread over thousands of stocks, all of it would weigh as much as the books. */
  constructor(parts: WriterParts) {
    const { book, journal, writer, clock, skew, author, cannotTell, spooled } = parts
    const { onCommitted, onDropped, onSetTurn } = parts
    const queue = new AskQueue(clock, journal)
    const lot = new ParkingLot()
    const stands = new Standing({ book, journal, writer, clock, skew, cannotTell, queue, lot })
    const door = new Reception({ book, journal, clock, queue, lot, stands, wake: () => this.wake() })
    const says = new Statement({ book, clock, author, writer, stands, spooled })
    const turns = new Turn({ book, journal, writer, clock, queue, says, stands, onCommitted, onDropped, onSetTurn })
    const must = new Agenda({ clock, skew, journal, queue, stands, turns })
    this.#loop = new TurnLoop({ clock, must, turns, writer, stands, door, onFault: (error) => this.halt(error) })
    this.#soonest = new SoonestDeadline(book, clock)
    this.#parts = parts
    this.#lot = lot
    this.#stands = stands
    this.#door = door
    this.#turns = turns
    this.#must = must
    this.stock = book.stock
    this.book = book
    this.journal = journal
    this.queue = queue
    book.setMute((namespace) => stands.isMute(namespace))
  }

  get known(): StoredStock {
    return this.#parts.writer.known
  }

  get closed(): boolean {
    return this.#stands.closed
  }

  get mode(): Mode {
    return this.#stands.mode
  }

  get stopped(): boolean {
    return this.#door.ended !== undefined
  }

  get closedBecause(): NotReady | undefined {
    return this.#stands.notReady
  }

  get stalled(): boolean {
    return this.#stands.stalledBecause !== undefined
  }

  get busy(): boolean {
    return this.#loop.busy || this.queue.length > 0
  }

  get parked(): number {
    return this.#lot.size
  }

  ask(question: Question): Promise<readonly Entry[]> {
    return this.#door.ask(question)
  }

  mustDecide(question: QuestionKind): void {
    this.#door.mustDecide(question)
  }

  place(): Parking {
    return this.#lot.place()
  }

  review(): void {
    this.#door.review()
  }

  soonestDeadline(): number | undefined {
    return this.#soonest.get()
  }

  async sayFarewell(isHeld: () => boolean): Promise<boolean> {
    if (this.closed) return true
    const entries = await this.#door.ask({ decide: () => (isHeld() ? [] : [{ verb: 'Note', note: 'deleted' }]) })
    if (entries.length === 0) return false
    this.#stands.closed = true
    this.#door.farewell()
    return true
  }

  async written(): Promise<void> {
    this.#must.write = true
    if (this.closed) this.wake()
    else await this.#door.ask({ size: 0, opening: true, decide: () => [] })
  }

  mark(change: 'open' | 'close', once = false): Promise<void> {
    return this.#loop.alone(async () => {
      if (change === 'open' || (this.closed && this.journal.isOver)) await this.#parts.writer.mark(change, once)
    })
  }

  retake(load: () => Promise<FoundBooks>): Promise<void> {
    const { writer } = this.#parts
    return this.#loop.alone(async () => {
      const found = await load()
      if (writer.known.status) writer.witness(found.stock) // of books that nobody could read any writer may be the last
      writer.restart(found.stock)
      this.book.open(found.balances, found.claims)
      this.journal.resume(found.journal)
      this.#turns.begin()
      this.takeovers += 1
      this.#stands.restart()
    })
  }

  counted(differs?: NotReady): void {
    const stands = this.#stands
    if (isUntrusted(stands.blocked)) return // halted meanwhile
    this.#must.write ||= differs?.message !== stands.blocked?.message
    stands.counting = false
    stands.blocked = differs
    this.book.setUncounted(differs !== undefined)
    this.#must.look = true // for those in line
    this.#reconsider()
  }

  /** Whatever went wrong, only this stock stops; but a stranger's write ends the process. */
  halt(error: unknown): void {
    if (error instanceof StartOver || error instanceof StockGone) {
      this.stop(error)
      return
    }
    this.book.rollback()
    this.queue.putBack()
    const why = whyHalted(error)
    if (isUntrusted(this.#stands.blocked) || error instanceof SchemaTooOld)
      this.seal(why) // no condition could be stored either
    else this.block(why)
    this.#parts.onHalted(error)
  }

  block(why: NotReady): void {
    this.#stands.blocked = why
    this.#must.write = true
    this.#reconsider()
  }

  seal(why: NotReady | undefined): void {
    this.#stands.blocked = why
    this.#stands.sealed = true
    this.#must.write = false
    this.#loop.cancel()
    this.#door.review()
    if (why) this.#parts.onSealed(this.closedBecause ?? why)
  }

  stop(error: unknown): void {
    if (this.stopped) return
    this.#loop.cancel()
    this.#door.close(error)
    this.#parts.onStopped(error)
  }

  rest(): Promise<void> {
    return this.#loop.rest()
  }

  wake(): void {
    this.#loop.wake()
  }

  told(): void {
    this.queue.starved = false
    this.#must.recall = this.parked > 0
    this.wake()
  }

  lookAtLine(): void {
    if (this.book.waiting.length === 0 || this.mode === 'halted') return
    this.#must.look = true
    this.#parts.onSetTurn(setsInTurn(this.book))
    this.wake()
  }

  witness(seen: StoredStock): void {
    try {
      this.#parts.writer.witness(seen)
      const { generation, terms } = this.known
      this.#must.refresh ||= seen.generation > generation || seen.terms.terminating !== terms.terminating
      this.wake()
    } catch (error) {
      this.halt(error)
    }
  }

  #reconsider(): void {
    this.#door.review()
    this.wake()
  }
}
