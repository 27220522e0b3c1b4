import type { Machine } from '../../domain/machine/machine.ts'
import { type Outcome, recheckAfter, recheckAt, settled } from '../outcome.ts'
import { assessMachine } from './assess-machine.ts'
import type { MachineParts } from './machine-parts.ts'
import { removeMachine } from './remove-machine.ts'
import { type Assessment, reportMachine } from './report-machine.ts'

/** A machine that is further within it gets no status that says it is asking; when it has to wait it says so at once. */
const QUIET_MS = 10_000

/** Brings one machine a step nearer to what its spec asks for: gather and act, then report. Safe to repeat. */
export async function reconcileMachine(parts: MachineParts, key: string): Promise<Outcome> {
  const seen = parts.machines.find(key)
  if (!seen) return settled
  parts.events.send(seen)
  if (seen.deletingSince !== undefined) return removeMachine(parts, seen)
  const nextTryAt = Date.parse(seen.status?.nextTryAt ?? '')
  if (nextTryAt > parts.clock.now()) return recheckAt(nextTryAt, parts.clock.now())
  const machine = await hold(parts, seen)
  if ('outcome' in machine) return machine.outcome
  const assessment = await assessMachine(parts, machine)
  const quietMs = quietFor(parts, machine, assessment)
  if (quietMs > 0) return recheckAfter(Math.min(quietMs, assessment.recheckAfterMs ?? quietMs))
  return reportMachine(parts, machine, assessment)
}

/** Nothing is taken for a machine before we are sure to see it go. */
async function hold({ machines }: MachineParts, machine: Machine): Promise<Machine | { readonly outcome: Outcome }> {
  if (machine.held) return machine
  const result = await machines.hold(machine)
  switch (result.kind) {
    case 'written':
      return result.machine
    case 'conflict':
    case 'gone':
      return { outcome: settled } // the watch brings what is newer
    case 'notApplied':
      return { outcome: recheckAfter(result.retryAfterMs) }
    default:
      throw new Error(`machine ${machine.namespace}/${machine.name} could not be held: ${result.reason}`)
  }
}

function quietFor({ clock }: MachineParts, { status, createdAt }: Machine, { situation }: Assessment): number {
  const passing = situation.kind === 'reserving' && situation.reason === 'Reserving'
  return passing && !status ? Math.min(QUIET_MS, createdAt + QUIET_MS - clock.now()) : 0
}
