import { parseDurationMs } from '../../../domain/duration.ts'
import { Problem } from '../answer.ts'

/** As the kind has it: what is ordered here no API server checks. */
const SHORTEST_MS = 1_000
const LONGEST_MS = 8_760 * 3_600_000

/** How long a hold is to last, in milliseconds. Throws a Problem where that can't be. */
export function holdMs(ttl: string): number {
  const ttlMs = parseDurationMs(ttl)
  if (ttlMs !== undefined && ttlMs >= SHORTEST_MS && ttlMs <= LONGEST_MS) return ttlMs
  const detail = `${ttl} is no time such as 90s, 15m or 1h30m, from 1s to 8760h`
  throw new Problem('Unprocessable', { detail, errors: [{ pointer: '/ttl', detail }] })
}
