import { type Clock, msBetween, type Tick } from '../../clock.ts'
import type { BoundedMaps } from '../bounded-map.ts'

/** What was sent under a key lately: until a worker has made an object of it, nobody else can tell. */
export interface SentKeys {
  /**
   * Whether something else was sent under this name within ten minutes, of the last 10,000; if not, this is remembered. So
   * does one that came to nothing count: nobody knows of every one whether it did.
   */
  standsForOther(name: string, digest: string): boolean
}

const MOST = 10_000
const KEPT_MS = 600_000

export function sentKeys(clock: Pick<Clock, 'tick'>, boundedMap: BoundedMaps): SentKeys {
  const sent = boundedMap<{ readonly digest: string; readonly at: Tick }>(MOST)
  return {
    standsForOther(name, digest) {
      const at = clock.tick()
      const last = sent.get(name)
      if (last && last.digest !== digest && msBetween(last.at, at) < KEPT_MS) return true
      sent.set(name, { digest, at })
      return false
    },
  }
}
