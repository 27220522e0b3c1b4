import { type Behaviour, type Seen, seenOf, serving } from '../../hack/quickstart/order-services/behaviour.ts'
import type { Service, ServiceRequest } from '../../hack/quickstart/order-services/service.ts'
import type { Clock } from '../../operator/application/clock.ts'
import type { Reply } from '../../operator/domain/reply.ts'
import type { RemoteApi, RemoteCall } from '../../operator/infrastructure/remote-api/remote-api.ts'

/** A service that is called without a network, in the time of `clock`. */
export interface InMemoryApi extends RemoteApi {
  /** What has reached the service, in its order. */
  readonly requests: ServiceRequest[]
  /** Asked for each call. */
  behave: (request: ServiceRequest) => Behaviour
}

export interface InMemoryApiOptions {
  readonly name: string
  readonly service: Service
  readonly clock: Pick<Clock, 'schedule'>
  readonly timeoutMs: number
}

export function inMemoryApi({ name, service, clock, timeoutMs }: InMemoryApiOptions): InMemoryApi {
  const api: InMemoryApi = {
    ...{ name, concurrency: 32, breaker: 'closed', requests: [], behave: () => serving },
    async call(call, signal) {
      await Promise.resolve() // nobody is answered in the same turn
      const asked = `${call.method} ${call.path}`
      if (signal.aborted) return { kind: 'unsent', cause: 'NoConnection', reason: `${asked}: it was given up` }
      if (call.maySend?.() === false)
        return { kind: 'unsent', cause: 'NotAllowed', reason: `${asked}: it may not be sent any more` }
      const request = requestOf(call)
      api.requests.push(request)
      const seen = seenOf(api.behave(request), () => service(request))
      if (seen.kind === 'silence' && seen.thenMs !== undefined) clock.schedule(seen.thenMs, () => service(request))
      return answered(asked, seen, signal)
    },
    close: async () => undefined,
  }

  function answered(asked: string, seen: Seen, signal: AbortSignal): Promise<Reply> | Reply {
    if (seen.kind === 'hangUp') return { kind: 'lost', cause: 'NoAnswer', reason: `${asked}: other side closed` }
    const isHeard = seen.kind === 'answer' && seen.afterMs < timeoutMs
    if (isHeard && seen.afterMs === 0) return { kind: 'answered', status: seen.status, text: seen.text }
    return new Promise((resolve) => {
      const cancel = clock.schedule(isHeard ? seen.afterMs : timeoutMs, () => {
        if (isHeard) resolve({ kind: 'answered', status: seen.status, text: seen.text })
        else resolve({ kind: 'lost', cause: 'Timeout', reason: `${asked} has no answer within ${timeoutMs} ms` })
      })
      signal.addEventListener('abort', () => {
        cancel()
        resolve({ kind: 'lost', cause: 'NoAnswer', reason: `${asked}: it was given up` })
      })
    })
  }
  return api
}

function requestOf({ method, path, headers, body }: RemoteCall): ServiceRequest {
  const { pathname, searchParams: query } = new URL(path, 'http://localhost')
  return { method, path: pathname, query, key: headers?.['idempotency-key'], body: body ? JSON.parse(body) : {} }
}
