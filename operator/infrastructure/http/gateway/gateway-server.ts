import type { IncomingMessage } from 'node:http'
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify'
import { Problem } from '../../../application/gateway/answer.ts'
import { API_BASE } from '../../../domain/gateway/api-base.ts'
import {
  type BoundedServer,
  boundedServer,
  connectionLimits,
  constantHeaders,
  MOST_HEADER_BYTES,
  type TlsFiles,
} from './http-server.ts'
import { MOST_BODY_BYTES, wholeBody } from './json-body.ts'
import { knownPaths } from './known-paths.ts'
import { type OperationParts, operationRoutes } from './operation-routes.ts'
import { internal, problemDetails, problemOfFastify } from './problem-details.ts'
import { problemPages } from './problem-pages.ts'
import { type PublicFile, publicRoutes } from './public-files.ts'
import { faultOfHead, faultOfPath } from './request-head.ts'
import { inSlices } from './slices.ts'
import { type VisitParts, type Visits, visits } from './visits.ts'
import { withoutToken } from './without-token.ts'

export interface GatewayParts extends OperationParts, VisitParts {
  /** Lets a request in before it is known whose it is. Throws a Problem when too many come from there. */
  readonly admitAddress: (address: string) => void
  /** An id that nobody has had: visible ASCII, at most 128 characters. */
  readonly randomId: () => string
  /** Absent: plain HTTP, behind something that ends TLS. */
  readonly tls?: TlsFiles
  /** What is served besides the document and the pages of problems. */
  readonly files?: readonly PublicFile[]
  /** How long `close` waits for answers that are under way. */
  readonly closeGraceMs: number
}

export interface GatewayServer {
  /** Starts to listen and answers the port, which matters where 0 (any free one) was asked for. Throws when taken. */
  listen(port: number): Promise<number>
  /**
   * Goes on as ever, but each answer is the last one of its connection: who comes back goes elsewhere where new ones do, and
   * none is sent on a connection that `close` cuts at that moment.
   */
  leave(): void
  /**
   * Tells all calls that it is over, lets them answer, and ends all connections within `closeGraceMs`. What still comes in
   * meanwhile is answered 503. May be called twice and before `listen`.
   */
  close(): Promise<void>
  /** From now on new connections get this certificate. */
  renew(tls: TlsFiles): void
}

const documentPaths = ['/openapi.json', `${API_BASE}/openapi.json`]
const constants = Object.entries(constantHeaders)
const requestIdPattern = /^[\x21-\x7e]{1,128}$/

/** Serves the operations of an OpenAPI document over HTTP. Throws when document and operations don't match. */
export function gatewayServer(parts: GatewayParts): GatewayServer {
  const { closeGraceMs, randomId, tls } = parts
  const limits = { ...connectionLimits, ...parts.limits }
  const present = visits(parts)
  let bounded: BoundedServer | undefined
  const app = fastify({
    serverFactory(handler) {
      bounded = boundedServer({ handler, limits, tls, randomId })
      return bounded.server
    },
    clientErrorHandler: (error, socket) => bounded?.refuse(error, socket),
    frameworkErrors: (error, request, reply) => refuse(error, request, reply),
    bodyLimit: MOST_BODY_BYTES,
    requestIdHeader: false,
    genReqId: ({ headers }) => givenId(headers['x-request-id']) ?? randomId(),
    routerOptions: { maxParamLength: MOST_HEADER_BYTES, querystringParser: () => ({}) },
    trustProxy: false,
    return503OnClosing: false,
  })
  const refuse = refusal(parts, present)

  app.decorateRequest('visit')
  app.setErrorHandler(refuse)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (request: FastifyRequest, payload: IncomingMessage) => {
    const { mostBytes } = request.routeOptions.config as { readonly mostBytes?: number }
    return wholeBody(payload, mostBytes)
  })
  addRoutes(app, parts, present, (request) => bounded?.answered(request))

  return {
    async listen(port) {
      await app.ready()
      return (bounded as BoundedServer).listen(port)
    },
    leave: present.leave,
    async close() {
      present.end()
      await bounded?.close(closeGraceMs)
      await app.close()
    },
    renew: (files) => bounded?.renew(files),
  }
}

