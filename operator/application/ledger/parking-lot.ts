import type { Parking } from './undecided.ts'

/** Those who wait until one stock can decide again, in the order in which they came. At most one for each name. */
export interface ParkingLot {
  readonly size: number
  /** Where whoever is sent away now may park, however much later: called at once where a call was made meanwhile. */
  place(): Parking
  /** Calls up to `most` of those back; `roomFor` = how many of those who do, or don't, take units it can serve now. */
  release(most: number, roomFor: (takesUnits: boolean) => number): void
}

/** Those of one kind; `calls` = how often some of them could come. */
interface Waiters {
  readonly wakes: Map<string, () => void>
  calls: number
}

export function parkingLot(): ParkingLot {
  const takers: Waiters = { wakes: new Map(), calls: 0 }
  const others: Waiters = { wakes: new Map(), calls: 0 }

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

  return {
    get size() {
      return takers.wakes.size + others.wakes.size
    },
    place() {
      const seen = { takers: takers.calls, others: others.calls }
      return {
        park(name, takesUnits, wake) {
          const [waiters, other] = takesUnits ? [takers, others] : [others, takers]
          other.wakes.delete(name)
          waiters.wakes.set(name, wake)
          if (waiters.calls === (takesUnits ? seen.takers : seen.others)) return
          waiters.wakes.delete(name)
          wake()
        },
      }
    },
    release(most, roomFor) {
      const called = call(others, Math.min(most, roomFor(false))) // they give units back: first
      call(takers, Math.min(most - called, roomFor(true)))
    },
  }
}
