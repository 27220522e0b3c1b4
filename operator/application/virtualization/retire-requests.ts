import { isOver, type ResourceRequest } from '../../domain/virtualization/resource-request.ts'
import type { Clock } from '../clock.ts'
import type { ClockSkew } from '../clock-skew.ts'
import { inPieces, type Steps, sorting, stepping } from '../in-pieces.ts'
import { type Outcome, recheckAfter } from '../outcome.ts'
import type { PatienceParts } from '../patience.ts'
import { beyondShares } from '../reservation/beyond-shares.ts'
import { sweeper } from '../sweep.ts'
import type { RequestMemory } from './request-memory.ts'
import type { Requests } from './requests.ts'

/** How long requests that are over are kept: as long as they are, a message that comes again does nothing. */
export interface RequestRetention {
  /** Milliseconds after its end; 0 = for ever. */
  readonly keepFinishedMs: number
  /** At most so many in all; of the namespace that has the most, the oldest go first; 0 = any number. */
  readonly keepFinishedMax: number
}

export interface RetireRequestsParts extends PatienceParts {
  readonly requests: Pick<Requests, 'all' | 'read' | 'remove'>
  readonly skew: Pick<ClockSkew, 'excessMs' | 'sinceJudgedMs'>
  readonly retention: RequestRetention
  /** Absent: what became of a message is forgotten with its request. */
  readonly memory?: RequestMemory
  readonly clock: Clock
}

const SWEEP_MS = 30_000
/** A sweep ends here and the next one follows at once, so that a stopping operator never waits for thousands. */
const MOST_PER_SWEEP = 500
const IN_FLIGHT = 8
/** What is deleted never comes back: if no answer has judged the clock for so long, one is asked for first. */
const JUDGED_WITHIN_MS = 10_000

/**
 * Deletes, with each call, requests that are over and whose events are out, exactly in the version that says so. One that
 * can't be deleted keeps no other from going. While the clock is known to be wrong none goes.
 */
export function requestRetirement(parts: RetireRequestsParts): () => Promise<Outcome> {
  const { requests, clock, skew, retention, memory } = parts
  let foundAtMs = 0
  const remove = sweeper<ResourceRequest>({
    ...parts,
    ...{ operation: 'delete finished requests', lanes: IN_FLIGHT, most: MOST_PER_SWEEP },
    async work(request) {
      const { namespace, name } = request
      if (skew.sinceJudgedMs() > JUDGED_WITHIN_MS) await requests.read(namespace, name) // its answer brings the server's date
      // a clock that was set back since then was ahead when it told what is due
      const isDue = skew.excessMs() === 0 && clock.now() >= foundAtMs
      return isDue && (await requests.remove(request)) !== 'changed'
    },
  })
  return async () => {
    foundAtMs = clock.now()
    const { over, due } = await inPieces(clock, dueNow(requests.all(), retention, foundAtMs))
    const untold = await memory?.remember(over)
    const { done, left } = await remove(memory ? due.filter(memory.mayGo) : due)
    return recheckAfter(untold || (left && done > 0) ? 0 : SWEEP_MS)
  }
}

interface Over {
  readonly request: ResourceRequest
  readonly namespace: string
  readonly at: number
}

interface Found {
  readonly over: readonly ResourceRequest[]
  readonly due: readonly ResourceRequest[]
}

/** Those that are over; of them, those whose time has come, oldest first, then those that are too many. */
function* dueNow(all: Iterable<ResourceRequest>, retention: RequestRetention, now: number): Steps<Found> {
  const { keepFinishedMs, keepFinishedMax } = retention
  const over: Over[] = []
  yield* stepping(all, (request) => {
    const { status, namespace } = request
    const told = status?.published === status?.steps
    if (isOver(request) && told && !request.deleting) over.push({ request, namespace, at: endOf(request) })
  })
  const sorted = yield* sorting(over, (a, b) => a.at - b.at || (a.request.uid < b.request.uid ? -1 : 1))
  const isOld = ({ at }: Over) => keepFinishedMs > 0 && at + keepFinishedMs <= now
  const young = sorted.filter((one) => !isOld(one))
  const beyond = keepFinishedMax === 0 ? [] : yield* beyondShares(young, keepFinishedMax)
  const requestsOf = (some: readonly Over[]) => some.map(({ request }) => request)
  return { over: requestsOf(sorted), due: requestsOf([...sorted.filter(isOld), ...beyond]) }
}

/** When it was over, in ms since 1970. */
function endOf({ status, createdAt }: ResourceRequest): number {
  return Date.parse(status?.completedAt ?? '') || createdAt
}
