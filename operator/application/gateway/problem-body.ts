import { problemType } from '../../domain/gateway/problem.ts'
import type { Problem } from './answer.ts'
import type { Problem as Shown } from './generated/contract.ts'

/** A problem as RFC 9457 shows it. */
export function problemBody({ status, title, reason, facts }: Problem, requestId: string): Shown {
  const { detail, retryAfterSeconds: _, ...members } = facts
  return {
    ...members,
    type: problemType(reason),
    title,
    status,
    detail,
    reason: reason as Shown['reason'],
    requestId,
  } as Shown
}
