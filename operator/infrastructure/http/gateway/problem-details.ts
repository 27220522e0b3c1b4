import { isOfTheMoment, Problem } from '../../../application/gateway/answer.ts'
import { problemBody } from '../../../application/gateway/problem-body.ts'
import type { Mistake } from '../../../domain/gateway/problem.ts'

/** A problem as it is sent. */
export interface ProblemDetails {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** RFC 9457, as JSON. */
  readonly body: string
}

/** Where a problem came up. */
export interface ProblemPlace {
  /** Of the URL, without its query. */
  readonly path: string
  readonly requestId: string
  /** A token was there: what is said of it is said of that one. */
  readonly tokenGiven: boolean
}

/** The longest path that there is has a name of 253 characters in it. */
const LONGEST_PATH = 320
const SOON_SECONDS = 1
/** In the sentence; `errors` has more. */
const MOST_NAMED = 5

/** `problem` as application/problem+json, with the headers that belong to its status. */
export function problemDetails(problem: Problem, place: ProblemPlace): ProblemDetails {
  const { status, facts } = problem
  const { retryAfterSeconds = isOfTheMoment(problem) ? SOON_SECONDS : undefined } = facts
  return {
    status,
    headers: {
      'content-type': 'application/problem+json; charset=utf-8',
      ...(retryAfterSeconds !== undefined && { 'retry-after': String(Math.max(0, Math.ceil(retryAfterSeconds))) }),
      ...(status === 401 && { 'www-authenticate': place.tokenGiven ? 'Bearer error="invalid_token"' : 'Bearer' }),
    },
    body: JSON.stringify({ ...problemBody(problem, place.requestId), instance: place.path.slice(0, LONGEST_PATH) }),
  }
}

/** What a request is answered that is not as the contract has it; `mistakes` is not empty. */
export function invalid(mistakes: readonly Mistake[]): Problem {
  // Which of them explains the others nobody knows: a name that is misspelt is a name that is missing, too.
  const named = mistakes.slice(0, MOST_NAMED).map(({ pointer, detail }) => `${pointer || 'The body'}: ${detail}`)
  const left = mistakes.length - named.length
  const detail = `${named.join('; ')}${left > 0 ? ` (and ${left} more)` : ''}`
  return new Problem('Invalid', { detail, errors: mistakes })
}

/** What nobody who calls can have brought about. */
export function internal(requestId: string): Problem {
  const detail = `This is not your doing; the log of the gateway says more, under the request id ${requestId}.`
  return new Problem('Internal', { detail })
}

/** The problem that Fastify means by an error of its own; undefined: it is none that a client brings about. */
export function problemOfFastify(error: unknown): Problem | undefined {
  const { code, statusCode = 500 } = error as { readonly code?: unknown; readonly statusCode?: number }
  if (typeof code !== 'string' || !code.startsWith('FST_ERR_') || statusCode >= 500) return undefined
  if (statusCode === 413) return new Problem('TooLarge', { detail: 'The body is too large.' })
  if (statusCode === 415) return new Problem('UnsupportedMediaType', { detail: 'Send the body as application/json.' })
  if (code === 'FST_ERR_BAD_URL') {
    return invalid([{ pointer: 'path', detail: 'the path is not percent-encoded UTF-8' }])
  }
  return new Problem('Invalid', { detail: "The request can't be read." })
}
