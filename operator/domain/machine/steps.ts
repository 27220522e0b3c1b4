import { became, stepsOf } from '../resource/history.ts'
import type { Machine, MachineStatus, Operation, Step } from './machine.ts'
import type { Situation, StatusFacts } from './situation.ts'

type Next = Pick<MachineStatus, 'phase' | 'message' | 'conditions' | 'tries' | 'reservation'>

/** What has happened between a machine's status and its next one, in the order in which it must have happened. */
export function stepsBetween(
  { status: before, spec }: Machine,
  next: Next,
  situation: Situation,
  facts: StatusFacts,
): Step[] {
  const { message } = next
  const disk = spec.disk === undefined ? '' : `, ${spec.disk} disk`
  const on = spec.storages ? `, on storages ${spec.storages.join(', ')}` : ''
  const asked = `${spec.cpu} vCPU, ${spec.memory} memory${disk} of pool ${spec.pool}${on}`
  const refused = (next.tries ?? 0) > (before?.tries ?? 0)
  const failed = next.phase === 'Failed' && before?.phase !== 'Failed'
  const left = situation.kind === 'left' && before?.reason !== 'Deleted'
  return stepsOf<Operation>(
    [
      [before === undefined, 'Request', asked],
      [became(before, next, 'CapacityReserved', 'True'), 'Reserve', `held by reservation ${next.reservation}`],
      [refused, 'Provision', message, 'Failed'],
      [became(before, next, 'Provisioned', 'True'), 'Provision', `${facts.provider} has it`],
      [became(before, next, 'Running', 'True'), 'Run', message],
      [became(before, next, 'Running', 'False'), 'Stop', message],
      [failed, 'Fail', message, 'Failed'],
      [left, 'Delete', message],
    ],
    facts.at,
  )
}
