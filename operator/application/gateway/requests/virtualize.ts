import { canonicalText } from '../../../domain/canonical.ts'
import { API_BASE } from '../../../domain/gateway/api-base.ts'
import type { NewRequest } from '../../virtualization/request-store.ts'
import { type Answer, isOfTheMoment, Problem, positionHeader } from '../answer.ts'
import type { Call, Operation } from '../call.ts'
import { asReplay, mustBeLed, notCreated } from '../create.ts'
import type { GatewayWorld } from '../gateway-world.ts'
import type { Request } from '../generated/contract.ts'
import { newestOf } from '../newest.ts'
import type { SeenRequest } from '../objects.ts'
import { locationOf, waitingOf, waitKey } from '../where.ts'
import { requestOf } from './request-draft.ts'
import type { RequestSending } from './request-topic.ts'
import { sendRequest } from './send-request.ts'

/** How long the watch may be behind an object that the API server says is there. */
const WATCH_MS = 2_000
const LOOK_AGAIN_SECONDS = '1'

/** The operation that asks for a resource, or for the end of one. */
export function virtualizeOperations(world: GatewayWorld): Readonly<Record<string, Operation>> {
  return { virtualize: (call) => virtualize(world, call) }
}

/**
 * Stores what is asked for, and gives it as it stands once the operator has said anything of it; or sends it to the topic
 * where workers take requests from. It is 202 whatever came of it: what became of a request is told by the request.
 */
async function virtualize(world: GatewayWorld, call: Call): Promise<Answer> {
  const request = await requestOf(world, call)
  const { namespace, name } = request
  const known = world.blind(namespace) === undefined ? world.requests.get(namespace, name) : undefined
  if (known) return replayed(world, call, request, known)
  if (world.sending) return sent(world, call, request, world.sending)
  await mustBeLed(world, call)
  const written = await world.requests.create(call.caller, request)
  switch (written.kind) {
    case 'stored':
      return answerWhenJudged(world, call, written.object)
    case 'exists':
      return repeated(world, call, request)
    case 'unknown':
      return looked(world, call, { request, reason: written.reason })
    case 'gone':
    case 'stale':
      throw notCreated(written)
  }
}

async function sent(world: GatewayWorld, call: Call, request: NewRequest, sending: RequestSending): Promise<Answer> {
  const { name, digest } = request
  const isKeyed = call.parameters['Idempotency-Key'] !== undefined // else nobody has its name
  if (isKeyed && sending.keys.standsForOther(name, digest)) throw keyReused(name)
  const became = await sendRequest(sending, request, call.parameters['traceparent'] as string | undefined)
  // a worker may be long in coming: only who says so waits for it
  const waits = call.parameters['Prefer'] !== undefined
  const seen = waits ? await whenSeen(world, call, request) : undefined
  if (seen) return replayed(world, call, request, seen)
  const again = 'send it again with the same Idempotency-Key'
  if (became.kind === 'unknown')
    return taken(maybe(request, `whether Kafka has it is not known: ${became.reason}; ${again}`))
  return taken(maybe(request, `it is in ${sending.names.topic}`), { at: became.at })
}

async function answerWhenJudged(world: GatewayWorld, call: Call, seen: SeenRequest): Promise<Answer> {
  const { namespace, name, uid } = seen
  const latest = () => world.requests.get(namespace, name)
  if (!seen.judged) {
    const isJudged = () => latest()?.uid === uid && latest()?.judged === true
    await world.waits.until(waitKey('request', namespace, name), isJudged, waitingOf(call))
  }
  const { shown, position } = newestOf(seen, latest())
  return taken(shown, { headers: positionHeader('vrequests', position) })
}

interface Where {
  /** Of its message in the topic. */
  readonly at?: string
  readonly headers?: Readonly<Record<string, string>>
}

function taken(shown: Request, { at, headers = {} }: Where = {}): Answer {
  const location = `${locationOf('/requests', shown.namespace, shown.requestId)}${at === undefined ? '' : `&at=${at}`}`
  const isOver = shown.status === 'Completed' || shown.status === 'Failed'
  return {
    ...{ status: 202, location, body: { ...shown, trackingUrl: `${API_BASE}${location}` } },
    headers: { ...headers, ...(!isOver && { 'Retry-After': LOOK_AGAIN_SECONDS }) },
  }
}

async function replayed(world: GatewayWorld, call: Call, request: NewRequest, known: SeenRequest): Promise<Answer> {
  const { messageType, payload } = request.spec
  if (canonicalText(known.asked) !== canonicalText({ messageType, payload })) throw keyReused(known.name)
  const answer = await answerWhenJudged(world, call, known)
  return asReplay(answer)
}

function keyReused(name: string): Problem {
  const detail = `this Idempotency-Key stands for another request, ${name}: give each request a key of its own`
  return new Problem('KeyReused', { detail })
}

/** The API server has one of this name: an earlier call made it, so that nothing may say that it failed. */
async function repeated(world: GatewayWorld, call: Call, request: NewRequest): Promise<Answer> {
  const { namespace, name } = request
  try {
    const known = () => (world.blind(namespace) === undefined ? world.requests.get(namespace, name) : undefined)
    const key = waitKey('request', namespace, name)
    if (world.blind(namespace) === undefined)
      await world.waits.until(key, () => known() !== undefined, waitingOf(call, WATCH_MS))
    const found = known() ?? (await world.requests.read(call.caller, namespace, name))
    if (found) return await replayed(world, call, request, found)
  } catch (error) {
    if (!isOfTheMoment(error)) throw error
    return taken(maybe(request, `it is stored, but how it stands can't be seen just now: ${error.message}`))
  }
  throw new Problem('Conflict', { detail: `the request ${name} was deleted a moment ago; send it again` })
}

/** No answer came: if it is stored, the watch tells. Nothing else may be said of it, least of all that it failed. */
async function looked(
  world: GatewayWorld,
  call: Call,
  { request, reason }: { readonly request: NewRequest; readonly reason: string },
): Promise<Answer> {
  const seen = await whenSeen(world, call, request)
  if (seen) return replayed(world, call, request, seen)
  return taken(maybe(request, `whether it is stored is not known: ${reason}`))
}

/** Waits for the API server, a worker and the watch, and not for the operator. Undefined = it is not there in time. */
async function whenSeen(world: GatewayWorld, call: Call, { namespace, name }: NewRequest) {
  const known = () => world.requests.get(namespace, name)
  const waiting = waitingOf(call, call.waitMs)
  await world.waits.until(waitKey('request', namespace, name), () => known() !== undefined, waiting)
  return known()
}

function maybe({ namespace, name, spec }: NewRequest, message: string): Request {
  const { messageId, correlationId = messageId, messageType: type } = spec
  return { requestId: name, namespace, status: 'Queued', message, messageId, correlationId, type }
}
