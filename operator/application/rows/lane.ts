import { type Clock, latest, msBetween, type Tick } from '../clock.ts'
import { messageOf } from '../message-of.ts'
import { type Patience, type PatienceParts, patience, SAY_EVERY_MS } from '../patience.ts'
import { type AttemptParts, attempt } from './attempt.ts'
import { causeOf, faultIn, suspectsIn, toldOf } from './failure.ts'
import type { KnownEntries } from './known-entries.ts'
import { LaneQueues } from './lane-queues.ts'
import { LedgerAway, LedgerBusy, TRIED_FOR_MS } from './order.ts'
import { Rest } from './rest.ts'
import { Oversold, type RowBooks } from './row-books.ts'
import { type Ask, LONGEST_REST_MS, type StockQueue } from './stock-queue.ts'

export interface LaneParts {
  readonly books: RowBooks
  readonly clock: Clock
  readonly patience: PatienceParts
  /** Of all lanes. */
  readonly known: KnownEntries
}

/** Transactions at once. */
const UNDER_WAY = 2
/** Orders that may wait for the next ones; of one stock no more than is left for all others. */
const WAITING = 4_096
/** A transaction that takes longer is held up by something, and nobody knows for how long: others go on beside it. */
const HELD_UP_MS = 200
/** Nobody waits for a lock so long: what is held up for longer may be a dead wire, and its stocks may go on beside it. */
const LOCKED_WITHIN_MS = 1_500
/** How often is looked for who has waited for too long. */
const LOOK_EVERY_MS = 1_000

interface Batch {
  readonly asks: readonly Ask[]
  readonly isAlone: boolean
  readonly begunAt: Tick
  /** When it had its locks; undefined = it may be waiting for them. */
  decidedAt: Tick | undefined
  /** When it was said last that it is not answered. */
  saidAt: Tick
}

/**
 * What is asked for while a transaction is under way goes together with the next; nothing is to be done while nobody asks.
 * Where many wait, half of them go ahead as soon as the transaction before has decided: the database waits for their locks
 * while it still writes that one, so that neither it nor we are idle. Where other processes keep the rows busy, all go
 * together instead. Each home stock has its own queue; those whose transactions fail go apart, so that
 * the others always have a transaction that is theirs. Nobody is answered before it is known whether it is kept.
 */
export class Lane {
  readonly #parts: LaneParts
  readonly #tries: Patience
  readonly #attempting: AttemptParts
  /** Of the last try that failed, for those who are sent away. */
  #told = ''
  readonly #queues: LaneQueues
  readonly #batches = new Set<Batch>()
  /** While the database is away, those that fail wait together, or each of thousands would be tried ten times a second. */
  readonly #rest: Rest
  #looks = false
  #beginsSoon = false
  /** Others had the rows for longer than the last transaction needed them itself. */
  #isContended = false
  #lastEnd: Tick

  constructor(parts: LaneParts, name: string) {
    this.#parts = parts
    this.#tries = patience(parts.patience, { operation: 'write rows', fields: { lane: name } })
    const clocks = patience(parts.patience, { operation: 'decide orders', fields: { lane: name } })
    this.#attempting = { ...parts, clocks }
    this.#queues = new LaneQueues(parts.clock, () => this.#beginSoon())
    this.#rest = new Rest(parts.clock, () => this.#beginSoon())
    this.#lastEnd = parts.clock.tick()
  }

