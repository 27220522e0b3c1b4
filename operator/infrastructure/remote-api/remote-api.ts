import { BulkheadRejectedError, bulkhead } from 'cockatiel'
import { type Dispatcher, request } from 'undici'
import type { Clock } from '../../application/clock.ts'
import type { Reply } from '../../domain/reply.ts'
import { BreakerOpen, type BreakerState, breaker } from './breaker.ts'
import { type Connections, connections } from './connections.ts'
import type { Credentials, RemoteApiOptions } from './remote-api-options.ts'
import { NotAllowed, sendingGate } from './sending-gate.ts'

export interface RemoteApiParts {
  readonly clock: Clock
  readonly credentials: Credentials
  readonly onState: (state: BreakerState) => void
  /** Each call that was made: the status, or `lost` or `unsent`. */
  readonly onCall: (result: string, seconds: number) => void
}

export interface RemoteCall {
  /** Whose call it is, such as the id of an event: the breaker asks others first where one fails again and again. */
  readonly asker: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  /** JSON. */
  readonly body?: string
  /** Asked just before the first byte; false: it is not sent. Absent: it may be. */
  readonly maySend?: () => boolean
}

/** Somebody else's API over HTTP. */
export interface RemoteApi {
  readonly name: string
  /** Calls that are made at once; others wait. */
  readonly concurrency: number
  readonly breaker: BreakerState
  /** Made once: nothing is tried again, no redirect followed. Never throws; ends within its time-out and that of a call before it. */
  call(call: RemoteCall, signal: AbortSignal): Promise<Reply>
  close(): Promise<void>
}

const LONGEST_ANSWER = 64 * 1024

/** What keeps failing is left alone for a while; no more calls are under way at once than the options allow. */
export function remoteApi(options: RemoteApiOptions, parts: RemoteApiParts): RemoteApi {
  const { name, concurrency, maxWaiting = Number.POSITIVE_INFINITY } = options
  const { clock, onState, onCall } = parts
  const pool = connections(options)
  const guard = breaker(options.breaker, { clock, onState })
  const places = bulkhead(concurrency, maxWaiting)
  const send = sender(options, parts.credentials, pool)

  async function attempt(call: RemoteCall, signal: AbortSignal): Promise<Reply> {
    const since = performance.now()
    const reply = await send(call, signal)
    onCall(reply.kind === 'answered' ? String(reply.status) : reply.kind, (performance.now() - since) / 1_000)
    if (isFailure(reply)) throw new Failed(reply)
    return reply
  }

  function notMade(error: unknown): Reply {
    if (error instanceof Failed) return error.reply
    if (error instanceof BulkheadRejectedError) {
      const reason = `${name} is not asked: ${concurrency} calls are under way, and ${maxWaiting} wait`
      return { kind: 'unsent', cause: 'Busy', reason }
    }
    if (!(error instanceof BreakerOpen)) throw error
    const reason = `${name} is not asked: ${error.message}`
    return { kind: 'unsent', cause: 'BreakerOpen', reason, retryAfterMs: guard.openForMs }
  }

  return {
    name,
    concurrency,
    get breaker() {
      return guard.state
    },
    async call(call, signal) {
      try {
        return await places.execute(() => guard.run(call.asker, () => attempt(call, signal)))
      } catch (error) {
        return notMade(error)
      }
    },
    close: () => pool.close(),
  }
}

/** For the breaker. */
class Failed extends Error {
  readonly reply: Reply

  constructor(reply: Reply) {
    super('the other side does not do what it is there for')
    this.reply = reply
  }
}

/** Whoever says that a message is wrong, or that we are nobody, is there. */
function isFailure(reply: Reply): boolean {
  if (reply.kind !== 'answered') return reply.cause !== 'NotAllowed'
  return reply.status >= 500 || reply.status === 408 || reply.status === 429
}

