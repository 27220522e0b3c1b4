import type { Logger } from '../../application/logger.ts'
import type { MachineObserver } from '../../application/machine/machine-kind.ts'
import type { Machine, MachineStatus, Step } from '../../domain/machine/machine.ts'
import { quietMachineReasons } from '../../domain/machine/machine-reasons.ts'
import type { MachineMetrics } from './machine-metrics.ts'

/** Something for `kubectl describe` to show of a machine. */
export interface MachineOccurrence {
  readonly machine: Machine
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly action: string
  readonly note: string
}

export interface MachineObserverParts {
  readonly metrics: MachineMetrics
  readonly logger: Logger
  /** Must not wait or throw. */
  readonly record: (occurrence: MachineOccurrence) => void
}

/** Turns what machines go through into one log line a step, metrics, and Kubernetes Events for what people ask about. */
export function machineObserver({ metrics, logger, record }: MachineObserverParts): MachineObserver {
  return {
    told(machine, status, steps) {
      for (const step of steps) {
        measure(metrics, machine, status, step)
        logger[step.status === 'Failed' ? 'warn' : 'info'](
          `${step.operation}: ${step.message}`,
          fieldsOf(machine, status, step),
        )
      }
      const { reason, phase, message } = status
      if (quietMachineReasons.has(reason) || message === machine.status?.message) return
      const type = phase === 'Reserving' ? 'Normal' : 'Warning'
      record({ machine, type, reason, action: actions[phase], note: message })
    },
  }
}

/** What was done or tried when a machine came to this phase with something to say. */
const actions: Readonly<Record<MachineStatus['phase'], string>> = {
  Pending: 'Begin',
  Reserving: 'Reserve',
  Provisioning: 'Provision',
  Running: 'Run',
  Stopped: 'Stop',
  Failed: 'Fail',
  Deleting: 'Delete',
}

function measure(
  metrics: MachineMetrics,
  machine: Machine,
  status: MachineStatus,
  { operation, at, ...step }: Step,
): void {
  const { createdAt, spec } = machine
  const age = Math.max(0, (Date.parse(at) - createdAt) / 1_000)
  if (operation === 'Fail') metrics.ended('failed', spec.pool)
  if (step.status === 'Failed') return
  const first = !machine.status?.history.some(
    (earlier) => earlier.operation === operation && earlier.status === 'Succeeded',
  )
  if (operation === 'Provision' && first) metrics.provisionedAfter(age)
  if (operation !== 'Run') return
  metrics.bootedIn(status.bootTimeSeconds ?? 0)
  if (!first) return
  metrics.runningAfter(age)
  metrics.ended('success', spec.pool)
}

function fieldsOf({ namespace, name, uid, spec }: Machine, { steps, history }: MachineStatus, step: Step) {
  return {
    operation: step.operation,
    namespace,
    machine: name,
    eventId: `${uid}-${steps - history.length + 1 + history.indexOf(step)}`,
    ...(spec.requestId !== undefined && { correlationId: spec.requestId }),
    ...(spec.owner !== undefined && { userId: spec.owner }),
  }
}
