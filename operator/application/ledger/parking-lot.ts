import type { Errand, Parking } from './undecided.ts'

/** Those of one errand; `calls` = how often some of them could come. */
interface Waiters {
  readonly wakes: Map<string, () => void>
  calls: number
}

/** In the order in which they are called: what drains a journal comes before what fills it. */
const errands: readonly Errand[] = ['follows', 'gives', 'takes']

/** Those who wait until one stock can decide again, in the order in which they came. At most one for each name. */
export class ParkingLot {
  readonly #lanes = new Map(errands.map((errand): [Errand, Waiters] => [errand, { wakes: new Map(), calls: 0 }]))

  get size(): number {
    let size = 0
    for (const { wakes } of this.#lanes.values()) size += wakes.size
    return size
  }

  /** Where whoever is sent away now may park, however much later: called at once where a call was made meanwhile. */
  place(): Parking {
    const lanes = this.#lanes
    const seen = new Map([...lanes].map(([errand, { calls }]) => [errand, calls]))
    return {
      park(name, errand, wake) {
        const waiters = lanes.get(errand) as Waiters
        const isCalled = waiters.calls !== seen.get(errand)
        for (const lane of lanes.values()) if (isCalled || lane !== waiters) lane.wakes.delete(name)
        if (isCalled) wake()
        else waiters.wakes.set(name, wake)
      },
      leave(name) {
        for (const { wakes } of lanes.values()) wakes.delete(name)
      },
    }
  }

  /** Calls up to `most` of those back, `roomFor` = how many of each errand it can serve now; answers how many it has called. */
  release(most: number, roomFor: (errand: Errand) => number): number {
    let called = 0
    for (const [errand, waiters] of this.#lanes) called += call(waiters, Math.min(most - called, roomFor(errand)))
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
