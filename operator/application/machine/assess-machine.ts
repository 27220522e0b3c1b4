import { childNameOf, type Machine, type MachineStatus } from '../../domain/machine/machine.ts'
import type { MachineReason } from '../../domain/machine/machine-reasons.ts'
import { violationOf } from '../../domain/machine/policy.ts'
import { linesOf } from '../../domain/machine/pool.ts'
import { isFinished, type Reservation } from '../../domain/reservation/reservation.ts'
import { longAgo, msBetween } from '../clock.ts'
import { type MachineParts, providerOf } from './machine-parts.ts'
import type { Assessment } from './report-machine.ts'

/** Where a watch may lag behind what this process has done itself. */
const WATCH_LAG_MS = 5_000
/** What nobody would tell us of is looked at again. */
const BLOCKED_MS = 10_000

/** Looks at a machine that is wanted, and does the next thing for it. May be repeated. */
export async function assessMachine(parts: MachineParts, machine: Machine): Promise<Assessment> {
  const reservation = await reservationOf(parts, machine)
  if (hasFailed(machine.status)) return afterFailure(parts, machine, machine.status, reservation)
  if (!reservation) return hadCapacity(machine) ? lose(parts, machine, reservation) : begin(parts, machine)
  const { phase, reason = 'ReservationRefused', message = '' } = reservation.status ?? {}
  if (phase === 'Confirmed') return provide(parts, machine, reservation)
  if (isFinished(phase)) {
    if (hadCapacity(machine)) return lose(parts, machine, reservation)
    return { situation: { kind: 'failed', reason, message }, reservation }
  }
  if (hadCapacity(machine)) return { ...unsure('CapacityUnconfirmed', unconfirmed(reservation)), reservation }
  if (phase === 'Waiting')
    return { situation: { kind: 'reserving', reason: 'WaitingForCapacity', message }, reservation }
  return reserving(machine, reservation)
}

/** What has been there and is missing in the watch is asked of the store itself. */
async function reservationOf({ capacity }: MachineParts, machine: Machine): Promise<Reservation | undefined> {
  const seen = capacity.find(machine)
  return seen || !hadCapacity(machine) ? seen : capacity.read(machine)
}

/** What its provider has was made on capacity. */
function hadCapacity({ status }: Machine): boolean {
  return isTrue(status, 'CapacityReserved') || isTrue(status, 'Provisioned')
}

function isTrue(status: MachineStatus | undefined, type: 'CapacityReserved' | 'Provisioned'): boolean {
  return status?.conditions.some((condition) => condition.type === type && condition.status === 'True') ?? false
}

/** For good: a broken policy is looked at again, it may have been changed. */
function hasFailed(status: MachineStatus | undefined): status is MachineStatus {
  return status?.phase === 'Failed' && status.reason !== 'PolicyViolation'
}

/** Asks for its capacity, unless something is against it that would have to be given back at once. */
async function begin(parts: MachineParts, machine: Machine): Promise<Assessment> {
  const { capacity, pools, policies, askedAt, clock } = parts
  const { spec, uid } = machine
  if (msBetween(askedAt.get(uid) ?? longAgo, clock.tick()) < WATCH_LAG_MS) return reserving(machine)
  const unavailable = await providerOf(machine, parts).unavailable(machine.namespace)
  if (unavailable !== undefined) return blocked('ProviderUnavailable', unavailable)
  const violation = violationOf(spec, policies, othersOfOwner(parts, machine))
  if (violation !== undefined)
    return { situation: { kind: 'failed', reason: 'PolicyViolation', message: violation }, recheckAfterMs: BLOCKED_MS }
  const stocks = pools.stocksOf(spec.poolNamespace, spec.pool)
  if (!stocks) return blocked('PoolMissing', `the stocks of namespace ${spec.poolNamespace} can't be listed`)
  const answer = linesOf(spec, stocks)
  if (answer.kind === 'trouble') return blocked(answer.reason, answer.message)
  askedAt.set(uid, clock.tick()) // before the call: another machine of its owner must count it from now on
  const asked = await capacity.ask(machine, answer.lines)
  if (asked.kind !== 'refused') return reserving(machine)
  askedAt.delete(uid)
  return blocked('ReservationRefused', asked.reason)
}

