import type { Parking } from './undecided.ts'

/** Those who wait until one stock can decide again, in the order in which they came. At most one for each name. */
export interface ParkingLot extends Parking {
  readonly size: number
  /** Calls up to `most` of those back whose wishes the stock can decide now. */
  release(most: number, decidable: (takesUnits: boolean) => boolean): void
}

export function parkingLot(): ParkingLot {
  const takers = new Map<string, () => void>()
  const others = new Map<string, () => void>()

  function call(lot: Map<string, () => void>, most: number): number {
    const called = [...lot].slice(0, most)
    for (const [name, wake] of called) {
      lot.delete(name)
      wake()
    }
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
    release(most, decidable) {
      const left = decidable(false) ? most - call(others, most) : most // they give units back: first
      if (left > 0 && decidable(true)) call(takers, left)
    },
  }
}