  /** Throws LedgerBusy where too many wait already. */
  ask(ask: Ask): void {
    const { waiting } = this.#queues
    if (this.#queues.waitingWith(ask) >= WAITING - waiting)
      throw new LedgerBusy(`${waiting} orders wait already for these stocks`)
    this.#queues.push(ask)
    this.#beginSoon()
    this.#look()
  }

  /** Whoever is about to ask in the same turn of the event loop goes along. */
  #beginSoon(): void {
    if (this.#beginsSoon) return
    this.#beginsSoon = true
    this.#parts.clock.schedule(0, () => {
      this.#beginsSoon = false
      this.#begin()
    })
  }

  /** What waits for a home stock and is in no transaction; undefined = nothing does. */
  waitingAt(home: string): Pick<StockQueue, 'kinds' | 'head'> | undefined {
    return this.#queues.at(home)
  }

  #begin(): void {
    while (this.#batches.size < UNDER_WAY) {
      const batch = this.#next()
      if (!batch) return
      void this.#run(batch)
    }
  }

  #next(): Batch | undefined {
    const under = [...this.#batches]
    const mayGoAlone = this.#rest.isOver && !under.some(({ isAlone }) => isAlone)
    const alone = mayGoAlone ? this.#queues.takeAlone(this.#heldUp) : undefined
    const asks = alone ?? this.#together(under.filter(({ isAlone }) => !isAlone))
    if (!asks) return undefined
    const now = this.#parts.clock.tick()
    return { asks, isAlone: alone !== undefined, begunAt: now, decidedAt: undefined, saidAt: now }
  }

  #together(under: readonly Batch[]): Ask[] | undefined {
    const areHeldUp = under.every((batch) => this.#isHeldUp(batch))
    const goesAlone = this.#isContended || under.some(({ decidedAt }) => decidedAt === undefined)
    if (goesAlone && !areHeldUp) return undefined
    const atOnce = this.#isContended ? 1 : UNDER_WAY
    return this.#queues.takeTogether(this.#underWay, { beside: !areHeldUp, atOnce, heldUp: this.#heldUp })
  }

  #isHeldUp({ begunAt }: Batch, forMs = HELD_UP_MS): boolean {
    return msBetween(begunAt, this.#parts.clock.tick()) >= forMs
  }

  /** Stocks of what is held up, and may be so by somebody's locks. */
  get #heldUp(): ReadonlySet<string> {
    const batches = [...this.#batches].filter((one) => this.#isHeldUp(one) && !this.#isHeldUp(one, LOCKED_WITHIN_MS))
    return new Set(batches.flatMap(({ asks }) => asks.flatMap(({ stocks }) => stocks)))
  }

  get #underWay(): number {
    let orders = 0
    for (const { asks } of this.#batches) orders += asks.length
    return orders
  }

  async #run(batch: Batch): Promise<void> {
    this.#batches.add(batch)
    const looks = [HELD_UP_MS, LOCKED_WITHIN_MS].map((ms) => this.#parts.clock.schedule(ms, () => this.#begin()))
    const error = await attempt(this.#attempting, batch.asks, {
      isOld: (ask) => this.#isOld(ask),
      onDecided: () => {
        batch.decidedAt = this.#parts.clock.tick()
        this.#beginSoon()
      },
    })
    for (const cancel of looks) cancel()
    if (error === undefined) this.#succeeded(batch)
    else await this.#failed(batch.asks, error)
    this.#batches.delete(batch)
    this.#note(batch)
    this.#beginSoon()
  }

  #note({ begunAt, decidedAt }: Batch): void {
    const now = this.#parts.clock.tick()
    if (decidedAt) {
      const waitedMs = msBetween(latest(begunAt, this.#lastEnd), decidedAt)
      this.#isContended = waitedMs > msBetween(decidedAt, now)
    }
    this.#lastEnd = now
  }

  #succeeded({ asks, isAlone }: Batch): void {
    this.#rest.end()
    this.#queues.succeeded(asks, { isAlone })
    if (!this.#queues.someFail) this.#tries.over()
  }

  async #failed(asks: readonly Ask[], error: unknown): Promise<void> {
    this.#tries.failed({ cause: causeOf(error), reason: messageOf(error) })
    this.#told = toldOf(error)
    const fault = faultIn(error)
    const isTheirs = fault === 'orders' && (await this.#isTheirFault(asks, error))
    const left: Ask[] = []
    for (const ask of asks) {
      if (ask.inDoubt) left.push(ask)
      else if (isTheirs) ask.reject(error)
      else if (this.#isOld(ask))
        ask.reject(new LedgerAway(messageOf(error), { told: toldOf(error) })) // whoever looks may never find it waiting
      else left.push(ask)
    }
    this.#queues.putBack(left, { fault, rests: fault !== 'orders' || isTheirs, suspects: suspectsIn(error) })
    if (fault === 'database') this.#rest.begin(LONGEST_REST_MS.database)
    this.#look()
  }

  /** Whether what failed is known to be the fault of these, so that trying once more is in vain. */
  async #isTheirFault(asks: readonly Ask[], error: unknown): Promise<boolean> {
    const stocks = new Set(asks.flatMap((ask) => ask.stocks))
    if (asks.length > 1 && !(error instanceof Oversold && stocks.size === 1)) return false
    const only = stocks.size === 1 ? [...stocks][0] : undefined
    const stock = error instanceof Oversold ? (error.stock ?? only) : undefined
    // where that is not kept, the next one halts it
    if (stock !== undefined) await this.#parts.books.halt(stock).catch(() => undefined)
    return true
  }

  #isOld({ askedAt }: Ask): boolean {
    return msBetween(askedAt, this.#parts.clock.tick()) >= TRIED_FOR_MS
  }

  /** Looks now and then, for as long as anybody waits or is in trouble, who has waited for too long. */
  #look(): void {
    if (this.#looks || (this.#queues.waiting === 0 && !this.#queues.someFail && this.#batches.size === 0)) return
    this.#looks = true
    this.#parts.clock.schedule(LOOK_EVERY_MS, () => {
      this.#looks = false
      this.#sayWhatIsNotAnswered()
      this.#sendAwayTheOld()
      this.#look()
    })
  }

  /** A commit is waited for without end where its standby is away: whoever looks on must hear of it. */
  #sayWhatIsNotAnswered(): void {
    const now = this.#parts.clock.tick()
    for (const batch of this.#batches) {
      const isFirst = batch.saidAt === batch.begunAt
      if (msBetween(batch.saidAt, now) < (isFirst ? TRIED_FOR_MS : SAY_EVERY_MS)) continue
      batch.saidAt = now
      const seconds = Math.floor(msBetween(batch.begunAt, now) / 1_000)
      const reason = `a transaction has not been answered for ${seconds} s; its commit may be waiting for a standby of the database`
      this.#tries.failed({ cause: 'unanswered', reason })
      this.#told = reason
    }
  }

  /** Whoever may be done already stays. */
  #sendAwayTheOld(): void {
    const { hitch } = this.#tries
    const full = 'more is asked for than the database takes'
    const [reason, told] = hitch ? [hitch.reason, this.#told] : [full, full]
    for (const { reject } of this.#queues.remove((ask) => !ask.inDoubt && this.#isOld(ask)))
      reject(new LedgerAway(reason, { told }))
  }
}
