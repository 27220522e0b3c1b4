/** What the API server says about a failure: the parts of a `metav1.Status` that anybody reads. */
export interface StatusDetails {
  readonly name?: string
  readonly kind?: string
  readonly uid?: string
  readonly retryAfterSeconds?: number
  readonly causes?: readonly { readonly reason?: string; readonly message?: string; readonly field?: string }[]
}

interface StatusBody {
  readonly message?: string
  readonly reason?: string
  readonly code?: number
  readonly details?: StatusDetails
}

/**
 * A webhook or a proxy may ask for any time, and what it refuses now it may let through in a moment: nobody who waits for
 * that is kept for longer.
 */
const LONGEST_RETRY_AFTER_MS = 30_000

/** The API server answered with a failure. Below 500 the request was surely not applied; from 500 on it may have been. */
export class ApiError extends Error {
  readonly status: number
  /** `metav1.StatusReason`, e.g. `Conflict`, `AlreadyExists`, `Expired`; empty when the answer was not a Status. */
  readonly reason: string
  /** How long the server asks to wait, at most LONGEST_RETRY_AFTER_MS; undefined = it did not ask. */
  readonly retryAfterMs: number | undefined
  readonly details: StatusDetails | undefined
  /** The API server's clock in milliseconds; undefined when it sent none, or somebody between us and it has answered. */
  readonly date: number | undefined
  /** The answer as it came, parsed when it was JSON. */
  readonly body: unknown

  constructor(status: number, body: unknown, retryAfterHeader?: string | string[], date?: number) {
    const parsed = isStatusBody(body) ? body : undefined
    super(parsed?.message ?? textOf(status, body))
    this.name = 'ApiError'
    this.status = status
    this.reason = parsed?.reason ?? ''
    this.details = parsed?.details
    this.body = body
    this.date = parsed && date
    this.retryAfterMs = waitFor(retryAfterHeader) ?? waitFor(parsed?.details?.retryAfterSeconds)
  }

  /** Whether the server names this cause, e.g. `NamespaceTerminating`. */
  hasCause(reason: string): boolean {
    return this.details?.causes?.some((cause) => cause.reason === reason) ?? false
  }
}

/** No whole answer came: time-out, reset, broken body, abort. The request may have been applied, may be later, or never. */
export class UnknownOutcomeError extends Error {
  /** False = nothing was sent (no connection could be made), so it was surely not applied. */
  readonly sent: boolean

  constructor(message: string, sent: boolean, cause?: unknown) {
    super(message, { cause })
    this.name = 'UnknownOutcomeError'
    this.sent = sent
  }
}

/** A stream that had begun has said nothing for too long. Nothing may have happened; or its connection is dead, which the next call on it shows. */
export class SilentStreamError extends UnknownOutcomeError {}

/** Whether `error` is an answer of the API server with this HTTP status. */
export function isApiError(error: unknown, status: number): error is ApiError {
  return error instanceof ApiError && error.status === status
}

/**
 * Whether the API server says that the object is not there. A 404 without that reason says nothing of the object: it
 * comes from something between us and the server, or for a kind that is not served.
 */
export function isNotFound(error: unknown): boolean {
  return isApiError(error, 404) && error.reason === 'NotFound'
}

/** The answer to a call on one object; undefined when the API server says that the object is not there. */
export function ifThere<T>(answer: Promise<T>): Promise<T | undefined> {
  return answer.catch((error: unknown) => {
    if (isNotFound(error)) return undefined
    throw error
  })
}

/** Whether a list or watch can't go on from where it was: that version is no longer kept. */
export function isExpired(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 410 || error.reason === 'Expired' || error.reason === 'Gone')
}

/** The API server always sends seconds; a date comes from proxies and is not worth a clock. Less than one is no wait. */
function waitFor(seconds: unknown): number | undefined {
  const ms = Number(seconds) * 1_000
  return ms >= 1_000 ? Math.min(ms, LONGEST_RETRY_AFTER_MS) : undefined
}

function isStatusBody(body: unknown): body is StatusBody {
  return typeof body === 'object' && body !== null && (body as { kind?: unknown }).kind === 'Status'
}

function textOf(status: number, body: unknown): string {
  const text = typeof body === 'string' ? body.trim().slice(0, 200) : ''
  return `HTTP ${status}${text === '' ? '' : `: ${text}`}`
}
