import type { RequestRetention } from './retire-requests.ts'

export interface RememberedRequests {
  /** For how long after its end; Infinity = for ever. */
  readonly seconds: number
  /** Beyond this rate, over that time, requests are deleted earlier, and a message of one that comes again is done again. */
  readonly requestsPerSecond: number
}

/**
 * How long, and at which rate, what came of a message is known, so that it does nothing when it comes again. `rowsKeptMs`:
 * how long a database remembers messages whose requests are gone; undefined = none does.
 */
export function rememberedRequests(
  { keepFinishedMs, keepFinishedMax }: RequestRetention,
  rowsKeptMs?: number,
): RememberedRequests {
  if (rowsKeptMs !== undefined) return { seconds: rowsKeptMs / 1_000, requestsPerSecond: Number.POSITIVE_INFINITY }
  const seconds = keepFinishedMs === 0 ? Number.POSITIVE_INFINITY : keepFinishedMs / 1_000
  const most = keepFinishedMax === 0 ? Number.POSITIVE_INFINITY : keepFinishedMax
  return { seconds, requestsPerSecond: most === Number.POSITIVE_INFINITY ? most : most / seconds }
}

/** Older than this, a message that is not known may have been done and forgotten, in ms; 0 = none is. */
export function oldestUnknownMs({ keepFinishedMs }: RequestRetention, rowsKeptMs?: number): number {
  return keepFinishedMs === 0 ? (rowsKeptMs ?? 0) : keepFinishedMs
}
