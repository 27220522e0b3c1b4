import type { RequestRetention } from './retire-requests.ts'

export interface RememberedRequests {
  /** For how long after its end; Infinity = for ever. */
  readonly seconds: number
  /** Beyond this rate, over that time, requests are deleted earlier, and a message of one that comes again is done again. */
  readonly requestsPerSecond: number
}

/** How long, and at which rate, what came of a message is known, so that it does nothing when it comes again. */
export function rememberedRequests({ keepFinishedMs, keepFinishedMax }: RequestRetention): RememberedRequests {
  const seconds = keepFinishedMs === 0 ? Number.POSITIVE_INFINITY : keepFinishedMs / 1_000
  const most = keepFinishedMax === 0 ? Number.POSITIVE_INFINITY : keepFinishedMax
  return { seconds, requestsPerSecond: most === Number.POSITIVE_INFINITY ? most : most / seconds }
}
