import { childNameOf, type HourlyCost, type Machine, type MachineStatus } from '../../domain/machine/machine.ts'
import { machineStatusAfter } from '../../domain/machine/machine-status.ts'
import type { Situation } from '../../domain/machine/situation.ts'
import { forgets } from '../../domain/machine/steps.ts'
import type { Reservation } from '../../domain/reservation/reservation.ts'
import { SKEW_RETRY_MS } from '../clock-skew.ts'
import { markNext, sooner } from '../event/published-mark.ts'
import { type Outcome, recheckAfter, settled } from '../outcome.ts'
import { sameValue } from '../same-value.ts'
import { afterUnwritten } from '../unwritten.ts'
import { type MachineParts, providerNameOf } from './machine-parts.ts'

/** What one look at a machine has found. */
export interface Assessment {
  readonly situation: Situation
  /** Its reservation, if there is one. */
  readonly reservation?: Reservation | undefined
  /** When to look again where nothing else would tell. */
  readonly recheckAfterMs?: number | undefined
}

/** What these say is soon followed by another status. */
const passing: ReadonlySet<string> = new Set(['Reserving', 'Starting'])
const UNPUBLISHED_MS = 1_000

/**
 * Stores what was found, when it differs from what is stored, and sends its events. Where the clock went wrong meanwhile
 * nothing is stored, and the machine is looked at again: what is stored has the time in it.
 */
export async function reportMachine(parts: MachineParts, machine: Machine, assessment: Assessment): Promise<Outcome> {
  if (parts.skew.excessMs() !== 0) return recheckAfter(SKEW_RETRY_MS)
  const next = statusOf(parts, machine, assessment)
  const recheck = assessment.recheckAfterMs === undefined ? settled : recheckAfter(assessment.recheckAfterMs)
  if (isToldAlready(machine.status, next)) return markPublished(parts, machine, next, recheck)
  if (forgets(next)) return recheckAfter(UNPUBLISHED_MS) // its events come first, or they would be lost
  return store(parts, machine, next, recheck)
}

function statusOf(parts: MachineParts, machine: Machine, { situation, reservation }: Assessment): MachineStatus {
  const holds = reservation?.status?.phase === 'Confirmed'
  return machineStatusAfter(machine, situation, {
    at: new Date(parts.clock.now()).toISOString(),
    provider: providerNameOf(machine, parts),
    reservation: reservation || machine.status?.reservation ? childNameOf(machine) : undefined,
    capacity: holds ? { cost: costOf(reservation) } : undefined,
    published: parts.events.published(machine.uid),
    maxTries: parts.maxTries,
  })
}

/** The prices of pools are per unit and hour, so what its units cost together is the machine's cost of an hour. */
function costOf({ status }: Reservation): HourlyCost[] {
  return (status?.totalPrice ?? []).map(({ amount, currency }) => ({ hourly: amount, currency }))
}

function isToldAlready(before: MachineStatus | undefined, next: MachineStatus): boolean {
  return before !== undefined && sameValue(before, { ...next, published: before.published })
}

/** What is published is marked by itself only when nothing else has been written for a while. */
async function markPublished(
  parts: MachineParts,
  machine: Machine,
  next: MachineStatus,
  recheck: Outcome,
): Promise<Outcome> {
  const before = machine.status as MachineStatus
  if (passing.has(before.reason)) return recheck
  const due = markNext(before, next.published, parts.clock.now())
  if (due === 'nothing') return recheck
  return due === 'mark' ? store(parts, machine, next, recheck) : sooner(recheck, due.lookAfterMs)
}

async function store(parts: MachineParts, machine: Machine, next: MachineStatus, recheck: Outcome): Promise<Outcome> {
  const result = await parts.machines.report(machine, next)
  if (result.kind !== 'written') return afterUnwritten(result, `machine ${machine.namespace}/${machine.name}`)
  const added = next.steps - (machine.status?.steps ?? 0)
  parts.observer.told(machine, next, added > 0 ? next.history.slice(-added) : [])
  parts.events.send(result.machine)
  return recheck
}
