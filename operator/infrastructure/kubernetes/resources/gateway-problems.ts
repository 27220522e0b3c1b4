import { Problem } from '../../../application/gateway/answer.ts'
import type { Mistake, ProblemKind } from '../../../domain/gateway/problem.ts'
import { ApiError } from '../api-error.ts'
import { isDenial } from './write-result.ts'

const RETRY_SECONDS = 1
const kinds: Readonly<Record<number, ProblemKind>> = {
  400: 'Unprocessable',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  413: 'TooLarge',
  422: 'Unprocessable',
  429: 'TooManyRequests',
}

/** What the API server's refusal is to whoever called the gateway: its own sentence, under the status that it means. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error // nothing was sent
  if (!(error instanceof ApiError)) {
    const away = { detail: 'the API server does not answer', retryAfterSeconds: RETRY_SECONDS }
    return Object.assign(new Problem('ApiServerAway', away), { cause: error }) // which may name addresses: not for callers
  }
  const { status, message: detail, retryAfterMs = RETRY_SECONDS * 1_000 } = error
  const kind = isDenial(error) ? 'Forbidden' : kinds[status]
  if (kind === undefined) return new Problem('ApiServerAway', { detail, retryAfterSeconds: RETRY_SECONDS })
  const errors = kind === 'Unprocessable' ? mistakesOf(error) : []
  return new Problem(kind, {
    detail,
    ...(errors.length > 0 && { errors }),
    ...(kind === 'TooManyRequests' && { retryAfterSeconds: Math.ceil(retryAfterMs / 1_000) }),
  })
}

/** `spec.items[1].quantity` as a JSON pointer into what was sent, as far as the members have the same names. */
function pointerOf(field: string): string {
  return field
    .replace(/^spec\b/, '')
    .replace(/\[(\d+)\]/g, '/$1')
    .replaceAll('.', '/')
}

function mistakesOf({ details }: ApiError): Mistake[] {
  return (details?.causes ?? []).flatMap(({ field, message }) =>
    field === undefined || message === undefined ? [] : [{ pointer: pointerOf(field), detail: message }],
  )
}
