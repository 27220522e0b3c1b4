import { positionText } from '../../domain/gateway/position.ts'
import { type ProblemFacts, type ProblemKind, problemKinds } from '../../domain/gateway/problem.ts'
import type { SeenResource } from './caller.ts'
import type { LiveStream } from './stream-events.ts'

/** What a call is answered, in HTTP's words. */
export interface Answer {
  readonly status: 200 | 201 | 202
  readonly body: object
  /** With the path of the object behind /api/v1, where there is a new one. */
  readonly location?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Told instead of `body`, for as long as it goes on. */
  readonly stream?: LiveStream
}

/** Tells up to where of its kind an answer is true, for who reads elsewhere next; nothing where that isn't known. */
export function positionHeader(resource: SeenResource, position: string): Readonly<Record<string, string>> {
  return position === '' ? {} : { 'X-Kbnt-Position': positionText(resource, position) }
}

const ofTheMoment: ReadonlySet<number> = new Set([429, 503])

/** Whether it is a Problem that the same call may not meet in a moment: it says nothing of what is stored. */
export function isOfTheMoment(error: unknown): error is Problem {
  return error instanceof Problem && ofTheMoment.has(error.status)
}

/** A call that is not granted; whoever throws it has done nothing, or says what in `detail`. */
export class Problem extends Error {
  readonly status: number
  readonly title: string
  /** A ProblemKind, or a reason of the operator. */
  readonly reason: string
  readonly facts: ProblemFacts

  constructor(kind: ProblemKind | { status: number; title: string; reason: string }, facts: ProblemFacts) {
    super(facts.detail)
    this.name = 'Problem'
    const { status, title, reason } = typeof kind === 'string' ? { ...problemKinds[kind], reason: kind } : kind
    this.status = status
    this.title = title
    this.reason = reason
    this.facts = facts
  }
}
