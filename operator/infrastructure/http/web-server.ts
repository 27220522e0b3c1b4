import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { messageOf } from '../../application/message-of.ts'

export interface WebAnswer {
  readonly status: number
  readonly contentType: string
  readonly body: string
}

/** Answers a GET; undefined = no such path. `from`: the address that it came from, absent when it hung up meanwhile. */
export type WebRoute = (url: URL, from: string | undefined) => Promise<WebAnswer | undefined>

export interface WebServer {
  /** Starts to listen and answers the port, which matters where 0 (any free one) was asked for. Throws when taken. */
  listen(): Promise<number>
  /** Ends all connections. May be called twice and before `listen`. */
  close(): Promise<void>
}

const REQUEST_TIMEOUT_MS = 10_000
const notFound: WebAnswer = { status: 404, contentType: 'text/plain', body: 'not found\n' }
const notAllowed: WebAnswer = { status: 405, contentType: 'text/plain', body: 'only GET is served\n' }

export function plainText(status: number, body: string): WebAnswer {
  return { status, contentType: 'text/plain; charset=utf-8', body }
}

async function answerTo(request: IncomingMessage, route: WebRoute): Promise<WebAnswer> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return notAllowed
  const url = URL.parse(request.url ?? '/', 'http://localhost')
  if (!url) return notFound
  try {
    return (await route(url, request.socket.remoteAddress)) ?? notFound
  } catch (error) {
    return plainText(500, `${messageOf(error)}\n`)
  }
}

function listening(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, () => {
      server.off('error', reject)
      resolve((server.address() as AddressInfo).port)
    })
  })
}

/** A small server that only reads: nothing that comes in over it changes anything. */
export function webServer(port: number, route: WebRoute): WebServer {
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
    void answerTo(request, route).then(({ status, contentType, body }) => {
      response.writeHead(status, { 'content-type': contentType, 'x-content-type-options': 'nosniff' })
      response.end(request.method === 'HEAD' ? undefined : body)
    })
  })
  return {
    listen: () => listening(server, port),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
