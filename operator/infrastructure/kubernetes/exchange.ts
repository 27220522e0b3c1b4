import type { Dispatcher } from 'undici'
import { ApiError, SilentStreamError, UnknownOutcomeError } from './api-error.ts'
import type { ConnectionPool } from './connection-pool.ts'
import type { Access } from './kube-config.ts'
import { lineSplitter } from './line-splitter.ts'
import type { Clock } from './timers.ts'

export interface ApiCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Path with query, from `/api` or `/apis` on. */
  readonly path: string
  /** Sent as JSON. */
  readonly body?: unknown
  /** Default `application/json`; patches say here which kind they are. */
  readonly contentType?: string | undefined
  /** In which form the answer is to come. Default `application/json`: as it is. */
  readonly accept?: string | undefined
  /** What the metrics hook is told; the path would be a label without bound. */
  readonly resource?: string
  /** From the call to the last byte of the answer; of a stream, the longest silence. */
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Of a stream: its answer has begun, whatever comes and when. */
  readonly onBegin?: (() => void) | undefined
}

export interface ApiResult<T> {
  readonly body: T
  /** The server's clock in milliseconds, cut to whole seconds; undefined when it sent none. */
  readonly date: number | undefined
}

/** One request that ended, well or not; a stream counts when its answer begins. */
export interface RequestObservation {
  readonly method: string
  readonly host: string
  readonly resource: string
  /** The HTTP status; absent when no whole answer came. */
  readonly code?: number
  readonly seconds: number
}

/** What one exchange needs to know besides the call. */
export interface ExchangeContext {
  readonly access: Access
  readonly pool: ConnectionPool
  readonly userAgent: string
  readonly clock: Clock
  readonly onRequest?: ((observation: RequestObservation) => void) | undefined
}

/** One request with one whole answer. Throws ApiError for an answer from 400 on, UnknownOutcomeError when none came. */
export function exchangeWhole<T>(context: ExchangeContext, call: ApiCall): Promise<ApiResult<T>> {
  return exchange(context, call, { endless: false, read: readWhole<T> })
}

/** One request whose answer comes line by line until the server ends it. Throws as `exchangeWhole`, and what `onDocument` throws. */
export function exchangeLines<T>(
  context: ExchangeContext,
  call: ApiCall,
  onDocument: (document: T) => void,
): Promise<void> {
  return exchange(context, call, { endless: true, read: (response) => readLines(response, onDocument) })
}

interface Reading<T> {
  /** Whether the time-out is for silence only. */
  readonly endless: boolean
  read(response: Dispatcher.ResponseData): Promise<T>
}

/** Thrown by the consumer of a stream: not a fault of the connection. */
class ConsumerError extends Error {}

async function exchange<T>(context: ExchangeContext, call: ApiCall, reading: Reading<T>): Promise<T> {
  if (call.signal?.aborted) throw new UnknownOutcomeError(`${call.method} ${call.path}: aborted`, false)
  const observe = observer(context, call)
  const abort = abortion(context.clock, call, reading.endless)
  const lease = context.pool.take()
  let broken = false
  let begun = false
  try {
    const response = await lease.dispatcher.request(requestFor(context, call, abort.signal))
    const code = response.statusCode
    if (reading.endless) observe(code)
    begun = reading.endless && code < 400
    if (begun) call.onBegin?.()
    const answer = code >= 400 ? await refuse(response) : await reading.read(response)
    observe(code)
    return answer
  } catch (error) {
    observe(error instanceof ApiError ? error.status : undefined)
    if (error instanceof ConsumerError) throw error.cause
    if (error instanceof ApiError) throw error
    broken = !(call.signal?.aborted ?? false)
    throw unknownOutcome(call, error, begun)
  } finally {
    lease.release(broken)
    abort.dispose()
  }
}

