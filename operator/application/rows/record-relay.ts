import { type Clock, msBetween, type Tick } from '../clock.ts'
import { delivering } from '../event/delivering.ts'
import { arrivedOf, type Delivery, type EventPublisher } from '../event/publisher.ts'
import { inTime } from '../in-time.ts'
import { hitchOf, type PatienceParts, patience } from '../patience.ts'
import type { RecordBooks } from './record-books.ts'
import { RecordReading } from './record-reading.ts'
import { RecordTrials } from './record-trials.ts'
import { type Cargo, crossOff, type EventsOfRecord, loadsOf } from './record-way.ts'

/** What goes at once of all stocks together; less while topics are slow. */
const MOST_BYTES = 4 * 1024 * 1024
const LEAST_BYTES = 256 * 1024
const FIRST_LOOK_MS = 200
const LAST_LOOK_MS = 1_000
const FIRST_RETRY_MS = 100
const LAST_RETRY_MS = 5_000
/** When nothing has arrived anywhere for so long, stocks are tried by themselves: one broker may be away, and not all. */
const SPLIT_AFTER_MS = 10_000

export interface RecordRelayParts extends PatienceParts {
  readonly clock: Clock
  readonly books: RecordBooks
  readonly publisher: EventPublisher
  readonly eventsOf: EventsOfRecord
  /** `tookMs`: of those that every topic has now, the time since their entries. */
  readonly onDelivered: (topic: string, messages: number, tookMs: readonly number[]) => void
  /** So many entries had no record any more: somebody has deleted it, or their numbers were passed over. */
  readonly onLost: (entries: number) => void
}

/**
 * Delivers the records of all stocks whose books are rows, each stock's in order, and deletes those that every topic has.
 * It begins at once. What is known of deliveries is in the database alone: whoever begins anew, or beside another, sends
 * again what was not deleted yet.
 *
 *   records ─ read, some of each stock ─▶ rounds, all stocks together ─▶ topics ─▶ deleted while the next round goes
 *                                           │ a topic does not take what is for it
 *                                           └▶ trials, beside the rounds: which stocks are at fault?
 */
export class RecordRelay {
  readonly #parts: RecordRelayParts
  readonly #reading: RecordReading
  readonly #trials: RecordTrials
  readonly #deliver
  readonly #marks
  readonly #ended: Promise<void>
  #bytes = MOST_BYTES
  #lookMs = FIRST_LOOK_MS
  #retryMs = FIRST_RETRY_MS
  #failingSince: Tick | undefined
  #isStopped = false
  #wake = () => {}

