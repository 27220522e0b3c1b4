import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify'
import { type BridgeCallParts, bridgeCalls } from './bridge-calls.ts'
import { BridgeError, errorBody, reasonOf } from './bridge-error.ts'
import { type Contract, contract, type Operation } from './contract.ts'
import { BRIDGE_TYPE } from './formats.ts'
import { isLocalHost } from './local-host.ts'
import type { BridgeReply } from './served-call.ts'

export interface BridgeServerParts extends BridgeCallParts {
  /** 0: any free one. */
  readonly port: number
}

export interface BridgeServer {
  readonly url: string
  close(): Promise<void>
}

const HOST = '127.0.0.1'
const MOST_BODY_BYTES = 1024 * 1024
/** Of a topic 249, of groups no limit is known. */
const MOST_NAME = 1024
const MOST_CONNECTIONS = 256

/** Serves the calls of the contract on this machine alone. Throws when the port is taken. */
export async function bridgeServer(parts: BridgeServerParts): Promise<BridgeServer> {
  const app = fastify({
    ...{ bodyLimit: MOST_BODY_BYTES, forceCloseConnections: true },
    exposeHeadRoutes: false, // a HEAD for records would read them
    routerOptions: { maxParamLength: MOST_NAME },
    frameworkErrors: (error, _request, reply) => refuse(error, reply),
  })
  app.server.maxConnections = MOST_CONNECTIONS
  app.addHook('onRequest', async ({ headers: { host } }) => {
    if (!isLocalHost(host)) throw new BridgeError(403, `${host} is not this machine: call it localhost or ${HOST}`)
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))
  app.setErrorHandler((error, _request, reply) => refuse(error, reply))
  app.setNotFoundHandler(({ method, url }, reply) =>
    refuse(new BridgeError(404, `Not Found: ${method} ${url} is not among what this stand-in serves`), reply),
  )
  addCalls(app, parts, contract())
  try {
    return { url: await app.listen({ host: HOST, port: parts.port }), close: () => app.close() }
  } catch (error) {
    throw new Error(`nothing can be served on ${HOST}:${parts.port}: ${reasonOf(error)}`)
  }
}

function addCalls(app: FastifyInstance, parts: BridgeCallParts, known: Contract): void {
  for (const { operation, answer } of bridgeCalls(parts)) {
    app.route({
      method: operation.method.toUpperCase(),
      url: operation.path.replaceAll(/\{(\w+)\}/g, ':$1'),
      async handler(request, reply) {
        const body = bodyOf(request, operation, known)
        return send(
          reply,
          await answer({
            path: pathOf(request),
            query: queryOf(request),
            body,
            headers: request.headers,
            sentPath: sentPathOf(request),
          }),
        )
      },
    })
  }
}

function bodyOf(request: FastifyRequest, operation: Operation, known: Contract): unknown {
  if (operation.method !== 'post') return undefined
  const text = typeof request.body === 'string' ? request.body : ''
  return known.bodyOf(operation, { contentType: request.headers['content-type'], text })
}

const pathOf = (request: FastifyRequest) => request.params as Readonly<Record<string, string>>
const sentPathOf = ({ url }: FastifyRequest) => url.split('?', 1)[0] ?? ''
const queryOf = (request: FastifyRequest) => request.query as Readonly<Record<string, unknown>>

function send(reply: FastifyReply, { status, contentType, body }: BridgeReply): FastifyReply {
  if (body === undefined) return reply.code(status).send()
  return reply
    .code(status)
    .header('content-type', contentType ?? BRIDGE_TYPE)
    .send(Buffer.from(body))
}

function refuse(error: unknown, reply: FastifyReply): FastifyReply {
  const status = (error as { readonly statusCode?: number }).statusCode
  const code = error instanceof BridgeError ? error.code : (status ?? 500)
  const more = error instanceof BridgeError ? error.validationErrors : []
  const body = JSON.stringify(errorBody(code, reasonOf(error), more))
  return reply.code(code).header('content-type', BRIDGE_TYPE).send(Buffer.from(body))
}
