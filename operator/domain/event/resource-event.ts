import type { Resource, Step } from '../resource/resource.ts'
import { SERVICE } from './cloud-event.ts'
import type { StockEvent } from './event.ts'
import { stepEvent, stepOf } from './step-event.ts'

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
  /** What people call one, and where it is. */
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
  const step: Step = stepOf(resource.status, number)
  const verb = step.status === 'Failed' ? 'failed' : words.verbs[step.operation]
  const context = {
    ...{ namespace, name, uid, plural: words.plural, cluster, number, term, at: step.at },
    ...{ occasion: `${words.noun}.${verb}`, correlationId: spec.requestId },
  }
  return stepEvent(context, {
    eventType: `${words.noun}_${verb}`.toUpperCase(),
    timestamp: step.at,
    service: SERVICE,
    domain: DOMAIN,
    operation: step.operation.toUpperCase(),
    status: step.status.toUpperCase(),
    message: step.message,
    [words.noun]: describe(words, resource),
    resources: words.resources(resource),
  })
}

function describe<R extends Resource>(words: EventWords<R>, resource: R): object {
  const { namespace, name, uid, spec, status } = resource
  return {
    namespace,
    name,
    uid,
    ...words.id(resource),
    provider: status?.provider ?? null,
    owner: spec.owner ?? null,
  }
}