  constructor(parts: RecordRelayParts) {
    this.#parts = parts
    this.#reading = new RecordReading(parts)
    this.#deliver = delivering(parts)
    this.#marks = patience(parts, { operation: 'delete delivered records', fields: {} })
    const deliverTrial = delivering(parts)
    this.#trials = new RecordTrials({
      ...{ clock: parts.clock, reading: this.#reading, onTrouble: parts.onTrouble },
      deliver: async (loads) => this.#heard(await deliverTrial('trials', loads)),
      settle: (cargos) => this.#settle(cargos),
      onTried: () => this.#wake(),
    })
    this.#ended = this.#run()
  }

  /** Resolves when all that was begun is ended and known to the database, or after `withinMs`. Nothing more is begun. */
  async stop(withinMs: number): Promise<void> {
    this.#isStopped = true
    this.#wake()
    await inTime(this.#parts.clock, withinMs, this.#ended)
  }

  async #run(): Promise<void> {
    let reading = this.#reading.next(this.#bytes)
    while (!this.#isStopped) {
      const { cargos, kind } = await reading
      const goers = cargos.filter(({ way, after }) => way.upTo >= after) // what they follow has not failed
      if (goers.length > 0) {
        this.#lookMs = FIRST_LOOK_MS
        reading = this.#reading.next(this.#bytes)
        await this.#round(goers)
      } else {
        await this.#mark()
        if (kind === 'failed') await this.#pause()
        else if (kind === 'all' && cargos.length === 0) await this.#rest()
        reading = this.#reading.next(this.#bytes)
      }
    }
    await Promise.all([reading, this.#trials.stop()])
    await this.#mark()
  }

  async #round(cargos: readonly Cargo[]): Promise<void> {
    const [goesOn, isMarked] = await Promise.all([this.#send(cargos), this.#mark()])
    if (!goesOn || !isMarked) await this.#pause()
    // what is sent beyond what can be deleted is sent again by whoever comes after us
    while (!isMarked && !this.#isStopped && !(await this.#mark())) await this.#pause()
  }

  /** Sends what goes together; answers whether the next may follow at once. */
  async #send(cargos: readonly Cargo[]): Promise<boolean> {
    const loads = loadsOf(cargos)
    const answers = loads.size > 0 ? this.#heard(await this.#deliver('rounds', loads)) : new Map<string, Delivery>()
    const missing = this.#settle(cargos)
    const isAway = answers.size > 0 && [...answers.values()].every(isNoAnswer)
    const isSplit = isAway && cargos.length > 1 && this.#failsForLong()
    const isAtFault = (topic: string) => isSplit || (!isAway && isFault(answers.get(topic)))
    const failed = cargos.filter((cargo) => [...(missing.get(cargo) ?? [])].some(isAtFault))
    if (failed.length > 0) this.#trials.add(failed.map(({ way }) => way))
    this.#adapt(isAway, [...answers.values()])
    return !isAway || isSplit
  }

  /** Less where it is too much for one publish, and pauses for as long as nobody answers. */
  #adapt(isAway: boolean, answers: readonly Delivery[]): void {
    if (isAway) this.#failingSince ??= this.#parts.clock.tick()
    else this.#retryMs = FIRST_RETRY_MS
    if (answers.some(({ kind }) => kind === 'unfinished')) this.#bytes = Math.max(LEAST_BYTES, this.#bytes / 2)
    else if (!isAway) this.#bytes = Math.min(MOST_BYTES, this.#bytes * 2)
  }

  #failsForLong(): boolean {
    const since = this.#failingSince
    return since !== undefined && msBetween(since, this.#parts.clock.tick()) >= SPLIT_AFTER_MS
  }

  /** Takes note of whether topics answer at all. */
  #heard(answers: ReadonlyMap<string, Delivery>): ReadonlyMap<string, Delivery> {
    if ([...answers.values()].some((answer) => arrivedOf(answer, 1) > 0)) {
      if (this.#failsForLong()) this.#trials.revive()
      this.#failingSince = undefined
    }
    return answers
  }

  #settle(cargos: readonly Cargo[]): ReadonlyMap<Cargo, ReadonlySet<string>> {
    return new Map(
      cargos.map((cargo) => {
        const { missing, lost } = crossOff(cargo)
        if (lost > 0) this.#lost(cargo, lost)
        return [cargo, missing]
      }),
    )
  }

  #lost({ way: { stock } }: Cargo, entries: number): void {
    const name = `${stock.namespace}/${stock.name}`
    this.#parts.onTrouble('entries of a stock have no record; what comes after them is sent', { stock: name, entries })
    this.#parts.onLost(entries)
  }

  /** Has the records deleted that every topic has; answers whether they are. */
  async #mark(): Promise<boolean> {
    const stretches = this.#reading.undelivered().map((way) => ({ way, upTo: way.upTo }))
    if (stretches.length === 0) return true
    try {
      await this.#parts.books.delivered(
        stretches.map(({ way, upTo }) => ({ stock: way.stock.uid, after: way.delivered, upTo })),
      )
    } catch (error) {
      this.#marks.failed(hitchOf(error))
      return false
    }
    this.#marks.over()
    for (const { way, upTo } of stretches) way.delivered = Math.max(way.delivered, upTo)
    return true
  }

  /** Until it is worth while to look again. */
  async #rest(): Promise<void> {
    await this.#sleep(this.#lookMs)
    this.#lookMs = Math.min(LAST_LOOK_MS, this.#lookMs * 2)
  }

  async #pause(): Promise<void> {
    await this.#sleep(this.#retryMs)
    this.#retryMs = Math.min(LAST_RETRY_MS, this.#retryMs * 2)
  }

  async #sleep(ms: number): Promise<void> {
    if (this.#isStopped) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const cancel = this.#parts.clock.schedule(ms, resolve)
    this.#wake = resolve
    await promise
    cancel()
  }
}

function isNoAnswer(delivery: Delivery): boolean {
  return (delivery.kind === 'unavailable' || delivery.kind === 'unfinished') && arrivedOf(delivery, 0) === 0
}

function isFault(delivery: Delivery | undefined): boolean {
  return delivery?.kind === 'refused' || delivery?.kind === 'unavailable'
}
