import { later, longAgo, type Tick } from '../clock.ts'
import { type ClockSkew, SKEW_RETRY_MS } from '../clock-skew.ts'
import { setsInTurn } from './batch.ts'
import { exclusive } from './exclusive.ts'
import { SchemaTooOld, StartOver, StockGone } from './ledger-faults.ts'
import { CRAMPED_RETRY_MS, nextWriteAt } from './pace.ts'
import { isUntrusted, whyHalted } from './readiness.ts'
import { type Reception, reception } from './reception.ts'
import { soonestDeadline } from './soonest-deadline.ts'
import { type Standing, standing } from './standing.ts'
import { statement } from './statement.ts'
import type { FoundBooks, StockActor } from './stock-actor.ts'
import type { NotReady } from './stock-status.ts'
import { type TurnParts, turn } from './turn.ts'
import { wakeUp } from './wake-up.ts'

export interface WriterParts extends Omit<TurnParts, 'queue' | 'says' | 'mayDecide'> {
  readonly skew: ClockSkew
  readonly head: { readonly writer: string; readonly term: number }
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
export function singleWriter(parts: WriterParts): StockActor {
  const { book, journal, writer, clock, skew } = parts
  const door: Reception = reception({ stock: book.stock, journal, clock, stands: () => stands, wake })
  const { queue } = door
  const counts = { queued: () => queue.length, parked: () => door.parked, lastDropAt: () => turns.lastDropAt }
  const stands: Standing = standing({ ...parts, ...counts, deleted: () => writer.known.terms.terminating })
  const says = statement({ ...parts, known: () => writer.known, notReady: () => stands.notReady })
  const turns = turn({ ...parts, queue, says, mayDecide: stands.mayDecide })
  const timer = wakeUp(clock, () => void takeTurn())
  const writing = exclusive()
  let resting = false
  let takeovers = 0
  /** What the next turn has to do, whether or not somebody asks: write, read the stock first, look at those in line, call back. */
  const must = { write: false, refresh: false, look: false, recall: false }
  let resumeAt = longAgo
  let lastTurnAt = longAgo

  const idle = () => !writing.busy && !door.ended && !resting

  function dueAt(): Tick | undefined {
    if (stands.sealed) return undefined
    if (must.write || must.refresh || must.look || skew.excessMs() !== 0) return resumeAt
    if (stands.mode === 'halted') return undefined
    const { lastWriteAt, lastDropAt, lastBatchSize } = turns
    const counts = { queued: stands.closed ? 0 : queue.length + Number(must.recall), done: journal.droppable().size }
    const times = { lastTurnAt, lastWriteAt, lastDropAt, resumeAt }
    const starving = { starved: queue.starved, othersStarve: turns.lineStarves || stands.starves }
    return nextWriteAt({ ...counts, ...times, journalLength: journal.entries.length, ...starving, lastBatchSize })
  }

  function wake(): void {
    const due = idle() ? dueAt() : undefined
    if (due !== undefined) timer.by(due)
  }

  async function takeTurn(): Promise<void> {
    if (!idle()) return
    lastTurnAt = clock.tick()
    await writing.run(writeOnce).catch(handle)
    afterTurn()
  }

  function afterTurn(): void {
    if (door.ended)
      door.close(door.ended.error) // those in a write that was under way when it ended
    else door.review()
    wake()
  }

  async function writeOnce(): Promise<void> {
    const skewed = skew.excessMs() !== 0
    must.look = false
    must.recall = false
    if (skewed) resumeAt = later(clock.tick(), SKEW_RETRY_MS)
    if (must.refresh || skewed) {
      must.refresh = false
      await writer.refresh() // its answer brings the server's date, too
    }
    const did = await turns.run(stands.mode, must.write)
    if (did === 'written') must.write = false
    must.look ||= did === 'again' // changed terms ask nothing: without anybody in the queue nothing else would
    if (turns.cramped) resumeAt = later(clock.tick(), CRAMPED_RETRY_MS)
  }

  /** Whatever went wrong, only this stock stops; but a stranger's write ends the process. */
  function handle(error: unknown): void {
    if (error instanceof StartOver || error instanceof StockGone) {
      stop(error)
      return
    }
    book.rollback()
    queue.putBack()
    const why = whyHalted(error)
    if (isUntrusted(stands.blocked) || error instanceof SchemaTooOld)
      seal(why) // no condition could be stored either
    else block(why)
    parts.onHalted(error)
  }

  function block(why: NotReady): void {
    stands.blocked = why
    must.write = true
    door.review()
    wake()
  }

  function seal(why: NotReady | undefined): void {
    stands.blocked = why
    stands.sealed = true
    must.write = false
    timer.cancel()
    door.review()
    if (why) parts.onSealed(stands.notReady ?? why)
  }

  function stop(error: unknown): void {
    if (door.ended) return
    timer.cancel()
    door.close(error)
    parts.onStopped(error)
  }

  async function sayFarewell(isHeld: () => boolean): Promise<boolean> {
    if (stands.closed) return true
    const entries = await door.ask({ decide: () => (isHeld() ? [] : [{ verb: 'Note', note: 'deleted' }]) })
    if (entries.length === 0) return false
    stands.closed = true
    door.farewell()
    return true
  }

  async function alone(work: () => Promise<void>): Promise<void> {
    while (writing.busy) await writing.idle()
    if (door.ended) throw door.ended.error
    try {
      await writing.run(work)
    } catch (error) {
      if (error instanceof StartOver || error instanceof StockGone) stop(error)
      throw error
    }
    afterTurn()
  }

  const mark = (change: 'open' | 'close') =>
    alone(async () => {
      if (change === 'open' || (stands.closed && journal.isOver)) await writer.mark(change)
    })

  async function retake(load: () => Promise<FoundBooks>): Promise<void> {
    await alone(async () => {
      const found = await load()
      if (writer.known.status) writer.witness(found.stock) // of books that nobody could read any writer may be the last
      writer.restart(found.stock)
      book.open(found.balances, found.claims)
      journal.resume(found.journal)
      turns.begin()
      takeovers += 1
      Object.assign(stands, { blocked: undefined, sealed: false, counting: true, closed: journal.ended })
    })
  }

  turns.begin()
  stands.closed = journal.ended
  book.setMute(stands.isMute)
  return {
    ...{ book, journal, queue, stock: book.stock, soonestDeadline: soonestDeadline(book, clock) },
    ...{ ask: door.ask, mustDecide: door.mustDecide, place: door.place, review: door.review },
    ...{ sayFarewell, mark, retake, stop, halt: handle, block, seal, wake },
    told() {
      queue.starved = false
      must.recall = door.parked > 0
      wake()
    },
    counted(differs) {
      if (isUntrusted(stands.blocked)) return // halted meanwhile
      must.write ||= differs?.message !== stands.blocked?.message
      stands.counting = false
      stands.blocked = differs
      book.setUncounted(differs !== undefined)
      must.look = true // for those in line
      door.review()
      wake()
    },
    lookAtLine() {
      if (book.waiting.length === 0 || stands.mode === 'halted') return
      must.look = true
      parts.onSetTurn(setsInTurn(book))
      wake()
    },
    async written() {
      must.write = true
      if (stands.closed) wake()
      else await door.ask({ size: 0, opening: true, decide: () => [] })
    },
    witness(seen) {
      try {
        writer.witness(seen)
        const { generation, terms } = writer.known
        must.refresh ||= seen.generation > generation || seen.terms.terminating !== terms.terminating
        wake()
      } catch (error) {
        handle(error)
      }
    },
    rest() {
      resting = true
      timer.cancel()
      return writing.idle()
    },
    get known() {
      return writer.known
    },
    get closed() {
      return stands.closed
    },
    get takeovers() {
      return takeovers
    },
    get mode() {
      return stands.mode
    },
    get stopped() {
      return door.ended !== undefined
    },
    get closedBecause() {
      return stands.notReady
    },
    get queued() {
      return queue.length
    },
    get busy() {
      return writing.busy || queue.length > 0
    },
    get parked() {
      return door.parked
    },
  }
}
