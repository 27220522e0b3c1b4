import type { Logger } from '../../application/logger.ts'
import type { MachineObserver } from '../../application/machine/machine-kind.ts'
import type { Machine, MachineStatus } from '../../domain/machine/machine.ts'
import { quietMachineReasons } from '../../domain/machine/machine-reasons.ts'
import type { Step } from '../../domain/resource/resource.ts'
import type { MachineMetrics } from './machine-metrics.ts'
import { ageAt, isFirst, type ResourceOccurrence, resourceObserver } from './resource-observer.ts'

export interface MachineObserverParts {
  readonly metrics: MachineMetrics
  readonly logger: Logger
  /** Must not wait or throw. */
  readonly record: (occurrence: ResourceOccurrence) => void
}

/** What is logged, counted and recorded of machines. */
export function machineObserver({ metrics, logger, record }: MachineObserverParts): MachineObserver {
  return resourceObserver<Machine>({
    ...{ noun: 'machine', logger, record, actions, waiting: new Set(['Reserving']) },
    quietReasons: quietMachineReasons,
    measure: (machine, status, step) => measure(metrics, machine, status, step),
  })
}

const actions: Readonly<Record<MachineStatus['phase'], string>> = {
  Pending: 'Begin',
  Reserving: 'Reserve',
  Provisioning: 'Provision',
  Running: 'Run',
  Stopped: 'Stop',
  Failed: 'Fail',
  Deleting: 'Delete',
}

function measure(metrics: MachineMetrics, machine: Machine, status: MachineStatus, step: Step): void {
  const { operation } = step
  const { pool } = machine.spec
  if (operation === 'Fail') metrics.ended('failed', pool)
  if (step.status === 'Failed') return
  const first = isFirst(machine, step)
  if (operation === 'Provision' && first) metrics.provisionedAfter(ageAt(machine, step))
  if (operation !== 'Run') return
  metrics.bootedIn(status.bootTimeSeconds ?? 0)
  if (!first) return
  metrics.runningAfter(ageAt(machine, step))
  metrics.ended('success', pool)
}
