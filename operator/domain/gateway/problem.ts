/** Every kind of answer that is no success, by the word that programs read (`reason`); the operator's own reasons join them. */
export const problemKinds = {
  Invalid: { status: 400, title: 'The request is not as the contract has it' },
  NamespaceMissing: { status: 400, title: 'No namespace was given' },
  IdempotencyKeyMissing: { status: 400, title: 'An Idempotency-Key is needed' },
  Unauthorized: { status: 401, title: 'The token counts for nothing here' },
  Forbidden: { status: 403, title: 'Not allowed' },
  NotFound: { status: 404, title: 'There is no such thing' },
  MethodNotAllowed: { status: 405, title: "This can't be done there" },
  TooSlow: { status: 408, title: 'The request did not arrive in time' },
  Conflict: { status: 409, title: 'It is not as the request takes it to be' },
  AlreadyExists: { status: 409, title: 'There is another of that name' },
  NamespaceFull: { status: 409, title: 'The namespace has all the reservations that it may have' },
  PreconditionFailed: { status: 412, title: 'It has changed meanwhile' },
  TooLarge: { status: 413, title: 'The request is too large' },
  UnsupportedMediaType: { status: 415, title: 'Bodies are JSON' },
  ExpectationFailed: { status: 417, title: "That can't be expected of it" },
  Unprocessable: { status: 422, title: 'This can never succeed as it is' },
  KeyReused: { status: 422, title: 'The Idempotency-Key stands for another order' },
  TooManyRequests: { status: 429, title: 'Too many requests' },
  HeadersTooLarge: { status: 431, title: 'The headers are too large' },
  Internal: { status: 500, title: 'Something is wrong here' },
  NobodyLeads: { status: 503, title: 'No operator decides at present' },
  Overloaded: { status: 503, title: 'Too much at once' },
  IssuerAway: { status: 503, title: 'The issuer of the token does not answer' },
  ApiServerAway: { status: 503, title: 'The API server does not answer' },
  DatabaseAway: { status: 503, title: 'The database does not answer' },
  KafkaAway: { status: 503, title: 'Kafka does not take it' },
  ClockSkew: { status: 503, title: 'Clocks disagree' },
  OrdersFull: { status: 503, title: 'There are as many orders as there may be' },
  StockBusy: { status: 503, title: 'The stock decides nothing just now' },
  EventsBehind: { status: 503, title: 'Too many events wait to be delivered' },
  Stale: { status: 503, title: 'What this gateway knows is too old' },
  Stopping: { status: 503, title: 'This gateway is about to end' },
} as const satisfies Readonly<Record<string, { status: number; title: string }>>

export type ProblemKind = keyof typeof problemKinds

/** One thing that is wrong with a request. */
export interface Mistake {
  /** Where: a JSON pointer into the body, or the name of a parameter or header. */
  readonly pointer: string
  /** What was given and what is allowed. */
  readonly detail: string
}

/** What of a problem is told besides its kind: RFC 9457's `detail`, and members of ours. */
export interface ProblemFacts {
  /** What is wrong and what to do, in a sentence. */
  readonly detail: string
  readonly errors?: readonly Mistake[]
  readonly reservationId?: string
  readonly orderName?: string
  readonly requested?: number
  readonly available?: number
  readonly missing?: number
  /** Seconds; becomes the header Retry-After. */
  readonly retryAfterSeconds?: number
}

/**
 * The `type` of a problem: a name that stays, for programs compare it, and where its page is, here and at every other
 * replica. Relative, with its full path, as RFC 9457 wants it where no host is the only one.
 */
export function problemType(reason: string): string {
  return `${PROBLEMS}/${reason}`
}

/** Where the pages of all problems are. */
export const PROBLEMS = '/problems'