function givenId(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' && requestIdPattern.test(header) ? header : undefined
}

/** Who doesn't read its answer keeps its place among those under way no longer than that. */
function cutWhenNotRead(response: FastifyReply['raw'], timeoutMs: number): void {
  const timer = setTimeout(() => response.destroy(), timeoutMs)
  timer.unref()
  response.once('close', () => clearTimeout(timer))
}

function addRoutes(
  app: FastifyInstance,
  parts: GatewayParts,
  present: Visits,
  answeredNobody: (request: IncomingMessage) => void,
): void {
  const limits = { ...connectionLimits, ...parts.limits }
  const routes = operationRoutes(parts)
  const content = JSON.stringify(parts.document)
  const documents = documentPaths.map((path) => ({ path, type: 'application/json; charset=utf-8', content }))
  const files = publicRoutes([...documents, ...problemPages(), ...(parts.files ?? [])])
  const unrouted = knownPaths([
    ...routes.map(({ method, config }) => ({ method, path: config.path })),
    ...files.map(({ method, url }) => ({ method, path: url })),
  ])

  app.addHook('onRequest', (request, reply, done) => {
    try {
      const { path = 'none' } = request.routeOptions.config as { readonly path?: string }
      request.visit = present.begin({ request: request.raw, response: reply.raw, requestId: request.id, route: path })
      parts.admitAddress(request.ip)
      const fault = faultOfHead(request.raw)
      if (fault) {
        reply.header('connection', 'close') // whoever waits for a word of us may send no body, and node would take what comes next for it
        throw fault
      }
      const wrong = faultOfPath(pathOf(request))
      if (wrong) throw wrong
      if (request.is404) {
        const { problem, allow } = unrouted(request.method, pathOf(request))
        if (allow !== undefined) reply.header('allow', allow)
        throw problem
      }
      done()
    } catch (error) {
      done(error as Error)
    }
  })
  app.addHook('onSend', (request, reply, payload, done) => {
    for (const [name, value] of constants) if (!reply.hasHeader(name)) reply.header(name, value)
    reply.header('x-request-id', request.id)
    if (present.leaving) reply.header('connection', 'close')
    request.visit?.answered()
    if (!request.visit?.streams) cutWhenNotRead(reply.raw, limits.readTimeoutMs)
    if (request.visit?.caller === undefined) {
      request.visit?.answeredNobody()
      answeredNobody(request.raw)
    }
    done(null, inSlices(reply, payload))
  })
  for (const route of routes) app.route(route)
  for (const route of files) app.route(route)
}

type Refuse = (error: unknown, request: FastifyRequest, reply: FastifyReply) => void

/** Answers an error; one that is no Problem is our fault, and its own words are for the log alone. */
function refusal({ logger }: GatewayParts, present: Visits): Refuse {
  return (error, request, reply) => {
    const { id: requestId, visit } = request
    const problem = error instanceof Problem ? error : problemOfFastify(error)
    if (!problem) logger.error('request failed', { requestId, error: withoutToken(error, visit?.caller?.token) })
    const { status, headers, body } = problemDetails(problem ?? internal(requestId), {
      path: pathOf(request),
      requestId,
      tokenGiven: visit?.tokenGiven ?? false,
    })
    // What could not even be routed meets no hook.
    reply.headers(constantHeaders).header('x-request-id', requestId)
    if (present.leaving) reply.header('connection', 'close')
    reply.code(status).headers(headers).send(body)
  }
}

function pathOf({ url }: FastifyRequest): string {
  return url.split('?', 1)[0] ?? ''
}
