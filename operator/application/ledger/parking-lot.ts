import { SparseMap } from '../../domain/sparse-map.ts'
import type { Errand, Parking } from './undecided.ts'

/** Those of one errand; `calls` = how often some of them could come. */
class Waiters {
  readonly wakes = new SparseMap<string, () => void>()
  calls = 0
}

/** Those who wait until one stock can decide again, in the order in which they came. At most one for each name. */
export class ParkingLot {
  /** In the order in which they are called: what drains a journal comes before what fills it. */
  readonly #lanes: Readonly<Record<Errand, Waiters>> = {
    follows: new Waiters(),
    gives: new Waiters(),
    takes: new Waiters(),
  }

  get size(): number {
    return Object.values(this.#lanes).reduce((sum, { wakes }) => sum + wakes.size, 0)
  }

  /** Where whoever is sent away now may park, however much later: called at once where a call was made meanwhile. */
  place(): Parking {
    const lanes = this.#lanes
    const { follows, gives, takes } = lanes
    const seen = { follows: follows.calls, gives: gives.calls, takes: takes.calls }
    return {
      park(name, errand, wake) {
        const waiters = lanes[errand]
        const isCalled = waiters.calls !== seen[errand]
        for (const lane of Object.values(lanes)) if (isCalled || lane !== waiters) lane.wakes.delete(name)
        if (isCalled) wake()
        else waiters.wakes.set(name, wake)
      },
      leave(name) {
        for (const { wakes } of Object.values(lanes)) wakes.delete(name)
      },
    }
  }

  /** Calls up to `most` of those back, `roomFor` = how many of each errand it can serve now; answers how many it has called. */
  release(most: number, roomFor: (errand: Errand) => number): number {
    let called = 0
    for (const [errand, waiters] of Object.entries(this.#lanes) as [Errand, Waiters][])
      called += call(waiters, Math.min(most - called, roomFor(errand)))
    return called
  }
}

function call(waiters: Waiters, most: number): number {
  if (most > 0) waiters.calls += 1
  const called: (() => void)[] = []
  for (const [name, wake] of waiters.wakes) {
    if (called.length >= most) break
    called.push(wake)
    waiters.wakes.delete(name)
  }
  for (const wake of called) wake() // who parks again waits for the next call
  return called.length
}
