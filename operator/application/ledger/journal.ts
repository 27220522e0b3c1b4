import { SparseMap } from '../../domain/sparse-map.ts'
import { type Entry, isTold } from '../../domain/stock/entry.ts'

/** The most entries that a stock's status takes (the schema's bound). */
const CAPACITY = 256
/** Left for entries that nobody asks for: adjustments, notes of a level, recounts. */
const SLACK = 16
/** Kept free for verbs that give units back or sell what is held, so that a full journal can always drain. */
const KEPT_FREE = 64

/** A committed entry and what is still owed for it. */
export interface Unfinished {
  readonly entry: Entry
  /** Its reservation's status tells of it, or has no need to. */
  reported: boolean
  /** Its event is on its way to the topics. */
  sent: boolean
  /** Every topic has it, or a spool does. */
  delivered: boolean
  /** Its followers have done likewise, or it has none. */
  followed: boolean
  /** For a follower's entry: the home entry has left its journal, or there is no home any more. */
  homeLeft: boolean
}

/** What of a journal waits to be told in one namespace: by this stock, or by the home of a set. */
export interface Untold {
  /** The sequences of all of it, oldest first. */
  readonly all: readonly number[]
  /** Of what this stock tells. */
  readonly here: readonly number[]
  /** Places that are promised to more of it. */
  readonly promised: number
}

/**
 * The entries of one stock that are committed but not finished, oldest first, and the places promised in it.
 * `isClosing`: whether the object is being deleted and waits for us; an end in a restored one was that of another.
 */
export class Journal {
  readonly #isClosing: () => boolean
  #entries: Unfinished[] = []
  #promised = 0
  /** Of the places promised, those for what will be told in one namespace. */
  readonly #promisedIn = new SparseMap<string, number>()

  constructor(isClosing: () => boolean = () => false) {
    this.#isClosing = isClosing
  }

  get entries(): readonly Unfinished[] {
    return this.#entries
  }

  get promised(): number {
    return this.#promised
  }

  /** The stock's end is written down. */
  get ended(): boolean {
    return this.#isClosing() && this.#entries.some(({ entry }) => isEnd(entry))
  }

  /** Nothing is left but the stock's end, and that is safe. */
  get isOver(): boolean {
    return this.#entries.every(({ entry, delivered }) => isEnd(entry) && delivered)
  }

  /**
   * Finished, and nothing older of the same reservation stays behind. The stock's end stays until the object goes:
   * whoever takes it over by then reads there that nothing more is to be decided.
   */
  droppable(): Set<Unfinished> {
    const drop = new Set<Unfinished>()
    const held = new Set<string>()
    for (const unfinished of this.#entries) {
      const { entry } = unfinished
      const stays = isEnd(entry) && this.#isClosing()
      if (isDone(unfinished) && !stays && !(entry.uid !== undefined && held.has(entry.uid))) drop.add(unfinished)
      else if (entry.uid !== undefined) held.add(entry.uid)
    }
    return drop
  }

  /** How many more entries may be decided, beside `staying` ones and those promised. */
  room(staying: number, takesUnits: boolean): number {
    return CAPACITY - SLACK - (takesUnits ? KEPT_FREE : 0) - staying - this.#promised
  }

  /** Whether entries that nobody asked for fit the schema, with all places promised left free. */
  hasSlack(staying: number, entries = 1): boolean {
    return staying + this.#promised + entries <= CAPACITY
  }

  /** Whether entries for which places were promised fit the schema. */
  fits(staying: number, entries: number): boolean {
    return staying + entries <= CAPACITY
  }

  /** What waits to be told in this namespace; `own` is the stock's. */
  untoldOf(namespace: string, own: string): Untold {
    const all: number[] = []
    const here: number[] = []
    for (const { entry, reported, homeLeft } of this.#entries) {
      const { uid, sequence, reservationNamespace = own } = entry
      if ((reported && homeLeft) || uid === undefined || reservationNamespace !== namespace) continue
      all.push(sequence)
      if (!reported) here.push(sequence)
    }
    return { all, here, promised: this.#promisedIn.get(namespace) ?? 0 }
  }

  /** Keeps places free; `namespace` = where what takes them will be told, '' = nowhere. */
  promise(places: number, namespace = ''): void {
    this.#promised += places
    const here = (this.#promisedIn.get(namespace) ?? 0) + places
    if (namespace === '' || here === 0) this.#promisedIn.delete(namespace)
    else this.#promisedIn.set(namespace, here)
  }

  /** Promised places are not needed any more, or used up. */
  giveBack(places: number, namespace = ''): void {
    this.promise(-places, namespace)
  }

  add(committed: readonly Entry[]): Unfinished[] {
    const added = committed.map(unfinishedFrom)
    this.#entries.push(...added)
    return added
  }

  /** Begins with what a leader before this one left. */
  resume(found: readonly Unfinished[]): void {
    this.#entries = [...found]
  }

  drop(finished: ReadonlySet<Unfinished>): void {
    this.#entries = this.#entries.filter((entry) => !finished.has(entry))
  }
}

function isDone({ reported, delivered, followed, homeLeft }: Unfinished): boolean {
  return reported && delivered && followed && homeLeft
}

function isEnd({ verb, note }: Entry): boolean {
  return verb === 'Note' && note === 'deleted'
}

export function unfinishedFrom(entry: Entry): Unfinished {
  return {
    entry,
    reported: !isTold(entry),
    sent: false,
    delivered: false,
    followed: !entry.lines || entry.verb === 'Reserve',
    homeLeft: !entry.follows,
  }
}
