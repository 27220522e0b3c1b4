import type { Machine } from '../../domain/machine/machine.ts'
import { type Outcome, recheckAfter, settled } from '../outcome.ts'
import { type MachineParts, providerOf } from './machine-parts.ts'
import { reportMachine } from './report-machine.ts'

const RETRY_MS = 1_000

/**
 * Ends a deleted machine: first what its provider has, so that nothing runs on capacity that others get; then its
 * capacity; then, when the last event is out, the object.
 */
export async function removeMachine(parts: MachineParts, machine: Machine): Promise<Outcome> {
  if (!machine.held) return settled
  if (machine.status?.reason === 'Deleted') return letGo(parts, machine, machine.status.steps)
  const removal = machine.abandoned ? ({ kind: 'gone' } as const) : await providerOf(machine, parts).remove(machine)
  if (removal.kind === 'going') {
    const message = `${removal.message}; if that is gone for good: kubectl annotate vmachine ${machine.name} kbnt.io/abandon=true`
    const { recheckAfterMs } = removal
    const reservation = parts.capacity.find(machine)
    return reportMachine(parts, machine, { situation: { kind: 'leaving', message }, reservation, recheckAfterMs })
  }
  await parts.capacity.giveBack(machine)
  return reportMachine(parts, machine, { situation: { kind: 'left' } })
}

/** With the object its history goes, so its events go first. Their delivery has the machine looked at again. */
async function letGo({ machines, events }: MachineParts, machine: Machine, steps: number): Promise<Outcome> {
  if (events.published(machine.uid) < steps) return recheckAfter(RETRY_MS)
  const result = await machines.letGo(machine)
  switch (result.kind) {
    case 'notApplied':
      return recheckAfter(result.retryAfterMs)
    case 'unknown':
    case 'refused':
      throw new Error(`machine ${machine.namespace}/${machine.name} could not be let go: ${result.reason}`)
    default:
      return settled // gone; or changed, which the watch tells
  }
}
