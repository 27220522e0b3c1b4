import type { Machine } from '../../domain/machine/machine.ts'
import { SKEW_RETRY_MS } from '../clock-skew.ts'
import { type Outcome, recheckAfter, settled } from '../outcome.ts'
import { assessMachine } from './assess-machine.ts'
import type { MachineParts } from './machine-parts.ts'
import { removeMachine } from './remove-machine.ts'
import { type Assessment, reportMachine } from './report-machine.ts'

/** A machine that is further within it gets no status that says it is asking; when it has to wait it says so at once. */
const QUIET_MS = 10_000

/**
 * Brings one machine a step nearer to what its spec asks for: gather and act, then report. Safe to repeat. While the clock
 * is wrong nothing is begun: what came of it could not be told with its time.
 */
export async function reconcileMachine(parts: MachineParts, key: string): Promise<Outcome> {
  const seen = parts.machines.find(key)
  if (!seen) return settled
  parts.events.send(seen)
  if (!(await parts.clockIsRight(seen))) return recheckAfter(SKEW_RETRY_MS)
  if (seen.deletingSince !== undefined) return removeMachine(parts, seen)
  const waitMs = parts.nextTries.waitMs(seen)
  if (waitMs > 0) return recheckAfter(waitMs)
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

/** A server whose clock was wrong may have dated the object far ahead: that keeps it quiet no longer. */
function quietFor({ clock }: MachineParts, { status, createdAt }: Machine, { situation }: Assessment): number {
  const passing = situation.kind === 'reserving' && situation.reason === 'Reserving'
  if (!passing || status) return 0
  const ageMs = clock.now() - createdAt
  return ageMs < -QUIET_MS ? 0 : Math.min(QUIET_MS, QUIET_MS - ageMs)
}