/** Tells the hook once; later calls are ignored. */
function observer({ access, clock, onRequest }: ExchangeContext, call: ApiCall): (code?: number) => void {
  const startedAt = clock.now()
  let observed = onRequest === undefined
  return (code) => {
    if (observed) return
    observed = true
    const { method, resource = '' } = call
    const ended = { method, host: access.host, resource, seconds: (clock.now() - startedAt) / 1_000 }
    onRequest?.(code === undefined ? ended : { ...ended, code })
  }
}

/** A signal that follows the caller's and, unless the answer is endless, the deadline. */
function abortion(clock: Clock, call: ApiCall, endless: boolean): { signal: AbortSignal; dispose(): void } {
  const { signal, timeoutMs } = call
  const abort = new AbortController()
  const forward = (): void => abort.abort(signal?.reason)
  signal?.addEventListener('abort', forward)
  const cancel =
    endless || timeoutMs === undefined
      ? undefined
      : clock.schedule(timeoutMs, () => abort.abort(new Error(`no answer within ${timeoutMs} ms`)))
  return {
    signal: abort.signal,
    dispose() {
      cancel?.()
      signal?.removeEventListener('abort', forward)
    },
  }
}

function requestFor(context: ExchangeContext, call: ApiCall, signal: AbortSignal): Dispatcher.RequestOptions {
  const { access, userAgent } = context
  const { method, body, contentType = 'application/json', accept = 'application/json', timeoutMs } = call
  const headers: Record<string, string> = { ...access.headers, accept, 'user-agent': userAgent }
  if (body !== undefined) headers['content-type'] = contentType
  // Just before the deadline, because only the connection's own time-out makes it find out whether the peer still lives.
  const silenceMs = timeoutMs === undefined ? 0 : Math.max(1, Math.floor(timeoutMs * 0.95))
  return {
    origin: access.origin,
    path: access.basePath + call.path,
    method,
    headers,
    body: body === undefined ? null : JSON.stringify(body),
    headersTimeout: silenceMs,
    bodyTimeout: silenceMs,
    signal,
  }
}

async function readWhole<T>(response: Dispatcher.ResponseData): Promise<ApiResult<T>> {
  const text = await response.body.text()
  return { body: text === '' ? (undefined as T) : (JSON.parse(text) as T), date: dateOf(response) }
}

function dateOf({ headers }: Dispatcher.ResponseData): number | undefined {
  const date = Date.parse(String(headers['date']))
  return Number.isNaN(date) ? undefined : date
}

async function readLines<T>(response: Dispatcher.ResponseData, onDocument: (document: T) => void): Promise<void> {
  const split = lineSplitter((line) => {
    const document = JSON.parse(line) as T
    try {
      onDocument(document)
    } catch (error) {
      throw new ConsumerError('the consumer failed', { cause: error })
    }
  })
  for await (const chunk of response.body) split(chunk as Buffer)
}

async function refuse(response: Dispatcher.ResponseData): Promise<never> {
  const text = await response.body.text()
  throw new ApiError(response.statusCode, parsedOrText(text), response.headers['retry-after'], dateOf(response))
}

function parsedOrText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** The library has a code for it with HTTP/1.1, and with HTTP/2 only words. */
function isSilence(error: unknown): boolean {
  const { code, message = '' } = error as { code?: string; message?: string }
  return code === 'UND_ERR_BODY_TIMEOUT' || message.includes('stream timeout after')
}

const NOT_CONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'])

/** `begun`: a stream whose answer had begun. */
function unknownOutcome(call: ApiCall, error: unknown, begun: boolean): UnknownOutcomeError {
  const { code, syscall, message } = error as { code?: string; syscall?: string; message?: string }
  const sent = syscall !== 'connect' && !NOT_CONNECTED.has(code ?? '')
  const path = call.path.split('?')[0]
  const Outcome = begun && isSilence(error) ? SilentStreamError : UnknownOutcomeError
  return new Outcome(`${call.method} ${path}: ${message || code || String(error)}`, sent, error)
}
