import type { Parking } from './undecided.ts'

/** Those who wait until one stock can decide again, in the order in which they came. At most one for each name. */
export interface ParkingLot extends Parking {
  readonly size: number
  /** Calls up to `most` of those back; `roomFor` = how many of those who do, or don't, take units it can serve now. */
  release(most: number, roomFor: (takesUnits: boolean) => number): void
}

export function parkingLot(): ParkingLot {
  const takers = new Map<string, () => void>()
  const others = new Map<string, () => void>()

  function call(lot: Map<string, () => void>, most: number): number {
    const called: (() => void)[] = []
    for (const [name, wake] of lot) {
      if (called.length >= most) break
      called.push(wake)
      lot.delete(name)
    }
    for (const wake of called) wake() // who parks again waits for the next call
    return called.length
  }

  return {
    get size() {
      return takers.size + others.size
    },
    park(name, takesUnits, wake) {
      const [lot, other] = takesUnits ? [takers, others] : [others, takers]
      other.delete(name)
      lot.set(name, wake)
    },
    release(most, roomFor) {
      const called = call(others, Math.min(most, roomFor(false))) // they give units back: first
      call(takers, Math.min(most - called, roomFor(true)))
    },
  }
}
