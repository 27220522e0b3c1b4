import type { FastifyReply } from 'fastify'
import { Problem } from '../../../application/gateway/answer.ts'
import type { Caller } from '../../../application/gateway/caller.ts'

/** How much more a caller may ask for, for draft-ietf-httpapi-ratelimit-headers-11. */
export interface RateState {
  /** So many calls are let in at once, */
  readonly quota: number
  /** after so many seconds without one. */
  readonly windowSeconds: number
  readonly remaining: number
  /** Until there are more. */
  readonly resetSeconds: number
}

/** Lets a call in. Throws a Problem when its caller has made too many. */
export type Admit = (caller: Caller, kind: 'read' | 'write') => RateState

/** The same, and the answer's headers say how its caller stands to the limit that the call was last counted by. */
export function admitInHeaders(admit: Admit, reply: FastifyReply, caller: Caller, kind: 'read' | 'write'): void {
  const policy = `"${kind}s"`
  try {
    const { quota, windowSeconds, remaining, resetSeconds } = admit(caller, kind)
    reply.header('ratelimit-policy', `${policy};q=${quota};w=${windowSeconds}`)
    reply.header('ratelimit', `${policy};r=${remaining};t=${Math.ceil(resetSeconds)}`)
  } catch (error) {
    const seconds = error instanceof Problem ? error.facts.retryAfterSeconds : undefined
    if (seconds !== undefined) {
      reply.removeHeader('ratelimit-policy') // it may be that of another kind
      reply.header('ratelimit', `${policy};r=0;t=${Math.ceil(seconds)}`)
    }
    throw error
  }
}
