import { type Machine, machineIdOf, type Operation, type Step } from '../machine/machine.ts'
import { numberedSteps } from '../numbered-steps.ts'
import { keyOf } from '../reservation/reservation.ts'
import { cloudEventHeaders, positionHeaders, SERVICE, typeOf } from './cloud-event.ts'
import type { StockEvent } from './event.ts'

export interface MachineEventContext {
  readonly cluster: string
  /** The number of the step among all of its machine. */
  readonly number: number
  /** Of the leader that sends it: the one thing in which a redelivery may differ. */
  readonly term: number
}

const DOMAIN = 'virtualization'

const verbs: Readonly<Record<Operation, string>> = {
  Request: 'requested',
  Reserve: 'reserved',
  Provision: 'provisioned',
  Run: 'running',
  Stop: 'stopped',
  Fail: 'failed',
  Delete: 'deleted',
}

/**
 * The event of one step of a machine: nothing in it but the step and what of the machine never changes. Throws when the
 * step is not, or no longer, in its history.
 */
export function machineEventFrom(machine: Machine, { number, cluster, term }: MachineEventContext): StockEvent {
  const { namespace, name, uid, spec } = machine
  const step = stepOf(machine, number)
  const verb = step.status === 'Failed' ? 'failed' : verbs[step.operation]
  const id = `${uid}-${number}`
  const type = typeOf(`machine.${verb}`)
  const envelope = {
    ...{ id, type, time: step.at, subject: name, correlationId: spec.requestId },
    source: `/kbnt.io/${cluster}/${namespace}/vmachines/${name}`,
  }
  return {
    id,
    type,
    sequence: number,
    key: keyOf(namespace, name),
    headers: { ...cloudEventHeaders(envelope), ...positionHeaders(number, term) },
    value: JSON.stringify({
      eventId: id,
      eventType: `MACHINE_${verb.toUpperCase()}`,
      timestamp: step.at,
      service: SERVICE,
      domain: DOMAIN,
      operation: step.operation.toUpperCase(),
      status: step.status.toUpperCase(),
      message: step.message,
      machine: describe(machine),
      resources: { cpu: spec.cpu, memory: spec.memory, disk: spec.disk },
      sequence: number,
      previousSequence: number - 1,
      correlationId: spec.requestId ?? null,
    }),
    timestampMs: Date.parse(step.at),
  }
}

function stepOf({ status }: Machine, number: number): Step {
  const found = status && numberedSteps(status).find((numbered) => numbered.number === number)
  if (!found) throw new Error(`step ${number} is not in the history`)
  return found.step
}

function describe(machine: Machine): object {
  const { namespace, name, uid, spec, status } = machine
  const { pool, poolNamespace, owner } = spec
  return {
    namespace,
    name,
    uid,
    machineId: machineIdOf(machine),
    pool,
    poolNamespace,
    provider: status?.provider ?? null,
    owner: owner ?? null,
  }
}
