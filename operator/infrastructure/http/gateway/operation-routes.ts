import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Answer } from '../../../application/gateway/answer.ts'
import type { Operation } from '../../../application/gateway/call.ts'
import type { Caller } from '../../../application/gateway/caller.ts'
import type { LiveStream } from '../../../application/gateway/stream-events.ts'
import type { Logger } from '../../../application/logger.ts'
import { API_BASE } from '../../../domain/gateway/api-base.ts'
import type { Mistake } from '../../../domain/gateway/problem.ts'
import { bearerToken } from './bearer-token.ts'
import { type ContractDocument, type OperationContract, operationsOf } from './contract-document.ts'
import { EVENT_STREAM, sendEvents } from './event-stream.ts'
import { type ConnectionLimits, connectionLimits } from './http-server.ts'
import { bringsBody, invalidBody, isEmptyObject, jsonOf } from './json-body.ts'
import { parameterReader, queryOf } from './parameters.ts'
import { type Preferences, preferencesOf } from './preferences.ts'
import { internal, invalid } from './problem-details.ts'
import { type Admit, admitInHeaders } from './rate-headers.ts'
import { type Check, schemaChecks } from './schema-checks.ts'
import type { Visit } from './visits.ts'
import { withoutToken } from './without-token.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Absent until it has begun: not for what isn't even a URL. */
    visit: Visit | undefined
  }
}

export interface OperationParts {
  readonly document: ContractDocument
  /** By operationId: one for each of the document, and none besides. */
  readonly operations: Readonly<Record<string, Operation>>
  /** Says whose token it is. Throws a Problem. */
  readonly identify: (token: string) => Promise<Caller>
  readonly admit: Admit
  /** Counts so many writes besides, of a call that was let in. Throws a Problem where its caller owes some already. */
  readonly admitMore: (caller: Caller, writes: number) => void
  readonly logger: Logger
  readonly limits?: Partial<ConnectionLimits>
}

/** One route for Fastify. */
export interface OperationRoute {
  readonly method: OperationContract['method']
  readonly url: string
  /** With the place for the template that people know, and how large its bodies may be. */
  readonly config: { readonly path: string; readonly mostBytes?: number }
  /** Before its body is read: nobody unknown has us read one. */
  readonly onRequest: (request: FastifyRequest, reply: FastifyReply) => Promise<void>
  readonly handler: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>
}

/** A route for each operation of the document. Throws when one has none, and when there are others. */
export function operationRoutes(parts: OperationParts): OperationRoute[] {
  const { document, operations } = parts
  const contracts = operationsOf(document)
  const check = schemaChecks(document)
  const giveStream = streamGiver(parts)
  const ids = new Set(contracts.map(({ operationId }) => operationId))
  const missing = [...ids].filter((id) => !Object.hasOwn(operations, id))
  const left = Object.keys(operations).filter((id) => !ids.has(id))
  if (missing.length > 0) throw new Error(`nothing does ${missing.join(', ')} of the contract`)
  if (left.length > 0) throw new Error(`the contract has no ${left.join(', ')}`)
  if (ids.size < contracts.length) throw new Error('the contract has an operationId twice')
  return contracts.map((contract) => ({
    method: contract.method,
    url: contract.path.replaceAll(/\{([^}]+)\}/g, ':$1'),
    config: { path: contract.path, ...(contract.body?.mostBytes && { mostBytes: contract.body.mostBytes }) },
    onRequest: inErrors(authentication(parts)),
    handler: inErrors(
      handlerOf(contract, {
        operation: operations[contract.operationId] as Operation,
        check,
        giveStream,
        admit: parts.admit,
        admitMore: parts.admitMore,
      }),
    ),
  }))
}

/** Fastify answers what is thrown and no Error in its own way. */
function inErrors<T>(run: (request: FastifyRequest, reply: FastifyReply) => Promise<T>): typeof run {
  return async (request, reply) => {
    try {
      return await run(request, reply)
    } catch (error) {
      throw error instanceof Error ? error : new Error(`no Error, but ${String(error)}`)
    }
  }
}

function authentication({ identify, admit }: OperationParts): OperationRoute['onRequest'] {
  return async (request, reply) => {
    const visit = visitOf(request)
    const { authorization } = request.headers
    visit.tokenGiven = authorization !== undefined
    visit.caller = await identify(bearerToken(authorization, request.raw.rawHeaders))
    admitInHeaders(admit, reply, visit.caller, isRead(request) ? 'read' : 'write')
    visit.awaitsBody()
  }
}

