import type { Logger } from '../../application/logger.ts'
import type { ResourceObserver } from '../../application/resource/resource-parts.ts'
import type { Resource, ResourceStatus, StatusOf, Step } from '../../domain/resource/resource.ts'

/** Something for `kubectl describe` to show of a resource. */
export interface ResourceOccurrence {
  readonly resource: Resource
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly action: string
  readonly note: string
}

export interface ResourceObserverParts<R extends Resource> {
  /** The field of logs that has its name: machine. */
  readonly noun: string
  readonly logger: Logger
  /** Must not wait or throw. */
  readonly record: (occurrence: ResourceOccurrence) => void
  readonly measure: (resource: R, status: StatusOf<R>, step: Step) => void
  /** Reasons of which no Kubernetes Event tells. */
  readonly quietReasons: ReadonlySet<string>
  /** What was done or tried when one came to a phase with something to say. */
  readonly actions: Readonly<Record<StatusOf<R>['phase'], string>>
  /** Phases in which it is only waited for. */
  readonly waiting: ReadonlySet<string>
}

/** Turns what resources go through into one log line a step, metrics, and Kubernetes Events for what people ask about. */
export function resourceObserver<R extends Resource>(parts: ResourceObserverParts<R>): ResourceObserver<R> {
  const { noun, logger, record, measure, quietReasons, actions, waiting } = parts
  return {
    told(resource, status, steps) {
      for (const step of steps) {
        measure(resource, status, step)
        logger[step.status === 'Failed' ? 'warn' : 'info'](
          `${step.operation}: ${step.message}`,
          fieldsOf(noun, resource, status, step),
        )
      }
      const { reason, phase, message } = status
      if (quietReasons.has(reason) || message === resource.status?.message) return
      const type = waiting.has(phase) ? 'Normal' : 'Warning'
      record({ resource, type, reason, action: actions[phase as StatusOf<R>['phase']], note: message })
    },
  }
}

/** Seconds from the creation of the object to a step. */
export function ageAt({ createdAt }: Resource, { at }: Step): number {
  return Math.max(0, (Date.parse(at) - createdAt) / 1_000)
}

/** Whether a step is the first of its operation that succeeded, as far as is remembered. */
export function isFirst({ status }: Resource, { operation }: Step): boolean {
  return !status?.history.some((earlier) => earlier.operation === operation && earlier.status === 'Succeeded')
}

function fieldsOf(
  noun: string,
  { namespace, name, uid, spec }: Resource,
  { steps, history }: ResourceStatus,
  step: Step,
) {
  return {
    operation: step.operation,
    namespace,
    [noun]: name,
    eventId: `${uid}-${steps - history.length + 1 + history.indexOf(step)}`,
    ...(spec.requestId !== undefined && { correlationId: spec.requestId }),
    ...(spec.owner !== undefined && { userId: spec.owner }),
  }
}
