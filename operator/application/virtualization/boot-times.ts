import type { ProviderName } from '../../domain/machine/machine.ts'

/** So many of the last boots count. */
const KEPT = 64

/** How long machines took to come up lately, as far as this process has seen it. */
export interface BootTimes {
  add(provider: ProviderName, seconds: number): void
  /** Half of the last boots took no longer; undefined = none was seen. */
  medianSeconds(provider: ProviderName): number | undefined
}

export function bootTimes(): BootTimes {
  const last = new Map<ProviderName, number[]>()
  return {
    add(provider, seconds) {
      last.set(provider, [...(last.get(provider) ?? []), seconds].slice(-KEPT))
    },
    medianSeconds(provider) {
      const sorted = (last.get(provider) ?? []).toSorted((a, b) => a - b)
      return sorted[Math.ceil(sorted.length / 2) - 1]
    },
  }
}
