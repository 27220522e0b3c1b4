import { isNoOlder } from '../../domain/gateway/position.ts'

/** One change of one object. */
export interface Change {
  readonly type: 'added' | 'changed' | 'deleted'
  readonly namespace: string
  /** The object as it is shown since, or as it last was. */
  readonly show: () => object
}

/** Changes that were learnt at once: who has some of them only is not yet at `position`. */
export interface Batch {
  readonly position: string
  readonly changes: readonly Change[]
}

/** What one watch has brought lately. */
export interface ChangeFeed {
  /** A change; it counts with the next `reached`. */
  add(change: Change): void
  /** All changes up to there were added. What came before the first one is where the feed begins, and no change. */
  reached(position: string): void
  /** Up to where all changes are in it; '' = it has not begun. */
  readonly position: string
  /** The place of the batch that comes next. */
  readonly end: number
  /** The place after all that is known at `position`; undefined = not all that came since is still here, or it lies ahead. */
  placeAfter(position: string): number | undefined
  /** The batch at a place; undefined = none has come. Throws a RangeError for a place before those that are kept. */
  at(place: number): Batch | undefined
  isKept(place: number): boolean
  /** Tells of every `reached`; the answer ends that. */
  subscribe(wake: () => void): () => void
}

const MOST_CHANGES = 2_000

export function changeFeed(mostChanges = MOST_CHANGES): ChangeFeed {
  const wakes = new Set<() => void>()
  let batches: Batch[] = []
  let kept = 0
  let pending: Change[] = []
  let first = 0
  /** Everything after it is kept. */
  let floor = ''
  let position = ''

  function keep(batch: Batch): void {
    batches.push(batch)
    kept += batch.changes.length
    let gone = 0
    for (; kept > mostChanges && gone < batches.length; gone += 1) {
      const { changes, position: last } = batches[gone] as Batch
      kept -= changes.length
      floor = last
    }
    if (gone > 0) batches = batches.slice(gone)
    first += gone
  }

  return {
    add(change) {
      pending.push(change)
    },
    reached(now) {
      const changes = pending
      pending = []
      if (position === '') floor = now
      else if (changes.length > 0) keep({ position: now, changes })
      position = now
      for (const wake of [...wakes]) wake()
    },
    get position() {
      return position
    },
    get end() {
      return first + batches.length
    },
    placeAfter(known) {
      if (position === '' || !isNoOlder(known, floor) || !isNoOlder(position, known)) return undefined
      const next = batches.findIndex((batch) => !isNoOlder(known, batch.position))
      return first + (next === -1 ? batches.length : next)
    },
    at(place) {
      if (place < first) throw new RangeError(`${place} is not kept any more`)
      return batches[place - first]
    },
    isKept: (place) => place >= first,
    subscribe(wake) {
      wakes.add(wake)
      return () => void wakes.delete(wake)
    },
  }
}
