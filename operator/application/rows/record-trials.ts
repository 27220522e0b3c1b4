import { type Clock, later, longAgo, msBetween, type Tick } from '../clock.ts'
import type { Delivery } from '../event/publisher.ts'
import type { RecordReading } from './record-reading.ts'
import { type Cargo, loadsOf, type Way } from './record-way.ts'

/** Stocks that are tried together at first. */
const TOGETHER = 32
const FIRST_REST_MS = 1_000
const LAST_REST_MS = 10_000

export interface RecordTrialsParts {
  readonly clock: Clock
  readonly reading: RecordReading
  readonly deliver: (loads: ReturnType<typeof loadsOf>) => Promise<ReadonlyMap<string, Delivery>>
  /** Takes note of what has arrived; answers the topics that each cargo lacks. */
  readonly settle: (cargos: readonly Cargo[]) => ReadonlyMap<Cargo, ReadonlySet<string>>
  readonly onTrouble: (message: string, fields: Record<string, unknown>) => void
  /** Something has been tried. */
  readonly onTried: () => void
}

/** Stocks that are tried together; one that has failed by itself rests ever longer. */
interface Group {
  readonly ways: readonly Way[]
  readonly dueAt: Tick
  readonly restMs: number
}

/**
 * Tries stocks that went with others in vain, beside those others: all of them at first, then each half by itself, until
 * those who get through are told from those who don't. These rest and are tried one by one, with their first record.
 */
export class RecordTrials {
  readonly #parts: RecordTrialsParts
  #groups: Group[] = [] // each stock is in one at most
  #isRunning = false
  #running: Promise<void> = Promise.resolve()
  #isStopped = false
  #cancel = () => {}

  constructor(parts: RecordTrialsParts) {
    this.#parts = parts
  }

  /** From now on these don't go with the others. */
  add(ways: readonly Way[]): void {
    for (const way of ways) way.isAside = true
    this.#put(ways, longAgo)
    this.#wake()
  }

  /** Topics answer that have not for long: whoever rests for their sake is tried at once, many together. */
  revive(): void {
    const ways = this.#groups.flatMap((group) => group.ways)
    this.#groups = []
    this.#put(ways, longAgo)
    this.#wake()
  }

  /** Nothing more is begun; resolves when what was is ended. */
  stop(): Promise<void> {
    this.#isStopped = true
    this.#cancel()
    return this.#running
  }

  #put(ways: readonly Way[], dueAt: Tick): void {
    for (let from = 0; from < ways.length; from += TOGETHER)
      this.#groups.push({ ways: ways.slice(from, from + TOGETHER), dueAt, restMs: 0 })
  }

  #wake(): void {
    if (this.#isRunning || this.#isStopped) return
    this.#cancel()
    const next = this.#next()
    if (!next) return
    const inMs = Math.max(0, msBetween(this.#parts.clock.tick(), next.dueAt))
    this.#cancel = this.#parts.clock.schedule(inMs, () => {
      this.#running = this.#run()
    })
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    for (let next = this.#next(); next && !this.#isStopped && this.#isDue(next); next = this.#next()) {
      this.#groups.splice(this.#groups.indexOf(next), 1)
      await this.#try(next)
      this.#parts.onTried()
    }
    this.#isRunning = false
    this.#wake()
  }

  #isDue({ dueAt }: Group): boolean {
    return msBetween(dueAt, this.#parts.clock.tick()) >= 0
  }

  /** What is due first: those of whom nothing bad is known, and then whose last try was first. */
  #next(): Group | undefined {
    let first: Group | undefined
    for (const group of this.#groups) if (!first || msBetween(group.dueAt, first.dueAt) > 0) first = group
    return first
  }

  async #try(group: Group): Promise<void> {
    const cargos = await this.#parts.reading.first(group.ways)
    if (!cargos) {
      this.#groups.push({ ...group, dueAt: later(this.#parts.clock.tick(), FIRST_REST_MS) })
      return
    }
    const answers = await this.#parts.deliver(loadsOf(cargos))
    const missing = this.#parts.settle(cargos)
    const failed = new Map([...missing].flatMap(([{ way }, topics]) => (topics.size > 0 ? [[way, topics]] : [])))
    for (const way of group.ways) if (!failed.has(way)) this.#release(way)
    if (failed.size > 0) this.#failed(failed, group, answers)
  }

  #release(way: Way): void {
    way.isAside = false
    way.read = way.upTo
    way.arrived.clear()
  }

  #failed(
    failed: ReadonlyMap<Way, ReadonlySet<string>>,
    { ways, restMs }: Group,
    answers: ReadonlyMap<string, Delivery>,
  ): void {
    const left = [...failed.keys()]
    if (ways.length > 1) {
      const half = Math.ceil(left.length / 2)
      for (const part of [left.slice(0, half), left.slice(half)]) this.#put(part, longAgo)
      return
    }
    const rest = Math.min(LAST_REST_MS, Math.max(FIRST_REST_MS, restMs * 2))
    this.#groups.push({ ways, dueAt: later(this.#parts.clock.tick(), rest), restMs: rest })
    if (restMs > 0) return
    for (const [{ stock }, topics] of failed) {
      const [topic = ''] = topics
      const answer = answers.get(topic)
      const reason = answer && answer.kind !== 'acknowledged' ? answer.reason : ''
      this.#parts.onTrouble('records of a stock are held back', {
        stock: `${stock.namespace}/${stock.name}`,
        topic,
        reason,
      })
    }
  }
}
