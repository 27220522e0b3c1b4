import { numberedSteps } from '../numbered-steps.ts'
import { keyOf } from '../reservation/reservation.ts'
import type { Resource, Step } from '../resource/resource.ts'
import { cloudEventHeaders, positionHeaders, SERVICE, typeOf } from './cloud-event.ts'
import type { StockEvent } from './event.ts'

export interface ResourceEventContext {
  readonly cluster: string
  /** The number of the step among all of its resource. */
  readonly number: number
  /** Of the leader that sends it: the one thing in which a redelivery may differ. */
  readonly term: number
}

/** How the events of one kind say it. */
export interface EventWords<R extends Resource> {
  /** In types and as the field of the resource: machine. */
  readonly noun: string
  readonly plural: string
  readonly verbs: Readonly<Record<string, string>>
  /** What people call one. */
  id(resource: R): object
  /** What it was asked for with. */
  resources(resource: R): object
}

const DOMAIN = 'virtualization'

/**
 * The event of one step of a resource: nothing in it but the step and what of the resource never changes. Throws when the
 * step is not, or no longer, in its history.
 */
export function resourceEventFrom<R extends Resource>(
  words: EventWords<R>,
  resource: R,
  { number, cluster, term }: ResourceEventContext,
): StockEvent {
  const { namespace, name, uid, spec } = resource
  const step = stepOf(resource, number)
  const verb = step.status === 'Failed' ? 'failed' : words.verbs[step.operation]
  const id = `${uid}-${number}`
  const type = typeOf(`${words.noun}.${verb}`)
  const envelope = {
    ...{ id, type, time: step.at, subject: name, correlationId: spec.requestId },
    source: `/kbnt.io/${cluster}/${namespace}/${words.plural}/${name}`,
  }
  return {
    id,
    type,
    sequence: number,
    key: keyOf(namespace, name),
    headers: { ...cloudEventHeaders(envelope), ...positionHeaders(number, term) },
    value: JSON.stringify({
      eventId: id,
      eventType: `${words.noun}_${verb}`.toUpperCase(),
      timestamp: step.at,
      service: SERVICE,
      domain: DOMAIN,
      operation: step.operation.toUpperCase(),
      status: step.status.toUpperCase(),
      message: step.message,
      [words.noun]: describe(words, resource),
      resources: words.resources(resource),
      sequence: number,
      previousSequence: number - 1,
      correlationId: spec.requestId ?? null,
    }),
    timestampMs: Date.parse(step.at),
  }
}

function stepOf({ status }: Resource, number: number): Step {
  const found = status && numberedSteps(status).find((numbered) => numbered.number === number)
  if (!found) throw new Error(`step ${number} is not in the history`)
  return found.step
}

function describe<R extends Resource>(words: EventWords<R>, resource: R): object {
  const { namespace, name, uid, spec, status } = resource
  const { pool, poolNamespace, owner } = spec
  return {
    namespace,
    name,
    uid,
    ...words.id(resource),
    pool,
    poolNamespace,
    provider: status?.provider ?? null,
    owner: owner ?? null,
  }
}