/** A consistent read costs the API server as much as a write does. */
function isRead({ method, url }: FastifyRequest): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false
  return queryOf(url).values.get('consistent') !== 'true'
}

interface HandlerParts {
  readonly operation: Operation
  readonly check: (pointer: string) => Check
  readonly giveStream: GiveStream
  readonly admit: Admit
  readonly admitMore: OperationParts['admitMore']
}

function handlerOf(
  contract: OperationContract,
  { operation, check, giveStream, admit, admitMore }: HandlerParts,
): OperationRoute['handler'] {
  const readParameters = parameterReader(contract, check)
  const readBody = bodyReader(contract, check)
  const mayPrefer = contract.parameters.some(({ name }) => name === 'Prefer')
  return async (request, reply) => {
    const visit = visitOf(request)
    visit.bodyCame()
    const { headers, params, url } = request
    const { values, mistakes } = readParameters({
      path: params as Record<string, string>,
      query: queryOf(url),
      headers,
    })
    if (mistakes.length > 0) throw invalid([...mistakes, ...readBody(request).mistakes]) // of them one may be too long to be read
    const preferences = preferencesOf(mayPrefer ? (values['Prefer'] as string | undefined) : undefined)
    const body = readBody(request)
    const all = [...(preferences ? [] : [badWait]), ...body.mistakes]
    if (all.length > 0 || !preferences) throw invalid(all)
    if (typeof values['namespace'] === 'string') visit.namespace = values['namespace']
    const caller = visit.caller as Caller
    const answer = await visit.during(() =>
      operation({
        caller,
        parameters: values,
        body: body.value,
        requestId: visit.requestId,
        waitMs: preferences.waitMs,
        waited: visit.waited,
        countsAsWrite: () => admitInHeaders(admit, reply, caller, 'write'),
        countsAsWrites: (writes) => admitMore(caller, writes),
        noted: (fields) => {
          visit.notes = fields
        },
        over: visit.over,
      }),
    )
    if (answer.stream) return giveStream(request, reply, answer.stream)
    return give(reply, answer, preferences)
  }
}

const badWait: Mistake = { pointer: 'Prefer', detail: 'wait is not a whole number of seconds from 0 to 60' }
const nothingWrong: readonly Mistake[] = []

interface ReadBody {
  readonly value: unknown
  readonly mistakes: readonly Mistake[]
}

function bodyReader({ body: contract }: OperationContract, check: (pointer: string) => Check) {
  const mistakesIn = contract && check(contract.schema)
  return ({ body, headers }: FastifyRequest): ReadBody => {
    // Fastify leaves the body of a GET alone.
    if (body === undefined && bringsBody(headers)) throw invalidBody('this call takes none')
    const value = jsonOf(body as Buffer | undefined, headers)
    if (!mistakesIn) {
      if (value !== undefined && !isEmptyObject(value)) throw invalidBody('this call takes none')
      return { value: undefined, mistakes: nothingWrong }
    }
    if (value !== undefined) return { value, mistakes: mistakesIn(value) }
    if (contract?.required) throw invalidBody('it is missing')
    return { value, mistakes: nothingWrong }
  }
}

function give(reply: FastifyReply, answer: Answer, { applied }: Preferences): FastifyReply {
  const { status, body, location, headers } = answer
  reply.code(status).header('content-type', 'application/json; charset=utf-8')
  if (applied !== undefined) reply.header('preference-applied', applied)
  if (location !== undefined) reply.header('location', `${API_BASE}${location}`)
  if (headers) reply.headers(headers)
  return reply.send(JSON.stringify(body))
}

type GiveStream = (request: FastifyRequest, reply: FastifyReply, stream: LiveStream) => FastifyReply

/** HEAD gets the head alone. */
function streamGiver({ logger, limits }: OperationParts): GiveStream {
  const readTimeoutMs = limits?.readTimeoutMs ?? connectionLimits.readTimeoutMs
  return (request, reply, stream) => {
    const visit = visitOf(request)
    visit.startsStream()
    if (request.method === 'HEAD') {
      stream.close()
      return reply.code(200).header('content-type', EVENT_STREAM).send('')
    }
    return sendEvents(reply, stream, {
      readTimeoutMs,
      failed(error) {
        const { requestId, caller } = visit
        logger.error('stream failed', { requestId, error: withoutToken(error, caller?.token) })
        return internal(requestId)
      },
    })
  }
}

function visitOf({ visit }: FastifyRequest): Visit {
  if (!visit) throw new Error('a request that has not begun')
  return visit
}
