/** What every call to a service of orders carries. */
export interface ServiceCall {
  /**
   * Sent as `Idempotency-Key`: however often and by whomever the call is made with this key, it has its effect once, and
   * the later answers are the first one's. Another content under the same key is refused by the other side.
   */
  readonly key: string
  /**
   * Whether it may still be sent: we lead, and what we are about to do was stored a moment ago. An adapter asks this last,
   * when a connection is free, and answers `notSent` where it is false. Never throws.
   */
  readonly maySend: () => boolean
  /** Ends the waiting, not the effect: what was sent by then is `unknown`. */
  readonly signal: AbortSignal
}

/** Nobody knows what became of it: a time-out, a reset, a 5xx, an answer that can't be read. It may yet take effect. */
export interface UnknownAnswer {
  readonly kind: 'unknown'
  /** A word from a short list, to count by: `TimedOut`, `Reset`, `ServerError`, `Unreadable`. */
  readonly cause: string
  /** A sentence for people. */
  readonly reason: string
  /** The other side asks for so much time. */
  readonly retryAfterMs?: number
}

/**
 * Certainly without effect, and no decision either: not allowed to be sent, no connection, a circuit breaker that is open,
 * 401, 403 and 429. The same call may be made again, with the same key.
 */
export interface NotSent {
  readonly kind: 'notSent'
  readonly cause: string
  readonly reason: string
  readonly retryAfterMs?: number
}

/** No answer that decides anything. Trouble of the world is always one of these, and never thrown. */
export type NoAnswer = UnknownAnswer | NotSent
