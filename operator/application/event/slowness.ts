import { longAgo, msBetween } from '../clock.ts'
import { type PatienceParts, patience } from '../patience.ts'

/** While it is slow, ever larger rounds are tried, and one that is small enough gets through in between. */
const OVER_AFTER_MS = 60_000

/** Says and counts that topics take events slower than rounds bring them. */
export interface Slowness {
  met(topic: string, reason: string): void
}

export function slowness(parts: PatienceParts): Slowness {
  const tries = patience(parts, { operation: 'publish events', fields: {} })
  let metAt = longAgo
  return {
    met(topic, reason) {
      const now = parts.clock.tick()
      if (msBetween(metAt, now) > OVER_AFTER_MS) tries.over()
      metAt = now
      tries.failed({ cause: 'Slow', reason: `${topic}: ${reason}` })
    },
  }
}