function blocked(reason: MachineReason, message: string): Assessment {
  return { situation: { kind: 'blocked', reason, message }, recheckAfterMs: BLOCKED_MS }
}

function unsure(reason: MachineReason, message: string): Assessment {
  return { situation: { kind: 'unsure', reason, message }, recheckAfterMs: BLOCKED_MS }
}

/** Its books may have been restored: the engine confirms it again, or ends it. */
function unconfirmed({ name, status }: Reservation): string {
  return `reservation ${name} held its capacity and is ${status?.phase ?? 'not decided'} now`
}

function reserving({ spec }: Machine, reservation?: Reservation): Assessment {
  const message = `asks for ${spec.cpu} vCPU, ${spec.memory} memory and ${spec.disk} disk of pool ${spec.pool}`
  return { situation: { kind: 'reserving', reason: 'Reserving', message }, reservation, recheckAfterMs: WATCH_LAG_MS }
}

/** Others of its owner that have capacity or were let through to ask for it. */
function othersOfOwner({ machines, capacity, policies, askedAt }: MachineParts, { uid, spec }: Machine): number {
  if (policies.maxPerOwner === undefined || spec.owner === undefined) return 0
  let count = 0
  for (const other of machines.all()) {
    if (other.uid === uid || other.spec.owner !== spec.owner || hasFailed(other.status)) continue
    if (askedAt.has(other.uid) || capacity.find(other)) count += 1
  }
  return count
}

async function provide(parts: MachineParts, machine: Machine, reservation: Reservation): Promise<Assessment> {
  const provider = providerOf(machine, parts)
  const unavailable = await provider.unavailable(machine.namespace)
  if (unavailable !== undefined) {
    const exists = isTrue(machine.status, 'Provisioned')
    return { ...(exists ? unsure : blocked)('ProviderUnavailable', unavailable), reservation }
  }
  const provided = await provider.ensure(machine)
  const recheckAfterMs = provided.kind === 'starting' ? provided.recheckAfterMs : undefined
  return { situation: { kind: 'provided', provided }, reservation, recheckAfterMs }
}

/** It must not run on what it does not hold: it is stopped, and kept for its disk. */
async function lose(parts: MachineParts, machine: Machine, reservation: Reservation | undefined): Promise<Assessment> {
  const why = reservation ? `is ${reservation.status?.phase} (${reservation.status?.reason})` : 'was deleted'
  const stopped = await halt(parts, machine)
  const message =
    `its reservation ${childNameOf(machine)} ${why}, so its capacity is lost and the machine ` +
    `${stopped ? 'is stopped' : 'is being stopped'}; delete this VirtualMachine and apply it again`
  return { situation: { kind: 'failed', reason: 'CapacityLost', message } }
}

async function halt(parts: MachineParts, machine: Machine): Promise<boolean> {
  if (!isTrue(machine.status, 'Provisioned')) return true
  const provided = await providerOf(machine, parts).ensure({
    ...machine,
    spec: { ...machine.spec, runStrategy: 'Halted' },
  })
  return provided.kind === 'stopped'
}

/** Frees what a failed machine still has: first its provider's part, then its capacity. */
async function afterFailure(
  parts: MachineParts,
  machine: Machine,
  status: MachineStatus,
  reservation: Reservation | undefined,
): Promise<Assessment> {
  if (status.reason === 'CapacityLost') return lose(parts, machine, reservation)
  const told = asFailed(status)
  if (!reservation || isFinished(reservation.status?.phase)) return told
  const removal = await providerOf(machine, parts).remove(machine)
  if (removal.kind === 'going') return { ...told, reservation, recheckAfterMs: removal.recheckAfterMs }
  await parts.capacity.giveBack(machine)
  return told
}

/** As it was told when it failed. */
function asFailed({ reason, message }: MachineStatus): Assessment {
  return { situation: { kind: 'failed', reason: reason as MachineReason, message } }
}
