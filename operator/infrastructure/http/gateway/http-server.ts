import { createServer, type IncomingMessage, type RequestListener, type Server, STATUS_CODES } from 'node:http'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { Problem } from '../../../application/gateway/answer.ts'
import { connections } from './connections.ts'
import { exchanges } from './exchanges.ts'
import { problemDetails } from './problem-details.ts'

export interface TlsFiles {
  /** What the files hold, in PEM. */
  readonly cert: string | Buffer
  readonly key: string | Buffer
}

export interface ConnectionLimits {
  /** Beyond them the one goes that has been unused for the longest. */
  readonly maxConnections: number
  /** From the first byte of a request to the end of its headers. */
  readonly headersTimeoutMs: number
  /** From the first byte of a request to its last. */
  readonly requestTimeoutMs: number
  /** From when an answer is given to its last byte on the way. */
  readonly readTimeoutMs: number
  /** Longer than whatever stands before the gateway keeps a connection that nobody uses. */
  readonly keepAliveTimeoutMs: number
}

export const connectionLimits: ConnectionLimits = {
  maxConnections: 4_096,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  readTimeoutMs: 30_000,
  keepAliveTimeoutMs: 75_000,
}

/** A bearer token may have 16 KiB; node's own limit would cut the other headers short beside it. */
export const MOST_HEADER_BYTES = 32 * 1024
/** At the end: for a request that was sent before its client could know. node itself waits for connections never used. */
const ON_ITS_WAY_MS = 1_000
const HANDSHAKE_TIMEOUT_MS = 10_000
const LONGEST_CHECKING_MS = 1_000

export interface BoundedServer {
  readonly server: Server
  /** Answers what can't be given to the handler, and ends its connection. For the server's `clientError`. */
  refuse(error: Error & { code?: string }, socket: Duplex): void
  /** Nobody is known to want the answer to this request: while it goes out, its connection counts as unused. */
  answered(request: IncomingMessage): void
  /** Throws when the port is taken. */
  listen(port: number): Promise<number>
  /** Ends within `graceMs`: connections that are still there then are cut. May be called twice and before `listen`. */
  close(graceMs: number): Promise<void>
  /** From now on new connections get this certificate. */
  renew(tls: TlsFiles): void
}

export interface BoundedServerParts {
  readonly handler: RequestListener
  readonly limits: ConnectionLimits
  readonly tls?: TlsFiles | undefined
  readonly randomId: () => string
}

/** A server for HTTP/1.1 that nobody can fill up by being slow, or by asking for too much. */
export function boundedServer({ handler, limits, tls, randomId }: BoundedServerParts): BoundedServer {
  const open = connections(limits.maxConnections)
  const under = exchanges()
  const take: RequestListener = (request, response) => {
    under.begun(request, response, open.used(request.socket))
    handler(request, response)
  }
  const server = serverFor(limits, tls, take)
  // Both node would answer by itself, the one without a body, the other with a cut connection.
  server.on('checkExpectation', take)
  server.on('connect', (_request, socket: Duplex) => {
    socket.on('error', () => {})
    socket.end(rawAnswer(new Problem('MethodNotAllowed', { detail: 'This is no proxy.' }), randomId()))
  })
  server.on('connection', open.opened)
  let closing: Promise<void> | undefined

  const closed = (graceMs: number) =>
    new Promise<void>((resolve) => {
      const timers = [setTimeout(open.cutUnused, Math.min(ON_ITS_WAY_MS, graceMs)), setTimeout(open.cutAll, graceMs)]
      server.close(() => {
        for (const timer of timers) clearTimeout(timer)
        resolve()
      })
    })

  return {
    server,
    refuse(error, socket) {
      if (socket.writable && under.mayAnswer(socket)) {
        const refused = refusalOf(error)
        if (refused) socket.write(rawAnswer(refused, randomId()))
      }
      socket.destroy()
    },
    answered: under.answered,
    listen: (port) =>
      new Promise((resolve, reject) => {
        server.once('error', reject)
        server.listen(port, () => {
          server.off('error', reject)
          resolve((server.address() as AddressInfo).port)
        })
      }),
    close(graceMs) {
      closing ??= closed(graceMs)
      return closing
    },
    renew(files) {
      if ('setSecureContext' in server) (server as TlsServer).setSecureContext({ cert: files.cert, key: files.key })
    },
  }
}

function serverFor(limits: ConnectionLimits, tls: TlsFiles | undefined, handler: RequestListener): Server {
  const { headersTimeoutMs, requestTimeoutMs, keepAliveTimeoutMs } = limits
  const options = {
    requireHostHeader: false, // the handler says so in our own words
    maxHeaderSize: MOST_HEADER_BYTES,
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    connectionsCheckingInterval: Math.min(LONGEST_CHECKING_MS, headersTimeoutMs),
  }
  if (!tls) return createServer(options, handler)
  const { cert, key } = tls
  return createTlsServer(
    { ...options, cert, key, minVersion: 'TLSv1.2', handshakeTimeout: HANDSHAKE_TIMEOUT_MS },
    handler,
  )
}

/** What to say to bytes that are no request; undefined: nobody is there who would read it. */
function refusalOf({ code = '' }: { code?: string }): Problem | undefined {
  if (code === 'HPE_HEADER_OVERFLOW') {
    const detail = `URL and headers have at most ${MOST_HEADER_BYTES} bytes together, a token 16384 of them.`
    return new Problem('HeadersTooLarge', { detail })
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new Problem('TooSlow', { detail: 'It was waited for long enough.' })
  if (!code.startsWith('HPE_')) return undefined
  return new Problem('Invalid', { detail: 'This is not HTTP/1.1 as RFC 9112 has it.' })
}

function rawAnswer(problem: Problem, requestId: string): string {
  const { status, headers, body } = problemDetails(problem, { path: '', requestId, tokenGiven: false })
  const all = {
    ...headers,
    ...constantHeaders,
    'x-request-id': requestId,
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${body}`
}

/** Of every answer that has no others of its own: it is no page, and nothing of it may be kept. */
export const constantHeaders = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
} as const
