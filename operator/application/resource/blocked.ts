import type { Assessment } from './report-resource.ts'
import type { Why } from './resource-parts.ts'

/** What nobody would tell us of is looked at again. */
export const BLOCKED_MS = 10_000

/** `attached`: the resource with what others have given it. */
export interface ResourceAssessment<R, P, W extends string> extends Assessment<P, W> {
  readonly attached?: R
}

/** It can't be begun, or not gone on with, for now. */
export function blocked<P, W extends string>(why: Why<W>): Assessment<P, W> {
  const { reason, message, recheckAfterMs = BLOCKED_MS, fault } = why
  return { situation: { kind: 'blocked', reason, message }, recheckAfterMs, ...(fault && { fault }) }
}

/** One that is there, of which nobody can tell whether that is as it was. */
export function unsure<P, W extends string>(why: Why<W>): Assessment<P, W> {
  const { reason, message, recheckAfterMs = BLOCKED_MS, fault } = why
  return { situation: { kind: 'unsure', reason, message }, recheckAfterMs, ...(fault && { fault }) }
}
