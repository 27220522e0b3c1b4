import type { Machine, MachineConditionType, MachineStatus, Operation, Step } from './machine.ts'
import type { Situation, StatusFacts } from './situation.ts'

/** As many as the CRD lets a status keep. */
const KEPT = 16

type Next = Pick<MachineStatus, 'phase' | 'message' | 'conditions' | 'tries' | 'reservation'>

/** What has happened between a machine's status and its next one, in the order in which it must have happened. */
export function stepsBetween(
  { status: before, spec }: Machine,
  next: Next,
  situation: Situation,
  facts: StatusFacts,
): Step[] {
  const became = (type: MachineConditionType, is: 'True' | 'False') =>
    conditionOf(next, type) === is && (conditionOf(before, type) ?? 'False') !== is
  const { message } = next
  const asked = `${spec.cpu} vCPU, ${spec.memory} memory, ${spec.disk} disk of pool ${spec.pool}`
  const refused = (next.tries ?? 0) > (before?.tries ?? 0)
  const failed = next.phase === 'Failed' && before?.phase !== 'Failed'
  const left = situation.kind === 'left' && before?.reason !== 'Deleted'
  const all: readonly [happened: boolean, operation: Operation, message: string, status?: Step['status']][] = [
    [before === undefined, 'Request', asked],
    [became('CapacityReserved', 'True'), 'Reserve', `held by reservation ${next.reservation}`],
    [refused, 'Provision', message, 'Failed'],
    [became('Provisioned', 'True'), 'Provision', `${facts.provider} has it`],
    [became('Running', 'True'), 'Run', message],
    [became('Running', 'False'), 'Stop', message],
    [failed, 'Fail', message, 'Failed'],
    [left, 'Delete', message],
  ]
  return all
    .filter(([happened]) => happened)
    .map(([, operation, words, status = 'Succeeded']) => ({ at: facts.at, operation, status, message: words }))
}

function conditionOf(
  status: Pick<MachineStatus, 'conditions'> | undefined,
  type: MachineConditionType,
): string | undefined {
  return status?.conditions.find((condition) => condition.type === type)?.status
}

export function historyAfter(before: readonly Step[], added: readonly Step[]): Step[] {
  return [...before, ...added].slice(-KEPT)
}

/** Whether a step has been pushed out of the history that not every topic has. */
export function forgets({ steps, published, history }: MachineStatus): boolean {
  return published < steps - history.length
}
