import type { Machine, MachineConditionType, MachineStatus } from '../../domain/machine/machine.ts'
import { machineWants } from '../../domain/machine/wants.ts'
import { numberedSteps } from '../../domain/numbered-steps.ts'
import { isFinished, keyOf, type Reservation } from '../../domain/reservation/reservation.ts'
import type { Finding } from './finding.ts'

/** A machine may learn this much later that its capacity is there: the operator may just be starting. */
const LATE_MS = 30_000
/** What was not finished for this long is stuck. */
const STUCK_MS = 5 * 60_000

/** A reservation that says by its label that it was made for a machine. */
export interface MachineReservation extends Reservation {
  readonly machineUid: string
}

export interface MachineFacts {
  readonly machines: readonly Machine[]
  /** Uids of all machines that existed while this was read. */
  readonly machineUids: ReadonlySet<string>
  readonly machineReservations: readonly MachineReservation[]
  /** Milliseconds since 1970. */
  readonly now: number
}

/** What is known of one machine's capacity, for people. */
export interface MachineBooks {
  readonly machine: Machine
  /** Whether a Confirmed reservation is its own. */
  readonly holds: boolean
  /** Steps that are not published, and what the operator has yet to do or to say. */
  readonly unfinished: number
  readonly findings: readonly Finding[]
}

/** Compares every machine with the reservations that were made for it. */
export function auditMachines({ machines, machineReservations, now }: MachineFacts): MachineBooks[] {
  const own = Map.groupBy(machineReservations.filter(isActive), ({ machineUid }) => machineUid)
  return machines.map((machine) => {
    const reservations = (own.get(machine.uid) ?? []).filter(({ namespace }) => namespace === machine.namespace)
    return booksOf({ machine, reservations, now })
  })
}

/** Capacity that is held or asked for, and whose machine is not there. */
export function auditCapacity({ machineReservations, machineUids }: Omit<MachineFacts, 'machines' | 'now'>): Finding[] {
  const orphaned = machineReservations.filter((one) => isActive(one) && !machineUids.has(one.machineUid))
  return orphaned.map(({ namespace, name, machineUid, status }) => ({
    about: keyOf(namespace, name),
    message: `is ${status?.phase ?? 'not decided'} for a machine (uid ${machineUid}) that does not exist`,
    runbook: 'machines-and-capacity',
  }))
}

/** Deleted counts as over: what it held goes back. */
function isActive({ status, deleting }: Reservation): boolean {
  return !deleting && !isFinished(status?.phase)
}

interface MachineFound {
  readonly machine: Machine
  /** The active ones that were made for it. */
  readonly reservations: readonly Reservation[]
  readonly now: number
}

function booksOf(found: MachineFound): MachineBooks {
  const { machine, reservations } = found
  const { namespace, name, status } = machine
  const messages = [...several(found), ...(status ? [...capacityOf(found, status), ...stuck(found, status)] : [])]
  const unpublished = status ? status.steps - status.published : 1
  return {
    machine,
    holds: reservations.some(isConfirmed),
    unfinished: unpublished + (isUnderWay(found) ? 1 : 0),
    findings: messages.map((message) => ({
      about: keyOf(namespace, name),
      message,
      runbook: 'machines-and-capacity',
    })),
  }
}

function isConfirmed({ status }: Reservation): boolean {
  return status?.phase === 'Confirmed'
}

function says(status: MachineStatus | undefined, type: MachineConditionType): boolean {
  return status?.conditions.some((condition) => condition.type === type && condition.status === 'True') ?? false
}

/** What the operator is about to do or to say, whether it is late with it or not. */
function isUnderWay({ machine: { status, deletingSince }, reservations }: MachineFound): boolean {
  if (deletingSince !== undefined) return true
  if (status?.phase === 'Failed') return reservations.length > 0
  return says(status, 'CapacityReserved') !== reservations.some(isConfirmed)
}

function several({ reservations }: MachineFound): string[] {
  if (reservations.length < 2) return []
  return [`has ${reservations.length} reservations: ${reservations.map(({ name }) => name).join(', ')}; it needs one`]
}

function capacityOf(found: MachineFound, status: MachineStatus): string[] {
  if (found.machine.deletingSince !== undefined) return removed(status)
  if (status.phase === 'Failed') return failed(found, status)
  const holding = found.reservations.find(isConfirmed)
  if (!holding) return uncovered(found, status)
  return [...untold(found, status, holding), ...wrongSize(found, holding)]
}

/** Capacity goes back after the provider has let go. One that had lost it before is kept without, stopped, for its disk. */
function removed(status: MachineStatus): string[] {
  const lost = status.history.some(({ operation }) => operation === 'Fail')
  if (lost || !says(status, 'Provisioned') || says(status, 'CapacityReserved')) return []
  return ['is being deleted, its provider still has it, and its capacity was given back before']
}

function failed({ reservations, now }: MachineFound, { history }: MachineStatus): string[] {
  const [first] = reservations
  const since = history.at(-1)?.at ?? ''
  if (!first || !(Date.parse(since) + STUCK_MS < now)) return []
  return [
    `has failed, and its reservation ${first.name} still has capacity for it; nothing has happened since ${since}`,
  ]
}

function uncovered({ reservations }: MachineFound, status: MachineStatus): string[] {
  const claims = says(status, 'CapacityReserved')
  const exists = ['Running', 'Provisioning', 'Stopped'].includes(status.phase) || says(status, 'Provisioned')
  if (!claims && !exists) return []
  const [first] = reservations
  const why = first ? `${first.name} is ${first.status?.phase ?? 'not decided'}` : 'it has none'
  return [
    exists
      ? `is ${status.phase} without capacity: no reservation of its own is Confirmed, ${why}`
      : `says CapacityReserved, but no reservation of its own is Confirmed, ${why}`,
  ]
}

function untold({ now }: MachineFound, status: MachineStatus, { name, status: told }: Reservation): string[] {
  const late = Date.parse(told?.confirmedAt ?? '') + LATE_MS < now
  if (says(status, 'CapacityReserved') || !late) return []
  return [`does not say CapacityReserved, though its reservation ${name} is Confirmed since ${told?.confirmedAt}`]
}

/** Which stock counts what is the pool's affair, and may have changed since: the numbers alone must be the same. */
function wrongSize({ machine: { spec } }: MachineFound, { name, status }: Reservation): string[] {
  const wants = machineWants(spec).map(({ quantity }) => quantity)
  const has = (status?.items ?? []).map(({ quantity }) => quantity)
  const sorted = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b).join(', ')
  if (sorted(wants) === sorted(has)) return []
  return [`needs ${wants.join(', ')} of its pool, but its reservation ${name} holds ${has.join(', ') || 'nothing'}`]
}

/** While these last, what is published is not marked by itself. */
const passing: ReadonlySet<string> = new Set(['Reserving', 'Starting'])

function stuck({ now }: MachineFound, status: MachineStatus): string[] {
  const { steps, published, reason } = status
  const oldest = numberedSteps(status).find(({ number }) => number > published)
  if (!oldest || passing.has(reason) || Date.parse(oldest.step.at) + STUCK_MS >= now) return []
  return [`step ${oldest.number} of ${oldest.step.at} is not published; ${steps - published} steps wait`]
}