function sender(
  { url, timeoutMs, longestAnswer = LONGEST_ANSWER }: RemoteApiOptions,
  credentials: Credentials,
  pool: Connections,
) {
  const base = url.replace(/\/$/, '')
  return async (call: RemoteCall, signal: AbortSignal): Promise<Reply> => {
    const shown = await authorizationOf(credentials)
    if ('reply' in shown) return shown.reply
    const limit = limited(signal, timeoutMs)
    const gate = sendingGate(pool.agent, call.maySend ?? (() => true))
    try {
      const { statusCode, headers, body } = await request(`${base}${call.path}`, {
        method: call.method,
        headers: { ...headersOf(call), ...shown },
        ...(call.body !== undefined && { body: call.body }),
        dispatcher: gate.dispatcher,
        signal: limit.signal,
      })
      if (statusCode === 401) credentials.refused()
      const text = await beginningOf(body, longestAnswer)
      return { kind: 'answered', status: statusCode, text, ...retryAfter(headers) }
    } catch (error) {
      return replyless(call, error, { timeoutMs, isLate: limit.isLate(), isSent: gate.isOpened() })
    } finally {
      limit.over()
    }
  }
}

/** A time-out of its own that is taken back at the end: AbortSignal's own ones would stay, thousands of them. */
function limited(signal: AbortSignal, timeoutMs: number) {
  const ending = new AbortController()
  let isLate = false
  const end = () => ending.abort()
  const timer = setTimeout(() => {
    isLate = true
    end()
  }, timeoutMs)
  if (signal.aborted) end() // nothing is sent for a handler that is over
  signal.addEventListener('abort', end)
  return {
    signal: ending.signal,
    isLate: () => isLate,
    over() {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
    },
  }
}

function headersOf({ headers, body }: RemoteCall): Record<string, string> {
  return {
    accept: 'application/json',
    ...headers,
    ...(body !== undefined && { 'content-type': 'application/json' }),
  }
}

interface HowItEnded {
  readonly timeoutMs: number
  readonly isLate: boolean
  readonly isSent: boolean
}

function replyless({ method, path }: RemoteCall, error: unknown, { timeoutMs, isLate, isSent }: HowItEnded): Reply {
  const { message, code = '' } = error as { message: string; code?: string }
  if (error instanceof NotAllowed)
    return { kind: 'unsent', cause: 'NotAllowed', reason: `${method} ${path}: ${message}` }
  const timedOut = isLate || code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT'
  const reason = timedOut
    ? `${method} ${path} has no whole answer within ${timeoutMs} ms`
    : `${method} ${path}: ${message}`
  if (!isSent) return { kind: 'unsent', cause: 'NoConnection', reason }
  return { kind: 'lost', cause: timedOut ? 'Timeout' : 'NoAnswer', reason }
}

async function authorizationOf(
  credentials: Credentials,
): Promise<{ readonly authorization?: string } | { readonly reply: Reply }> {
  try {
    const authorization = await credentials.authorization()
    return authorization === undefined ? {} : { authorization }
  } catch (error) {
    return { reply: { kind: 'unsent', cause: 'NoCredentials', reason: (error as Error).message } }
  }
}

/** Whoever does not end what it began to say has said nothing: a status alone is what a server sends that is half dead. */
async function beginningOf(body: Dispatcher.ResponseData['body'], longest: number): Promise<string> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of body as AsyncIterable<Buffer>) {
    parts.push(part)
    length += part.length
    if (length > longest) break
  }
  return Buffer.concat(parts).toString('utf8', 0, longest)
}

/** Seconds, or a date by the clock of whoever sent it. */
function retryAfter({ 'retry-after': given, date }: Dispatcher.ResponseData['headers']): { retryAfterMs?: number } {
  if (typeof given !== 'string') return {}
  const seconds = Number(given)
  const ms = Number.isNaN(seconds) ? Date.parse(given) - Date.parse(String(date)) : seconds * 1_000
  return ms >= 0 ? { retryAfterMs: ms } : {}
}
