import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Clock, msBetween, type Tick } from '../../../application/clock.ts'
import { Problem } from '../../../application/gateway/answer.ts'
import type { Caller } from '../../../application/gateway/caller.ts'
import type { Logger } from '../../../application/logger.ts'

/** Counts what comes in; every `started` has one `ended`. */
export interface RequestObserver {
  started(): void
  ended(request: PastRequest): void
  /** One was not let in, because of so many others, or because nothing is done in time any more. */
  overloaded(by: 'requests' | 'event loop'): void
}

export interface PastRequest {
  readonly method: string
  /** As the contract writes it, or `none`. */
  readonly route: string
  /** 499: the client hung up before it was answered. */
  readonly status: number
  /** Until the end of its answer; of a stream until that began. */
  readonly seconds: number
  /**
   * Until its answer was given away, without what it has waited for its body and for the operator's answer. Absent for who
   * has no token that counts: nobody unknown moves it.
   */
  readonly ownSeconds?: number
}

/** One request from its first byte to the end of its answer. */
export interface Visit {
  readonly requestId: string
  /** Fires when the client hangs up before it was answered, and when the gateway ends. */
  readonly over: AbortSignal
  caller?: Caller
  /** Where its objects are. */
  namespace?: string
  tokenGiven: boolean
  /** What its line in the log says besides. */
  notes?: Readonly<Record<string, string | number>>
  /** Its answer begins, and goes on until one of both ends it: the log has it with the writes, once it has ended. */
  startsStream(): void
  readonly streams: boolean
  /** It has waited so long for the operator's answer. */
  waited(ms: number): void
  /** From now on it waits for its client to send the body, until `bodyCame`. */
  awaitsBody(): void
  bodyCame(): void
  /** Its answer is given away: how fast it is read is its client's business. */
  answered(): void
  /** Runs what may go on after the client has hung up, and counts it until then. */
  during<T>(work: () => Promise<T>): Promise<T>
  /** Nobody is known to want its answer, which is there: from now on it takes no place away from others. */
  answeredNobody(): void
}

export interface Visits {
  /** Throws a Problem when there are too many, and when the gateway ends: that one is counted, but may not go on. */
  begin(request: BeginningVisit): Visit
  /** From now on nobody is to come back by the same connection. */
  leave(): void
  /** Tells all that are there that it is over; from then on nobody new comes in. Leaves, too. */
  end(): void
  readonly leaving: boolean
}

export interface BeginningVisit {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly requestId: string
  /** As the contract writes it. */
  readonly route: string
}

export interface VisitParts {
  readonly maxInFlight: number
  /** Why nobody is let in at present; undefined = whoever comes is. */
  readonly pressure: { readonly problem: Problem | undefined }
  readonly clock: Pick<Clock, 'tick'>
  readonly logger: Logger
  readonly observer: RequestObserver
}

const HUNG_UP = 499
const traceParent = /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/
const reading: ReadonlySet<string> = new Set(['GET', 'HEAD'])

/** Keeps count of the requests that are under way, and a log of those that were. */
export function visits({ maxInFlight, pressure, clock, logger, observer }: VisitParts): Visits {
  const underWay = new Set<AbortController>()
  let leaving = false
  let ended = false

  return {
    begin({ request, response, requestId, route }) {
      const method = request.method ?? ''
      const since = clock.tick()
      const controller = new AbortController()
      let isOver = false
      let working = 0
      let waitedMs = 0
      let bodySince: Tick | undefined
      let answeredMs: number | undefined
      let streamAtMs: number | undefined
      const leave = () => {
        if (isOver && working === 0) underWay.delete(controller)
      }
      const visit: Visit = {
        requestId,
        over: controller.signal,
        tokenGiven: false,
        startsStream() {
          streamAtMs = msBetween(since, clock.tick())
        },
        get streams() {
          return streamAtMs !== undefined
        },
        waited(waitMs) {
          waitedMs += waitMs
        },
        awaitsBody() {
          bodySince = clock.tick()
        },
        bodyCame() {
          if (bodySince !== undefined) waitedMs += msBetween(bodySince, clock.tick())
          bodySince = undefined
        },
        answered() {
          visit.bodyCame()
          answeredMs ??= msBetween(since, clock.tick())
        },
        async during(work) {
          working += 1
          try {
            return await work()
          } finally {
            working -= 1
            leave()
          }
        },
        answeredNobody: () => void underWay.delete(controller),
      }
      observer.started()
      response.once('close', () => {
        isOver = true // not `response.closed`: an older node doesn't say so of one that waited for others
        const status = response.writableFinished ? response.statusCode : HUNG_UP
        if (status === HUNG_UP) controller.abort()
        leave()
        const ms = msBetween(since, clock.tick())
        const seconds = (streamAtMs ?? ms) / 1_000
        visit.bodyCame()
        const ownMs = Math.max(0, (streamAtMs ?? answeredMs ?? ms) - waitedMs)
        const counts = visit.tokenGiven && status !== 401
        observer.ended({ method, route, status, seconds, ...(counts && { ownSeconds: ownMs / 1_000 }) })
        writeDown(logger, { request, visit, route, status, ms })
      })
      if (ended) throw new Problem('Stopping', { detail: 'Nothing was done; another gateway takes it.' })
      const { problem } = pressure
      if (problem) {
        observer.overloaded('event loop')
        throw problem
      }
      if (underWay.size >= maxInFlight) {
        observer.overloaded('requests')
        throw new Problem('Overloaded', { detail: `${maxInFlight} requests are under way; nothing was done.` })
      }
      underWay.add(controller)
      return visit
    },
    leave() {
      leaving = true
    },
    end() {
      leaving = ended = true
      for (const controller of underWay) controller.abort()
    },
    get leaving() {
      return leaving
    },
  }
}

interface PastVisit {
  readonly request: IncomingMessage
  readonly visit: Visit
  readonly route: string
  readonly status: number
  readonly ms: number
}

/** Writes, and streams, at info; reads, of which there are many, at debug. */
function writeDown(logger: Logger, { request, visit, route, status, ms }: PastVisit): void {
  const { method = '' } = request
  const level = reading.has(method) && !visit.streams ? 'debug' : 'info'
  if (!logger.enabled(level)) return
  const namespace = visit.namespace ?? visit.caller?.namespace
  const traceId = traceParent.exec(String(request.headers['traceparent'] ?? ''))?.[1]
  logger[level]('request', {
    method,
    route,
    status,
    ms: Math.round(ms * 10) / 10,
    requestId: visit.requestId,
    ...(visit.caller && { userId: visit.caller.user }),
    ...(namespace !== undefined && { namespace }),
    ...(traceId !== undefined && { traceId }),
    ...visit.notes,
  })
}
